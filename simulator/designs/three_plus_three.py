"""The 3+3 design (Storer 1989; with de-escalation Korn et al. 1994), in its three published variants."""

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, ClassVar, Final

from simulator.designs.a_plus_b import UNFINISHED, APlusB
from simulator.designs.design import Decision, Ints, Observed
from simulator.designs.parameter_checks import MAX_DOSES, require_choice, require_flag, require_integer
from simulator.errors import DesignError

if TYPE_CHECKING:
    import pandas as pd

COHORT: Final = 3
FULL: Final = 6


@dataclass(frozen=True, slots=True)
class ThreePlusThree:
    """3+3: no DLT in three, or one in six, goes up; one in three treats three more; two close the level.

    Parameters
    ----------
    n_doses, start_dose
        Dose levels, 1..20; first level.
    de_escalation
        After a level closes, fill the one below to six and judge it (Korn et al. 1994); otherwise stop.
    confirm_six
        The top level, too, needs six patients to be selected. Variants: A (False, False), B (True, False),
        C (True, True); (False, True) is an error.
    unfinished
        What `select` says of data after which the trial would go on: "highest_cleared" or "none".

    Raises
    ------
    DesignError
        For a parameter outside its range.

    Notes
    -----
    A level closes itself and all above at two DLTs, whatever n. Away from n = 0, 3 and 6 a level is first
    filled to the next multiple of three. Levels are cleared at dlt / n <= 1/6 with n >= 3. In a trial of
    complete cohorts closed_from follows from dlt, so with or without it a state key merges the same states.
    """

    name: ClassVar[str] = "3+3"
    title: ClassVar[str] = "the 3+3 design"
    references: ClassVar[tuple[str, ...]] = (
        "Storer BE. Design and analysis of phase I clinical trials. Biometrics 1989;45:925-937.",
        "Korn EL, Midthune D, Chen TT, Rubinstein LV, Christian MC, Simon RM. A comparison of two phase I trial "
        "designs. Statistics in Medicine 1994;13:1799-1806.",
    )
    reads: ClassVar[frozenset[str]] = frozenset({"level", "n", "dlt", "closed_from"})

    n_doses: int = 5
    start_dose: int = 1
    de_escalation: bool = True
    confirm_six: bool = True
    unfinished: str = "highest_cleared"

    def __post_init__(self) -> None:
        """Refuse parameters outside their range."""
        require_integer("3+3", "n_doses", self.n_doses, 1, MAX_DOSES)
        require_integer("3+3", "start_dose", self.start_dose, 1, self.n_doses)
        require_flag("3+3", "de_escalation", self.de_escalation)
        require_flag("3+3", "confirm_six", self.confirm_six)
        require_choice("3+3", "unfinished", self.unfinished, UNFINISHED)
        if self.confirm_six and not self.de_escalation:
            raise DesignError(
                "3+3: confirm_six = True with de_escalation = False: no published rule; legal are"
                " (de_escalation, confirm_six) = (False, False), (True, False), (True, True)"
            )

    @property
    def max_n(self) -> int:
        """The most patients the rule can treat: six a level."""
        return FULL * self.n_doses

    def decide(self, observed: Observed) -> Decision:
        """Return what to do next. All arrays (S,). Total for 0 <= dlt <= n; up by one level at most."""
        return _as_a_plus_b(self).decide(observed)

    def select(self, observed: Observed) -> Ints:
        """Return the highest level that clears, as every tried one below it must; 0 for none. Shape (S,)."""
        return _as_a_plus_b(self).select(observed)

    def decision_table(self, max_n: int) -> "pd.DataFrame":
        """Raise DesignError: the rule depends on neighbouring levels, not on one level's counts alone."""
        raise DesignError(
            f"3+3: decision_table({max_n!r}): none: what follows a count depends on the level above too"
        )

    def statement(self) -> tuple[str, ...]:
        """Return the rule in sentences for a protocol."""
        return _as_a_plus_b(self).statement()

    def conventions(self) -> dict[str, str]:
        """Name every reading in which published software differs; one option changes one entry."""
        return {
            "after two DLTs": "the level below is filled to six patients and judged"
            if self.de_escalation
            else "stop; the level below is selected as it stands",
            "six at the top": "the top level is filled to six patients before it can be selected"
            if self.confirm_six
            else "the top level can be selected on 0 DLTs of 3",
            "unfinished data": "selection of the highest level that clears"
            if self.unfinished == "highest_cleared"
            else "no selection",
            "closing": "two DLTs close the level and all above at once, whatever the number treated",
            "clearing": "0 DLTs of 3, or at most 1 of 6",
            "between threes": "a level is filled to the next multiple of three before it is judged",
            "selection": "highest tried level that clears, as every tried one below it must; one with fewer"
            " than three patients and no DLT neither clears nor stands in the way",
        }


@cache
def _as_a_plus_b(design: ThreePlusThree) -> APlusB:
    """Return the A + B design with A = B = 3 that 3+3 is."""
    return APlusB(
        n_doses=design.n_doses,
        start_dose=design.start_dose,
        a=COHORT,
        b=COHORT,
        escalate_if_at_most=0,
        expand_if_at_most=1,
        clear_if_at_most=1,
        de_escalation=design.de_escalation,
        confirm_full=design.confirm_six,
        unfinished=design.unfinished,
    )
