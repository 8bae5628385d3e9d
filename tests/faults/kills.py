"""Runs killed at random moments, run again to their end, and compared byte for byte with one left alone."""

import os
import random
import shutil
import signal
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from simulator.scenario.scenario import load_scenario
from simulator.studies.compare import compare
from tests.faults.started import TICK, Started
from tests.support.places import DEFAULT_SCENARIO

REPLICATES: Final = 300
PARTS: Final = REPLICATES // 10
WAYS: Final = ("main", "worker", "group", "interrupt", "terminate")
ARGUMENTS: Final = (
    *("compare", str(DEFAULT_SCENARIO), "--design", "3+3", "--design", "boin", "--truth", "M1"),
    *("--replicates", str(REPLICATES), "--engine", "compiled"),
)
MOST_OF_A_RUN: Final = 16
"""Kills of one run: each goes on from what the one before left."""
LONGEST: Final = 180
AFTER_THE_LAST: Final = 3.0
"""Seconds that tables and figures take at least."""
TWO_WORKERS: Final = 0.15
AS_A_COMMAND: Final = 0.1
"""Share of the runs that are started as a user starts them; the others are forked."""
WEIGHTS: Final = (2, 1, 2, 2, 2)
"""How often each way is drawn: a killed worker costs the most seconds."""
LATE: Final = 2
"""Kills of a run, its last ones, that may come after its last chunk."""
CHUNKS: Final = 3
"""Chunks that a run may write before it is killed: it is then killed often before the last."""


@dataclass(slots=True)
class Kills:
    """What a round of kills found.

    Attributes
    ----------
    done
        Kills that met a run alive, by way.
    before_last
        How many of them came before the last chunk was written.
    late
        Numbers whose run had ended before its moment came; they are not counted.
    ended, longest
        Seconds until a process was gone after its signal, a killed worker's run until its end; of a last run.
    """

    done: dict[str, int] = field(default_factory=lambda: dict.fromkeys(WAYS, 0))
    before_last: int = 0
    late: int = 0
    runs: int = 0
    ended: float = 0.0
    longest: float = 0.0
    findings: list[str] = field(default_factory=list)

    @property
    def line(self) -> str:
        """The round in one line."""
        ways = ", ".join(f"{count} {way}" for way, count in self.done.items())
        return (
            f"kills {sum(self.done.values())} ({ways}) of {self.runs} runs, {self.before_last} before the last "
            f"chunk, {self.late} too late; {len(self.findings)} findings; gone after at most {self.ended:.1f} s, "
            f"last run at most {self.longest:.1f} s"
        )


def killed_runs(seed: int, numbers: range, found: Kills | None = None) -> Kills:
    """Kill a run once for each number, up to `MOST_OF_A_RUN` times the same one, and let it end; add to `found`."""
    # no TemporaryDirectory: the first forked run that ends would remove it
    place = Path(tempfile.mkdtemp())
    try:
        return _killed_runs(seed, numbers, place, Kills() if found is None else found)
    finally:
        shutil.rmtree(place)


def _killed_runs(seed: int, numbers: range, place: Path, found: Kills) -> Kills:
    said = place / "said"
    # what those forked have loaded
    compare(load_scenario(DEFAULT_SCENARIO), ["3+3", "boin"], ["M1"], 10, 1, out=place / "loaded")
    began = time.monotonic()
    whole = Started([*ARGUMENTS, "--workers", "1", "--out", str(place / "whole")], said, forked=False)
    whole.wait(LONGEST)
    length = time.monotonic() - began
    expected = _content(place / "whole")
    left = list(numbers)
    while left:
        draw = random.Random(f"run {seed} {left[0]}")
        many = draw.randint(1, MOST_OF_A_RUN)
        of_run, left = left[:many], left[many:]
        run = place / "run"
        wrong = _killed_run(run, seed, of_run, length, found) or _last_run(run, expected, draw, found)
        if wrong:
            found.findings.append(f"numbers {of_run[0]} to {of_run[-1]}: {wrong}")
        shutil.rmtree(run, ignore_errors=True)
    return found


def _killed_run(run: Path, seed: int, numbers: list[int], length: float, found: Kills) -> str:
    """Start a run and kill it, so often; return what is wrong."""
    found.runs += 1
    for k, number in enumerate(numbers):
        draw = random.Random(f"kill {seed} {number}")
        [way] = draw.choices(WAYS, WEIGHTS)
        said = run.parent / "said"
        started, quick = _start(run, draw, 2 if way == "worker" else None)
        late = k >= len(numbers) - LATE
        alive = _wait_for_the_moment(started, run, draw, length * (0.1 if quick else 0.5), late)
        if way == "worker" and alive:
            alive = _wait_for_children(started, run)
        if way == "worker" and _parts(run) == PARTS:
            way = "group"  # it has no workers any more
        if alive:
            found.done[way] += 1
            found.before_last += _parts(run) < PARTS
            began = time.monotonic()
            _kill(started, way, draw)
            if way == "worker":
                _wait_for_more(started, run, draw)
            if not started.wait(LONGEST):
                started.end_all()
                return f"{way}: still alive after {LONGEST} s"
            found.ended = max(found.ended, time.monotonic() - began)
        else:
            found.late += 1
        started.end_all()
        text = said.read_text(encoding="utf-8", errors="replace")
        allowed = {0, -signal.SIGKILL, -signal.SIGTERM, -signal.SIGINT, 130}
        if started.code not in allowed or "Traceback" in text:
            return f"{way} (number {number}): rc {started.code}: {_telling(text)!r}"
    return ""


def _telling(text: str) -> str:
    """Return what a run said from its trace on, or at its end."""
    before = text.partition("Traceback")[0]
    return text[max(len(before) - 300, 0) :][:3000] if len(before) < len(text) else text[-500:]


def _start(run: Path, draw: random.Random, workers: int | None = None) -> tuple[Started, bool]:
    """Return the run started, on one or two workers, and whether its first chunk comes soon."""
    workers = workers or (2 if draw.random() < TWO_WORKERS else 1)
    forked = draw.random() > AS_A_COMMAND
    arguments = [*ARGUMENTS, "--workers", str(workers), "--out", str(run)]
    return Started(arguments, run.parent / "said", forked=forked), forked and workers == 1


def _wait_for_the_moment(started: Started, run: Path, draw: random.Random, first: float, late: bool) -> bool:
    """Wait until the run is to be killed; return whether it is still alive.

    Three quarters of the moments are between chunks, the others within `first` seconds of the start; where they may
    be `late`, half of them come after the last chunk.
    """
    when = draw.random()
    had = _parts(run)
    share, after = draw.random(), draw.uniform(0, 0.1)
    if late and when < 0.5:
        wanted, after = PARTS, share * AFTER_THE_LAST
    elif when > 0.75:
        wanted, after = 0, share * first
    else:
        wanted = min(PARTS, had + 1 + int(share * CHUNKS))
    until = time.monotonic() + LONGEST
    while _parts(run) < wanted and not started.ended() and time.monotonic() < until:
        time.sleep(TICK)
    return not started.wait(after)


def _wait_for_children(started: Started, run: Path) -> bool:
    while not started.children() and _parts(run) < PARTS and not started.ended():
        time.sleep(TICK)
    return not started.ended()


def _wait_for_more(started: Started, run: Path, draw: random.Random) -> None:
    """Wait until a run whose worker was killed writes another chunk or ends; kill it then, most times."""
    had, until = _parts(run), time.monotonic() + LONGEST
    while _parts(run) <= had < PARTS and not started.ended() and time.monotonic() < until:
        time.sleep(TICK)
    if not started.ended() and draw.random() < 0.8:
        os.killpg(started.pid, signal.SIGKILL)


def _kill(started: Started, way: str, draw: random.Random) -> None:
    if way == "group":
        os.killpg(started.pid, signal.SIGKILL)
    elif way == "worker":
        children = started.children()
        if children:
            os.kill(draw.choice(children), signal.SIGKILL)
    else:
        os.kill(started.pid, {"main": signal.SIGKILL, "interrupt": signal.SIGINT}.get(way, signal.SIGTERM))


def _last_run(run: Path, expected: dict[str, bytes], draw: random.Random, found: Kills) -> str:
    """Let the run end; return what is wrong, empty where the folder is as expected."""
    said = run.parent / "said"
    began = time.monotonic()
    started, _ = _start(run, draw)
    if not started.wait(LONGEST):
        started.end_all()
        return f"the last run has not ended after {LONGEST} s"
    found.longest = max(found.longest, time.monotonic() - began)
    if started.code != 0:
        text = said.read_text(encoding="utf-8", errors="replace")
        return f"the last run: rc {started.code}: {_telling(text)!r}"
    content = _content(run)
    wrong = sorted(name for name in {*content, *expected} if content.get(name) != expected.get(name))
    return f"differs in {', '.join(wrong[:5])}" if wrong else ""


def _parts(run: Path) -> int:
    try:
        return sum(name.endswith(".parquet") for name in os.listdir(run / "parts"))
    except OSError:
        return 0


def _content(run: Path) -> dict[str, bytes]:
    return {file.relative_to(run).as_posix(): file.read_bytes() for file in run.rglob("*") if file.is_file()}
