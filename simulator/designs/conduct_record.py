"""The record of a trial under way: what the design advised before each cohort, and where it was not followed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from simulator.designs.conduct import after_cohort, require_complete_cohorts
from simulator.designs.design import Action, Design, Observed, Reason
from simulator.designs.outcomes_notation import Cohort
from simulator.designs.overrides import Override, explanation
from simulator.errors import DesignError


@dataclass(frozen=True, slots=True)
class Advice:
    """One decision of a design in plain numbers; fields as in `design.Decision`."""

    action: Action
    level: int
    cohort_size: int
    closed_from: int
    reason: Reason

    def __str__(self) -> str:
        """Return what to do: "treat 3 at level 2", or "stop"."""
        if self.action is Action.TREAT:
            return f"treat {self.cohort_size} at level {self.level}"
        return self.action.name.lower()


@dataclass(frozen=True, slots=True)
class TreatedCohort:
    """One cohort as treated; `where` names it in errors, `override` is the reason given with the data."""

    cohort: Cohort
    where: str
    override: str | None = None


@dataclass(frozen=True, slots=True)
class RecordStep:
    """One cohort of the record.

    Attributes
    ----------
    number
        1 for the first cohort.
    advice
        What the design advised before it.
    override
        The reason given for treating otherwise; None where none was given.
    departures
        How the cohort departs from the advice in what the design decides: its level, or that it was treated.
    notes
        What else a reader should know: another size, a level closed or skipped, the planned size passed.
    """

    number: int
    cohort: Cohort
    advice: Advice
    override: str | None
    departures: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Record:
    """A trial so far.

    Attributes
    ----------
    steps
        The cohorts in order; empty before the first, and where only counts are known.
    observed
        What the design reads now: one state.
    advice
        What the design advises now.
    override
        The clinician's decision about the next cohort, where it replaces the advice.
    """

    design: Design
    steps: tuple[RecordStep, ...]
    observed: Observed
    advice: Advice
    override: Override | None = None

    @property
    def total_n(self) -> int:
        """Patients with a complete outcome."""
        return int(self.observed.total_n[0])

    @property
    def departed(self) -> tuple[RecordStep, ...]:
        """The cohorts at which the advice was not followed."""
        return tuple(step for step in self.steps if step.departures)


def advise(design: Design, observed: Observed) -> Advice:
    """Return what the design decides in one state."""
    decision = design.decide(observed)
    return Advice(
        Action(int(decision.action[0])),
        int(decision.level[0]),
        int(decision.cohort_size[0]),
        int(decision.closed_from[0]),
        Reason(int(decision.reason[0])),
    )


def start(design: Design) -> Record:
    """Return the record of a trial before its first patient; DesignError where outcomes cannot say enough."""
    require_complete_cohorts(design)
    return of_state(design, Observed.nothing(design.n_doses))


def of_state(design: Design, observed: Observed) -> Record:
    """Return the record of a trial when only its present state is known."""
    return Record(design, (), observed, advise(design, observed))


def replay(design: Design, treated: Iterable[TreatedCohort], overrides: Sequence[Override] = ()) -> Record:
    """Conduct the trial again, cohort by cohort.

    The design is asked before every cohort. A cohort at a level it did not advise, or treated after it
    stopped, must be explained by an override; the replay goes on from what was treated.

    Raises
    ------
    DesignError
        A departure that nothing explains, or an override that explains nothing; it names the cohort.
    """
    record = start(design)
    left = list(overrides)
    for one in treated:
        record, left = follow(record, one, left)
    return decided_next(record, left)


def follow(
    record: Record, treated: TreatedCohort, overrides: Sequence[Override] = ()
) -> tuple[Record, list[Override]]:
    """Return the record with one more cohort, and the overrides that are still to be used."""
    design, advice, cohort = record.design, record.advice, treated.cohort
    number = len(record.steps) + 1
    if not 1 <= cohort.level <= design.n_doses:
        raise DesignError(f"{treated.where}: level {cohort.level}: must be in 1..{design.n_doses}")
    if not 0 <= cohort.dlt <= cohort.n or cohort.n < 1:
        raise DesignError(f"{treated.where}: {cohort.dlt} DLTs among {cohort.n} patients cannot be")
    departures = _departures(advice, cohort)
    used, left = explanation(treated.where, number, cohort, bool(departures), treated.override, overrides)
    if departures and used is None:
        raise DesignError(_unexplained(record, treated, number))
    step = RecordStep(number, cohort, advice, used, departures, _notes(record, cohort))
    observed = after_cohort(record.observed, advice.closed_from, cohort)
    return Record(design, (*record.steps, step), observed, advise(design, observed)), left


def decided_next(record: Record, overrides: Sequence[Override]) -> Record:
    """Return the record with the override that is left as the decision about the next cohort."""
    following = len(record.steps) + 1
    for override in overrides:
        if override.cohort not in (None, following):
            raise DesignError(
                f"override {str(override)!r}: must name a cohort in 1..{following}; {following} is the next"
            )
        if override.level > record.design.n_doses:
            raise DesignError(f"override {str(override)!r}: level must be in 1..{record.design.n_doses}")
    if len(overrides) > 1:
        listed = ", ".join(repr(str(override)) for override in overrides)
        raise DesignError(f"overrides {listed}: only one can be about the next cohort, {following}")
    return replace(record, override=overrides[0]) if overrides else record


def _departures(advice: Advice, cohort: Cohort) -> tuple[str, ...]:
    if advice.action is Action.TREAT:
        same = cohort.level == advice.level
        return () if same else (f"treated at level {cohort.level}, advised level {advice.level}",)
    word = "had stopped" if advice.action is Action.STOP else "waited"
    return (f"treated at level {cohort.level} after the design {word}",)


def _notes(record: Record, cohort: Cohort) -> tuple[str, ...]:
    design, advice = record.design, record.advice
    notes = []
    if advice.action is Action.TREAT and cohort.n != advice.cohort_size:
        notes.append(f"{cohort.n} with an outcome where the design asked for {advice.cohort_size}")
    if cohort.level >= advice.closed_from:
        notes.append(f"level {cohort.level} was closed")
    skipped = [level for level in range(1, cohort.level) if record.observed.n[0, level - 1] == 0]
    untried = record.observed.n[0, cohort.level - 1] == 0
    if untried and cohort.level != advice.level and skipped:
        notes.append(f"level {', '.join(map(str, skipped))} had not been tried")
    if record.total_n < design.max_n < record.total_n + cohort.n or record.total_n >= design.max_n:
        notes.append(f"passes the planned size of {design.max_n} patients")
    return tuple(notes)


def _unexplained(record: Record, treated: TreatedCohort, number: int) -> str:
    """Return what does not fit, with what the design advised and how a reason could be given."""
    advice, level = record.advice, treated.cohort.level
    name, why = record.design.name, advice.reason.text
    if advice.action is Action.STOP:
        fault = f"treated after a stop: {name} had stopped before it ({why})"
    else:
        fault = f"level {level}, where {name} advised to {advice} ({why})"
    before = record.steps[-1] if record.steps else None
    if before is not None and before.cohort.n < before.advice.cohort_size:
        fault += (
            f"; cohort {before.number} has {before.cohort.n} of the {before.advice.cohort_size} patients asked"
            " for: are these the others of that cohort?"
        )
    remedy = f'override "cohort {number} level {level}: REASON"'
    return f"{treated.where}: {fault}. If that was decided, give the reason: {remedy}"
