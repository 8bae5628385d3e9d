"""Two engines run one model: SimPy, which people read, replay and extend, and compiled code for many trials.

Their rows are equal bit for bit; `tests/trial/engines.py` holds them against each other on random scenarios.
"""

import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from enum import StrEnum
from functools import cached_property
from importlib import import_module
from importlib.metadata import version
from importlib.util import find_spec
from typing import Any, Final, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from simulator.designs.design import Design
from simulator.designs.wrapped import asked_again_at
from simulator.errors import ScenarioError, SimulatorError
from simulator.randomness import Streams
from simulator.trial.arm_pass import ArmPass
from simulator.trial.early_looks import MOST_INSTANTS
from simulator.trial.escalation import Rulebook
from simulator.trial.follow_up import DoseRisks
from simulator.trial.intake import Intake
from simulator.trial.setting import Pass, Setting
from simulator.trial.simpy_trials import SimPyTrials

Columns = dict[str, NDArray[Any]]
COMPILED_PACKAGE: Final = "simulator.trial.compiled"
"""Imported where it is used: numba takes most of a second, and may not be installed."""
CODE_CACHE: Final = "simulator.trial.code_cache"


class Engine(StrEnum):
    """What runs the trials."""

    AUTO = "auto"
    SIMPY = "simpy"
    COMPILED = "compiled"


class EngineChoice(NamedTuple):
    """The engine that runs the trials, and what another one runs, and why; "" where it runs all."""

    engine: Engine
    why: str

    @property
    def compiled_throughout(self) -> bool:
        """Whether compiled code runs every trial."""
        return self.engine == Engine.COMPILED and not self.why

    @property
    def text(self) -> str:
        """The engine's name, and why it is that one where another was preferred."""
        return f"{self.engine} ({self.why})" if self.why else str(self.engine)


SIMPY: Final = EngineChoice(Engine.SIMPY, "")


class Trials(Protocol):
    """The trials of several replicates, whichever engine runs them."""

    def used(
        self, setting: Setting, limits: Pass, rulebook: Rulebook, risks: DoseRisks, criteria: int
    ) -> Columns: ...

    def needed(
        self, setting: Setting, limits: Pass, rulebook: Rulebook, risks: DoseRisks, caps: int
    ) -> Columns: ...

    def by_arm(self, wanted: Sequence[ArmPass]) -> list[Columns]: ...

    def accrual(
        self,
        setting: Setting,
        limits: Pass,
        rulebook: Rulebook,
        risks: DoseRisks,
        which: NDArray[np.int64],
    ) -> Columns: ...


_asked: ContextVar[str] = ContextVar("engine asked", default=str(Engine.AUTO))


@contextmanager
def engine_asked(engine: str) -> Iterator[None]:
    """Choose this engine wherever none is named, as a command does for all that it runs."""
    before = _asked.set(engine)
    try:
        yield
    finally:
        _asked.reset(before)


def choose_engine(asked: str | None, designs: Iterable[Design]) -> EngineChoice:
    """Return the engine to use: compiled code where it is installed and can run a design, else SimPy.

    Parameters
    ----------
    asked
        By default what `engine_asked` says, which is `auto` where nobody said anything.

    Raises
    ------
    ScenarioError
        For an unknown engine, or compiled code asked for by name where it cannot run.
    """
    asked = _asked.get() if asked is None else asked
    if asked not in list(Engine):
        raise ScenarioError(f"engine must be one of {', '.join(Engine)}, got {asked!r}")
    if asked == Engine.SIMPY:
        return SIMPY
    asked_for = list(designs)
    why, compiled = _what_simpy_runs(asked_for)
    if why and asked == Engine.COMPILED:
        raise ScenarioError(f"engine: compiled cannot run this: {why}; leave it out, or ask for simpy")
    return EngineChoice(Engine.COMPILED if compiled else Engine.SIMPY, why)


def _what_simpy_runs(designs: list[Design]) -> tuple[str, bool]:
    """Return what stands against compiled code for some designs, "" for nothing, and whether it runs any."""
    if find_spec("numba") is None:
        return "numba is not installed", False
    by_simpy = [design for design in designs if not _is_compiled(design)]
    names = ", ".join(dict.fromkeys(design.name for design in by_simpy))
    why = f"designs that name more than {MOST_INSTANTS} instants are run by SimPy: {names}" if names else ""
    return why, len(by_simpy) < len(designs)


def _is_compiled(design: Design) -> bool:
    """Return whether compiled code has room for all instants at which a design that looks early is asked again."""
    return len(asked_again_at(design)) <= MOST_INSTANTS


def prepare(engine: Engine, *, here: bool = True) -> None:
    """Compile the engine's code before workers start: they then find it. `here`: it is run in this process too.

    Somebody who waits at a terminal is told of it.
    """
    if engine != Engine.COMPILED or COMPILED_PACKAGE in sys.modules or find_spec("numba") is None:
        return
    kept = import_module(CODE_CACHE).is_kept()
    if kept and not here:  # compiled code takes memory, some 100 MB: workers read it, this process need not
        return
    if sys.stderr.isatty() and not kept:
        print("Compiling the calendar, once for this version: up to a minute ...", file=sys.stderr)
    _compiled_package()


def _compiled_package() -> Any:
    """Return the package of compiled code.

    Raises
    ------
    SimulatorError
        numba cannot compile it here.
    """
    try:
        return import_module(COMPILED_PACKAGE)
    except Exception as error:  # numba raises many kinds; whatever it is, SimPy can run
        first = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise SimulatorError(
            f"numba {version('numba')} cannot compile the calendar here ({first}): --engine simpy runs without it"
        ) from error


def streams_of(engine: Engine, seed: int) -> Streams:
    """Return the random numbers of a seed: the same from compiled code, which draws them sooner."""
    if engine == Engine.COMPILED and find_spec("numba") is not None:
        return Streams(seed, _compiled_package().COMPILED_DRAWS)
    return Streams(seed)


def trials_of(engine: Engine, intakes: Sequence[Intake]) -> Trials:
    """Return the trials of these replicates, to be run by the engine; a worker without numba has SimPy."""
    if engine == Engine.COMPILED and find_spec("numba") is not None:
        return _BothEngines(intakes)
    return SimPyTrials(intakes)


class _BothEngines:
    """Trials that compiled code runs, but for designs that it has no room for: those are run by SimPy."""

    def __init__(self, intakes: Sequence[Intake]) -> None:
        self._intakes = intakes
        self._compiled: Trials = _compiled_package().CompiledTrials(intakes)

    @cached_property
    def _simpy(self) -> Trials:
        return SimPyTrials(self._intakes)

    def _of(self, rulebook: Rulebook) -> Trials:
        return self._compiled if _is_compiled(rulebook.design) else self._simpy

    def used(
        self, setting: Setting, limits: Pass, rulebook: Rulebook, risks: DoseRisks, criteria: int
    ) -> Columns:
        """Return the columns of `UsedRow`, one row a replicate."""
        return self._of(rulebook).used(setting, limits, rulebook, risks, criteria)

    def needed(
        self, setting: Setting, limits: Pass, rulebook: Rulebook, risks: DoseRisks, caps: int
    ) -> Columns:
        """Return the columns of `CapRows`, one row a replicate."""
        return self._of(rulebook).needed(setting, limits, rulebook, risks, caps)

    def by_arm(self, wanted: Sequence[ArmPass]) -> list[Columns]:
        """Return the columns of several arms and passes, one row a replicate.

        Compiled code asks a design about all of them at once.
        """
        found: dict[int, Columns] = {}
        for compiled in (True, False):
            places = [k for k, one in enumerate(wanted) if _is_compiled(one.arm.rulebook.design) == compiled]
            if places:
                rows = (self._compiled if compiled else self._simpy).by_arm([wanted[k] for k in places])
                found.update(zip(places, rows, strict=True))
        return [found[k] for k in range(len(wanted))]

    def accrual(
        self,
        setting: Setting,
        limits: Pass,
        rulebook: Rulebook,
        risks: DoseRisks,
        which: NDArray[np.int64],
    ) -> Columns:
        """Return the days of milestones of the replicates at `which`."""
        return self._of(rulebook).accrual(setting, limits, rulebook, risks, which)
