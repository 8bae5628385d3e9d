"""Exact operating characteristics as text: the answer first. No number is computed here."""

import math
import textwrap
from collections.abc import Iterable
from dataclasses import dataclass
from io import StringIO
from typing import TYPE_CHECKING, Final

from rich import box
from rich.console import Console
from rich.table import Table

from simulator.analysis.exact_families import Family, settings
from simulator.analysis.exact_tables import ExactArms, ExactNeeded
from simulator.designs import BOIN
from simulator.exact.accuracy import Accuracy, Needed
from simulator.exact.calibration import Calibration
from simulator.runs.results import BALANCED

if TYPE_CHECKING:
    import pandas as pd

TABLE_WIDTH: Final = 10_000
"""Wider than any table, so that no cell is ever cut short; a line is as long as what it says."""
TEXT_WIDTH: Final = 118
BEST_SHOWN: Final = 5

Key = tuple[str, str, str, int | None, str]


@dataclass(frozen=True, slots=True)
class Values:
    """A frame of operating characteristics by design, truth, measure, level and statistic."""

    of: dict[Key, float]

    @staticmethod
    def from_frame(frame: "pd.DataFrame") -> "Values":
        """Index the frame; a measure that has no level has None in its place."""
        levels = frame["level"].astype(object).where(frame["level"].notna(), None)
        keys = zip(frame["design"], frame["truth"], frame["measure"], levels, frame["statistic"], strict=True)
        return Values(dict(zip(keys, frame["value"].tolist(), strict=True)))

    def percent(self, design: str, truth: str, measure: str, level: int | None = None) -> str:
        """The value in per cent with one decimal, or a dash."""
        return percent(self._value(design, truth, measure, level))

    def number(
        self, design: str, truth: str, measure: str, level: int | None = None, statistic: str = "mean"
    ) -> str:
        """The value with one decimal, or a dash."""
        value = self.of.get((design, truth, measure, level, statistic), math.nan)
        return "-" if math.isnan(value) else f"{value:.1f}"

    def points(self, design: str, truth: str, measure: str) -> str:
        """A difference of probabilities, in signed percentage points."""
        value = self._value(design, truth, measure, None)
        return "-" if math.isnan(value) else f"{100 * value:+.1f}"

    def _value(self, design: str, truth: str, measure: str, level: int | None) -> float:
        for statistic in ("probability", "mean"):
            if (design, truth, measure, level, statistic) in self.of:
                return self.of[design, truth, measure, level, statistic]
        return math.nan


def percent(value: float) -> str:
    """The value in per cent with one decimal, or a dash."""
    return "-" if math.isnan(value) else f"{100 * value:.1f}"


class ExactText:
    """Collects the tables that were asked for."""

    def __init__(self, arms: ExactArms) -> None:
        self._arms: Final = arms
        self._text: Final = StringIO()
        # No markup: a truth or design may be named "[x]".
        self._out: Final = Console(
            file=self._text, width=TABLE_WIDTH, color_system=None, highlight=False, emoji=False, markup=False
        )

    def text(self) -> str:
        """Return everything so far as plain text."""
        return "\n".join(line.rstrip() for line in self._text.getvalue().splitlines()) + "\n"

    def title(self, heading: str, left_out: Iterable[str]) -> None:
        """Say what this is, and which designs have no exact numbers."""
        self._say(heading)
        self._say(
            "Exact: no Monte Carlo error. No attrition: every patient is DLT-evaluable and treated at the level",
            f"assigned, and cohorts are complete. Target {self._arms.target:g}. Correct level by truth:",
            ", ".join(f"{name} {one.correct or 'none'}" for name, one in self._arms.judged.items()) + ".",
        )
        for name in left_out:
            self._say(f"{name} has no exact numbers: it reads more than complete cohorts.")
        self._out.print()

    def needed(self, found: ExactNeeded, not_chosen: list[str]) -> None:
        """Print the number needed per design, and which of the question's truths were not chosen."""
        table = _table(
            "How many evaluable patients does each design need?", ["design", "needed", "best average %"]
        )
        for name, one in found.needed.items():
            table.add_row(name, "not reached" if one.n is None else str(one.n), _best(one))
        caps = next(iter(found.accuracy.values())).caps
        limits = found.limits
        self._show(
            table,
            f"Needed: the smallest N from which every larger one up to {caps[-1]} gives correct selection of at",
            f"least {limits.average_at_least:.0%} averaged over {', '.join(self._arms.asked)} and at least",
            f"{limits.each_at_least:.0%} on each, and overdose selection of at most",
            f"{limits.overdose_at_most:.0%} on each; N from {caps[0]}. Best: the highest average, and at which N.",
            "The design's own size is off here, its other stopping rules are not.",
            *([f"Not the whole question: without {', '.join(not_chosen)}."] if not_chosen else []),
        )

    def operating_characteristics(self, frame: "pd.DataFrame") -> None:
        """Print selection, and patients, per truth and design."""
        values = Values.from_frame(frame)
        self._selection(values)
        self._patients(values)
        self._allocation(values)

    def _selection(self, values: Values) -> None:
        levels = list(range(1, self._levels() + 1))
        stops = {"stop_safety": "safety", "stop_precision": "precision", "stop_complete": "complete"}
        head = ["truth", "design", "correct", "none", *(f"level {level}" for level in levels), "overdose"]
        table = _table("Selection, % of trials", [*head, "on n < 3", "on n < 6", *stops.values()])
        for truth, design, shown in self._rows():
            table.add_row(
                shown,
                design,
                values.percent(design, truth, "pcs"),
                *(values.percent(design, truth, "selected", level) for level in (0, *levels)),
                values.percent(design, truth, "overdose_selection"),
                *(values.percent(design, truth, f"selected_on_fewer_than_{few}") for few in (3, 6)),
                *(values.percent(design, truth, stop) for stop in stops),
            )
        self._show(
            table,
            "Overdose: the selected level's risk is above target + 0.05. On n < 3, n < 6: a level with fewer",
            "patients is selected. Safety, precision, complete: the design stops the trial below its planned size,",
            "because the lowest level is too toxic, enough patients are at one level, or its rule is at its end.",
        )

    def _patients(self, values: Values) -> None:
        levels = range(1, self._levels() + 1)
        head = ["truth", "design", "mean n", "median P10-P90", *(f"level {level}" for level in levels)]
        responds = any(measure == "responses" for _, _, measure, *_ in values.of)
        extra = ["responses"] if responds else []
        table = _table("Patients and DLTs, mean by level n (DLTs)", [*head, "DLTs", *extra])
        for truth, design, shown in self._rows():
            quantiles = [
                values.of.get((design, truth, "evaluable", None, q), math.nan)
                for q in ("median", "p10", "p90")
            ]
            low_high = "-" if math.isnan(quantiles[0]) else "{:.0f} {:.0f}-{:.0f}".format(*quantiles)
            table.add_row(
                shown,
                design,
                values.number(design, truth, "evaluable"),
                low_high,
                *(
                    f"{values.number(design, truth, 'evaluable', level)} "
                    f"({values.number(design, truth, 'dlts', level)})"
                    for level in levels
                ),
                values.number(design, truth, "dlts"),
                *(values.number(design, truth, name) for name in extra),
            )
        said = ["Responses: expected CR or CRi among all patients treated."] if responds else []
        self._show(table, "At the design's own size.", *said)

    def _allocation(self, values: Values) -> None:
        head = ["truth", "design", "at correct", "poor"]
        head += ["> 60 % above", "of planned", "> 80 % above", "of planned", "bias", "coverage"]
        table = _table("Allocation, and the DLT rate observed at the selected level, %", head)
        for truth, design, shown in self._rows():
            above = [
                values.percent(design, truth, f"over_{share}_percent_{of}above_target")
                for share in (60, 80)
                for of in ("", "of_planned_")
            ]
            table.add_row(
                shown,
                design,
                values.percent(design, truth, "share_at_correct"),
                values.percent(design, truth, "poor_allocation"),
                *above,
                values.points(design, truth, "rate_at_selected_bias"),
                values.percent(design, truth, "rate_at_selected_coverage"),
            )
        off = self._arms.no_level_at_target
        self._show(
            table,
            "At correct: share of patients at the correct level. Poor: trials with fewer there than an equal share",
            "over all levels. > 60 %, > 80 % above: trials with more than that share of the treated patients at",
            f"levels with a risk above the target, in ({self._arms.target:g}, 1]; of planned: the share of the",
            "planned size instead, as BOIN::get.oc counts, which a trial that stops early can hardly reach.",
            *(
                [f"No level's risk is the target under {', '.join(off)}; the interval is the same."]
                if off
                else []
            ),
            "Bias: mean of DLTs / n minus the true risk at the selected level, in percentage points; coverage of",
            "its 95 % Clopper-Pearson interval; both given that a level with patients is selected.",
        )

    def accuracy(self, found: ExactNeeded) -> None:
        """Print accuracy at every cap, a table a design, with the complete-information reference beside."""
        for name, one in found.accuracy.items():
            self._print(_accuracy_table(name, one, found))
        without = [truth for truth, reference in found.reference.items() if reference is None]
        self._say(
            "N: evaluable patients. Met: * where N meets the question's limits. Overdose: the largest over the",
            "truths. By truth: correct selection, overdose selection, and after the bar the complete-information",
            "reference (O'Quigley, Paoletti & Maccario 2002): N patients whose outcome is known at every level,",
            "the level whose DLT fraction is closest to the target selected; of fractions equally close and equal,",
            "the highest level below the target and the lowest at or above it; one on each side, the lower. A",
            "reference, not a bound; it never selects none",
            f"and is left out where none is correct ({', '.join(without)})." if without else ".",
        )
        self._out.print()

    def families(self, found: list[Family], seed: int) -> None:
        """Print how each design does on each family, and on which kind of curve it does worst."""
        for family in found:
            self._family(family, seed)

    def _family(self, family: Family, seed: int) -> None:
        designs = list(family.results)
        curves = len(next(iter(family.results.values())).pcs)
        columns = [f"{design} {what}" for design in designs for what in ("correct", "overdose")]
        table = _table(f"Family {family.name}: {curves} curves, seed {seed}, %", ["kind", "curves", *columns])
        worst_kind = {name: result.kinds()[0].name for name, result in family.results.items()}
        cells = [
            (percent(one.average_pcs), percent(float(one.overdose.mean()))) for one in family.results.values()
        ]
        table.add_row("all", str(curves), *(cell for pair in cells for cell in pair))
        worst = [(percent(one.worst_decile_pcs), "") for one in family.results.values()]
        table.add_row("worst tenth", str(max(1, curves // 10)), *(cell for pair in worst for cell in pair))
        by_name = {name: {kind.name: kind for kind in one.kinds()} for name, one in family.results.items()}
        for kind in sorted(by_name[designs[0]]):
            row: list[str] = []
            for design in designs:
                of_kind = by_name[design][kind]
                row += [
                    percent(of_kind.pcs) + ("<" if worst_kind[design] == kind else ""),
                    percent(of_kind.overdose),
                ]
            table.add_row(kind, str(by_name[designs[0]][kind].curves), *row)
        sentences = [
            "Kind: the correct level, and how far the closer neighbour's risk is: flat below 0.05, steep above",
            "0.15. <: the kind on which the design does worst. At the design's own size.",
        ]
        for design, result in family.results.items():
            curve = int(result.worst(1)[0])
            risks = ", ".join(f"{p:.2f}" for p in result.curves[curve])
            right = int(result.correct[curve])
            sentences.append(
                f"Worst curve for {design}: {risks}; correct {right or 'none'}, {percent(result.pcs[curve])} %."
            )
        self._show(table, *sentences)

    def calibration(
        self, found: dict[str, Calibration], training: Iterable[str], held_out: Iterable[str]
    ) -> None:
        """Print the best designs of each search, and what the first of them needs on the held-out truths."""
        for name, one in found.items():
            head = ["rank", "p_saf", "p_tox", "cutoff", "cohort", "stop at", "needed", "best average %"]
            title = f"Calibration of {name}: {len(one.ranked)} designs tried"
            table = _table(title, [*head, "held out: needed", "held out: best average %"])
            table.add_row(
                name, *_settings(one.base), *_needed(one.base_needed), *_needed(one.base_held_out_needed)
            )
            for rank, candidate in enumerate(one.ranked[:BEST_SHOWN], start=1):
                held = _needed(one.held_out_needed) if rank == 1 else ("", "")
                table.add_row(str(rank), *_settings(candidate.design), *_needed(candidate.needed), *held)
            self._show(
                table,
                f"Trained on {', '.join(training)}; held out: {', '.join(held_out)}. Ranked by evaluable patients",
                "needed on the training truths, then by the best average. The search picks the luckiest of many:",
                "judge the first by the truths it did not see. The limits are the question's on either set.",
            )

    def _rows(self) -> Iterable[tuple[str, str, str]]:
        """Give truth, design, and the truth as it is shown: named once."""
        truths = ([BALANCED] if len(self._arms.balanced) > 1 else []) + list(self._arms.judged)
        for truth in truths:
            for k, design in enumerate(self._arms.designs):
                yield truth, design, "" if k else truth

    def _levels(self) -> int:
        return next(iter(self._arms.designs.values())).n_doses

    def _say(self, *sentences: str) -> None:
        self._out.print(textwrap.fill(" ".join(sentences).replace(" .", "."), TEXT_WIDTH))

    def _print(self, table: Table) -> None:
        """Print a table under its title, which rich would break at the width of the table."""
        title, table.title = table.title, None
        self._out.print(title)
        self._out.print(table)

    def _show(self, table: Table, *sentences: str) -> None:
        self._print(table)
        self._say(*sentences)
        self._out.print()


def _accuracy_table(name: str, one: Accuracy, found: ExactNeeded) -> Table:
    head = ["N", "met", "average", "lowest", "overdose", *one.truths]
    table = _table(f"{name}: correct selection by number of evaluable patients, %", head)
    met = one.meets(found.limits)
    for k, cap in enumerate(one.caps):
        cells = []
        for t, truth in enumerate(one.truths):
            reference = found.reference[truth]
            beside = "" if reference is None else f" | {percent(reference[k])}"
            cells.append(f"{percent(one.pcs[t, k])} {percent(one.overdose[t, k])}{beside}")
        table.add_row(
            str(cap),
            "*" if met[k] else "",
            percent(one.average_pcs[k]),
            percent(one.pcs[:, k].min()),
            percent(one.overdose[:, k].max()),
            *cells,
        )
    return table


def _best(one: Needed) -> str:
    return f"{percent(one.best_average_pcs)} at {one.best_cap}"


def _needed(one: Needed) -> tuple[str, str]:
    return ("not reached" if one.n is None else str(one.n)), _best(one)


def _settings(rule: BOIN) -> list[str]:
    return ["-" if value is None else f"{value:g}" for value in settings(rule).values()]


def _table(title: str, columns: Iterable[str]) -> Table:
    table = Table(
        title=title,
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        padding=(0, 1),
    )
    for k, column in enumerate(columns):
        table.add_column(column, justify="left" if k < 2 else "right", no_wrap=True)
    return table
