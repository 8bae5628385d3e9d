"""The trial so far as it may be typed, for the commands next-dose and paths."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from simulator.designs.conduct import observed_counts
from simulator.designs.conduct_record import Record, TreatedCohort, decided_next, of_state, replay
from simulator.designs.outcomes_file import replay_file
from simulator.designs.outcomes_notation import parse_counts, parse_outcomes
from simulator.designs.overrides import parse_override
from simulator.errors import DesignError
from simulator.scenario.chosen_design import Chosen


@dataclass(frozen=True, slots=True)
class TrialSoFar:
    """The trial so far, in one of three forms; all None before the first patient."""

    outcomes: str | None = None
    file: Path | None = None
    counts: str | None = None
    dose: int | None = None

    def __post_init__(self) -> None:
        """Refuse two forms at once."""
        given = [
            name
            for name, value in (
                ("--outcomes", self.outcomes),
                ("--data", self.file),
                ("--counts", self.counts),
            )
            if value is not None
        ]
        if len(given) > 1:
            raise DesignError(f"{' and '.join(given)}: give the data in one form only")
        if self.outcomes is not None and self.dose is not None:
            raise DesignError(
                "--dose: only with --counts or --data; of --outcomes the last cohort says the level"
            )
        if (self.counts is None) != (self.dose is None) and (self.counts is not None or self.file is None):
            raise DesignError(
                "--counts and --dose: give both: DLTs/patients per level, and the level treated last; of a design"
                " that looks early, --data and --dose"
            )

    @staticmethod
    def typed(
        outcomes: str | None, file: Path | None, counts: str | None, dose: int | None, last_level: int | None
    ) -> "TrialSoFar":
        """Return it from the options as typed; `last_level` is the name of `dose` in earlier releases."""
        if dose is not None and last_level is not None:
            raise DesignError("--dose and --last-level: are the same option: give --dose alone")
        return TrialSoFar(outcomes, file, counts, last_level if dose is None else dose)


def record_of(chosen: Chosen, data: TrialSoFar, overrides: Sequence[str]) -> Record:
    """Return the cohorts so far with the decision after each; overrides replace a decision."""
    design = chosen.design
    given = [parse_override(text) for text in overrides]
    if data.file is not None and data.dose is not None:
        raise DesignError(
            f"--dose {data.dose}: with --data only of a design that looks early; rows of {chosen.name} stand in order"
        )
    if data.file is not None:
        return replay_file(design, data.file, given)
    if data.counts is not None:
        n, dlt = parse_counts(data.counts, design.n_doses)
        level = data.dose
        if level is not None and 1 <= level <= design.n_doses and sum(n) > 0 and n[level - 1] == 0:
            raise DesignError(
                f"--dose {level}: nobody was treated at level {level} in --counts {data.counts}"
            )
        return decided_next(of_state(design, observed_counts(design, data.dose, n, dlt)), given)
    words = (data.outcomes or "").split()
    cohorts = parse_outcomes(data.outcomes or "", design.n_doses)
    treated = [
        TreatedCohort(cohort, f"outcomes, cohort {number}: {word!r}")
        for number, (word, cohort) in enumerate(zip(words, cohorts, strict=True), start=1)
    ]
    return replay(design, treated, given)
