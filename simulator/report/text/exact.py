"""Exact operating characteristics as blocks of text: the answer first. No number is computed here."""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from simulator.analysis.by_key import UNKNOWN, by_key
from simulator.analysis.exact_families import Family, settings
from simulator.analysis.exact_tables import ExactDesignTruths, ExactNeeded
from simulator.designs import BOIN
from simulator.exact.accuracy import Accuracy, Needed
from simulator.exact.calibration import Calibration
from simulator.exact.exact_limit import exact_up_to
from simulator.report.blocks import NONE, Block, Group, Table, Text, rows
from simulator.report.values import plain
from simulator.runs.results import BALANCED

if TYPE_CHECKING:
    import pandas as pd

BEST_SHOWN: Final = 5
MOST_CAPS: Final = 40
"""Caps of a table that shows all of them."""
EVERY_CAP: Final = 5
SOME_CAPS: Final = (
    "Every fifth N, and both sides of every change of Met; --cap-from and --cap-to show all between, --out keeps "
    "all."
)
RESPONSES: Final = " Responses: expected CR or CRi among all patients treated."
Value = Callable[[str, str, str, int | None], float]
"""From design, truth, measure and level to an exact number."""


def title(arms: ExactDesignTruths, heading: str, left_out: Iterable[str]) -> list[Block]:
    """Return what this is, and which designs have no exact numbers."""
    correct = ", ".join(f"{name} {one.correct or 'none'}" for name, one in arms.judged.items())
    return [
        Text(heading),
        Text(
            "Exact: no Monte Carlo error. No attrition: every patient is DLT-evaluable and treated at the level "
            f"assigned, and cohorts are complete. Target {arms.target:g}. Correct level by truth: {correct}."
        ),
        *(Text(f"{name} has no exact numbers: it reads more than complete cohorts.") for name in left_out),
        Text(""),
    ]


def needed(arms: ExactDesignTruths, found: ExactNeeded, not_chosen: list[str]) -> Table:
    """Return the number needed per design, and which of the question's truths were not chosen."""
    caps = max((one.caps for one in found.accuracy.values()), key=len)
    limits = found.limits
    without = f" Not the whole question: without {', '.join(not_chosen)}." if not_chosen else ""
    return Table(
        "How many evaluable patients does each design need?",
        ("design", "needed", "best average %"),
        rows(*((name, *_needed(one)) for name, one in found.needed.items())),
        row_headings=2,
        note=f"Needed: the smallest N from which every larger one up to {caps[-1]} gives correct selection of at "
        f"least {limits.average_at_least:.0%} averaged over {', '.join(arms.question_truths)} and at least "
        f"{limits.each_at_least:.0%} on each, and overdose selection of at most "
        f"{limits.overdose_at_most:.0%} on each; N from {caps[0]}. Best: the highest average, and at which N. "
        f"The design's own size is off here, its other stopping rules are not.{without}",
    )


def beyond(
    arms: ExactDesignTruths,
    caps: Sequence[int],
    refused_caps: Mapping[str, str],
    refused_size: Mapping[str, str],
) -> list[Block]:
    """Return a line for each design that is not exact at all that was asked for: up to where it is, or why not."""
    lines: list[Block] = []
    for name, rule in arms.designs.items():
        most = exact_up_to(rule)
        left_out = [f"caps {max(most + 1, caps[0])} to {caps[-1]}"] if caps[-1] > most else []
        left_out += [f"its size of {rule.max_n}"] if rule.max_n > most else []
        if left_out:
            lines.append(
                Text(f"{name}: exact up to {most} patients, beyond it not: without {' and '.join(left_out)}.")
            )
            continue
        for where, refused in (("at these caps", refused_caps), ("at its own size", refused_size)):
            if name in refused:
                lines.append(Text(f"{name}: no exact numbers {where}: {refused[name]}"))
    return [*lines, Text("")] if lines else []


def operating_characteristics(arms: ExactDesignTruths, frame: "pd.DataFrame") -> list[Block]:
    """Return selection, patients and allocation per truth and design."""
    found = by_key(frame, "design", "truth", "measure", "level")

    def value(design: str, truth: str, measure: str, level: int | None = None) -> float:
        statistics = found.get((design, truth, measure, level), {})
        return statistics.get("probability", statistics.get("mean", UNKNOWN))[0]

    def quantiles(design: str, truth: str) -> str:
        statistics = found.get((design, truth, "evaluable", None), {})
        middle, low, high = (statistics.get(name, UNKNOWN)[0] for name in ("median", "p10", "p90"))
        return NONE if math.isnan(middle) else f"{middle:.0f} {low:.0f}-{high:.0f}"

    return [_selection(arms, value), _patients(arms, value, quantiles), _allocation(arms, value)]


def _by_truth(
    arms: ExactDesignTruths,
    caption: str,
    columns: Sequence[str],
    cells: Callable[[str, str], list[str]],
    note: str,
) -> Table:
    """Return a table with a row for every truth and design."""
    truths = ([BALANCED] if len(arms.balanced_truths) > 1 else []) + list(arms.judged)
    groups = tuple(
        Group("", tuple((truth, design, *cells(design, truth)) for design in arms.designs))
        for truth in truths
    )
    return Table(caption, ("truth", "design", *columns), groups, row_headings=2, note=note, named_once=True)


def _levels(arms: ExactDesignTruths) -> range:
    return range(1, next(iter(arms.designs.values())).n_doses + 1)


def _selection(arms: ExactDesignTruths, value: Value) -> Table:
    levels = _levels(arms)
    stops = {"stop_safety": "safety", "stop_precision": "precision", "stop_complete": "complete"}

    def cells(design: str, truth: str) -> list[str]:
        measures: list[tuple[str, int | None]] = [("pcs", None)]
        measures += [("selected", level) for level in (0, *levels)]
        measures += [("overdose_selection", None)]
        measures += [(f"selected_on_fewer_than_{few}", None) for few in (3, 6)]
        measures += [(stop, None) for stop in stops]
        return [percent(value(design, truth, *one)) for one in measures]

    head = ["correct", "none", *(f"level {level}" for level in levels), "overdose"]
    return _by_truth(
        arms,
        "Selection, % of trials",
        [*head, "on n < 3", "on n < 6", *stops.values()],
        cells,
        "Overdose: the selected level's risk is above target + 0.05. On n < 3, n < 6: a level with fewer "
        "patients is selected. Safety, precision, complete: the design stops the trial below its planned size, "
        "because the lowest level is too toxic, enough patients are at one level, or its rule is at its end.",
    )


def _patients(arms: ExactDesignTruths, value: Value, quantiles: Callable[[str, str], str]) -> Table:
    levels = _levels(arms)
    modelled = any(arm.truth.p_response is not None for arm in arms.design_truths)
    responses = ["responses"] if modelled else []

    def number(design: str, truth: str, measure: str, level: int | None = None) -> str:
        return plain(value(design, truth, measure, level))

    def cells(design: str, truth: str) -> list[str]:
        return [
            number(design, truth, "evaluable"),
            quantiles(design, truth),
            *(
                f"{number(design, truth, 'evaluable', level)} ({number(design, truth, 'dlts', level)})"
                for level in levels
            ),
            number(design, truth, "dlts"),
            *(number(design, truth, name) for name in responses),
        ]

    return _by_truth(
        arms,
        "Patients and DLTs, mean by level n (DLTs)",
        ["mean n", "median P10-P90", *(f"level {level}" for level in levels), "DLTs", *responses],
        cells,
        f"At the design's own size.{RESPONSES if responses else ''}",
    )


def _allocation(arms: ExactDesignTruths, value: Value) -> Table:
    def cells(design: str, truth: str) -> list[str]:
        above = [f"over_{share}_percent_{of}above_target" for share in (60, 80) for of in ("", "of_planned_")]
        bias = value(design, truth, "rate_at_selected_bias", None)
        return [
            *(percent(value(design, truth, name, None)) for name in ("share_at_correct", "poor_allocation")),
            *(percent(value(design, truth, name, None)) for name in above),
            NONE if math.isnan(bias) else f"{100 * bias:+.1f}",
            percent(value(design, truth, "rate_at_selected_coverage", None)),
        ]

    off = ", ".join(arms.no_level_at_target)
    same = f"No level's risk is the target under {off}; the interval is the same. " if off else ""
    head = [
        "at correct",
        "poor",
        "> 60 % above",
        "of planned",
        "> 80 % above",
        "of planned",
        "bias",
        "coverage",
    ]
    return _by_truth(
        arms,
        "Allocation, and the DLT rate observed at the selected level, %",
        head,
        cells,
        "At correct: share of patients at the correct level. Poor: trials with fewer there than an equal share "
        "over all levels. > 60 %, > 80 % above: trials with more than that share of the treated patients at "
        f"levels with a risk above the target, in ({arms.target:g}, 1]; of planned: the share of the "
        "planned size instead, as BOIN::get.oc counts, which a trial that stops early can hardly reach. "
        f"{same}Bias: mean of DLTs / n minus the true risk at the selected level, in percentage points; coverage of "
        "its 95 % Clopper-Pearson interval; both given that a level with patients is selected.",
    )


def accuracy(found: ExactNeeded) -> Iterator[Block]:
    """Return accuracy at every cap, a table a design, with the complete-information reference beside it."""
    for name, one in found.accuracy.items():
        yield _accuracy_table(name, one, found)
    without = ", ".join(truth for truth, reference in found.reference.items() if reference is None)
    yield Text(
        "N: evaluable patients. Met: * where N meets the question's limits. Overdose: the largest over the "
        "truths. By truth: correct selection, overdose selection, and after the bar the complete-information "
        "reference (O'Quigley, Paoletti & Maccario 2002): N patients whose outcome is known at every level, "
        "the level whose DLT fraction is closest to the target selected; of fractions equally close and equal, "
        "the highest level below the target and the lowest at or above it; one on each side, the lower. A "
        "reference, not a bound; it never selects none"
        + (f" and is left out where none is correct ({without})." if without else ".")
    )
    yield Text("")


def _accuracy_table(name: str, one: Accuracy, found: ExactNeeded) -> Table:
    met = one.meets(found.limits)

    def cell(truth: int, cap: int) -> str:
        reference = found.reference[one.truths[truth]]
        beside = "" if reference is None else f" | {percent(reference[cap])}"
        return f"{percent(one.pcs[truth, cap])} {percent(one.overdose[truth, cap])}{beside}"

    listed = [
        (
            str(cap),
            "*" if met[k] else "",
            percent(one.average_pcs[k]),
            percent(one.pcs[:, k].min()),
            percent(one.overdose[:, k].max()),
            *(cell(truth, k) for truth in range(len(one.truths))),
        )
        for k, cap in enumerate(one.caps)
    ]
    shown = _caps_shown(one.caps, met.tolist())
    return Table(
        f"{name}: correct selection by number of evaluable patients, %",
        ("N", "met", "average", "lowest", "overdose", *one.truths),
        rows(*(row for row, is_shown in zip(listed, shown, strict=True) if is_shown)),
        row_headings=2,
        note="" if all(shown) else SOME_CAPS,
    )


def _caps_shown(caps: Sequence[int], met: Sequence[bool]) -> list[bool]:
    """Return which caps a table shows: all, or of many every fifth, the ends, and both sides of every change."""
    if len(caps) <= MOST_CAPS:
        return [True] * len(caps)
    last = len(caps) - 1
    return [
        cap % EVERY_CAP == 0 or k in (0, last) or met[k] != met[k - 1] or met[k] != met[k + 1]
        for k, cap in enumerate(caps)
    ]


def family(found: Family, seed: int) -> Table:
    """Return how each design does on a family of curves, and on which kind of curve it does worst."""
    results = found.results
    curves = len(next(iter(results.values())).pcs)
    by_name = {name: {kind.name: kind for kind in one.kinds()} for name, one in results.items()}
    worst_kind = {name: one.kinds()[0].name for name, one in results.items()}
    first = next(iter(by_name.values()))
    everything = [(percent(one.average_pcs), percent(float(one.overdose.mean()))) for one in results.values()]
    listed = [
        ("all", str(curves), *(cell for pair in everything for cell in pair)),
        (
            *("worst tenth", str(max(1, curves // 10))),
            *(cell for one in results.values() for cell in (percent(one.worst_decile_pcs), "")),
        ),
    ]
    needs = [("not reached" if one.n is None else f"N {one.n}", "") for one in found.needed.values()]
    listed.append(("needed", str(found.curves_for_needed), *(cell for pair in needs for cell in pair)))
    for kind in sorted(first):
        row = [kind, str(first[kind].curves)]
        for design in results:
            worst = "<" if worst_kind[design] == kind else ""
            row += [percent(by_name[design][kind].pcs) + worst, percent(by_name[design][kind].overdose)]
        listed.append(tuple(row))
    sentences = [
        "Kind: the correct level, and how far the closer neighbour's risk is: flat below 0.05, steep above "
        "0.15. <: the kind on which the design does worst. At the design's own size; needed: the smallest N of "
        "evaluable patients from which every larger one meets the question's limits on average over the first "
        f"{found.curves_for_needed} curves, of correct and of overdose selection."
    ]
    for design, result in results.items():
        curve = int(result.worst(1)[0])
        risks = ", ".join(f"{p:.2f}" for p in result.curves[curve])
        sentences.append(
            f"Worst curve for {design}: {risks}; correct {int(result.correct[curve]) or 'none'}, "
            f"{percent(result.pcs[curve])} %."
        )
    return Table(
        f"Family {found.name}: {curves} curves, seed {seed}, %",
        ("kind", "curves", *(f"{design} {what}" for design in results for what in ("correct", "overdose"))),
        rows(*listed),
        row_headings=2,
        note=" ".join(sentences),
    )


def calibration(name: str, found: Calibration, training: str, held_out: Iterable[str]) -> Table:
    """Return the best designs of a search, and what the first of them needs on the held-out truths."""
    listed = [
        (name, *_settings(found.base), *_needed(found.base_needed), *_needed(found.base_held_out_needed))
    ]
    for rank, candidate in enumerate(found.ranked[:BEST_SHOWN], start=1):
        held = _needed(found.held_out_needed) if rank == 1 else ("", "")
        listed.append((str(rank), *_settings(candidate.design), *_needed(candidate.needed), *held))
    head = ("rank", "p_saf", "p_tox", "cutoff", "cohort", "stop at", "needed", "best average %")
    return Table(
        f"Calibration of {name}: {len(found.ranked)} designs tried",
        (*head, "held out: needed", "held out: best average %"),
        rows(*listed),
        row_headings=2,
        note=f"Trained on {training}; held out: {', '.join(held_out)}. Ranked by evaluable patients "
        "needed on the training truths, then by the best average. The search picks the luckiest of many: "
        "judge the first by the truths it did not see. The limits are the question's on either set.",
    )


def percent(value: float) -> str:
    """Return the value in per cent with one decimal, or a dash."""
    return plain(100 * value)


def _needed(one: Needed) -> tuple[str, str]:
    best = f"{percent(one.best_average_pcs)} at {one.best_cap}"
    return ("not reached" if one.n is None else str(one.n)), best


def _settings(rule: BOIN) -> list[str]:
    return [NONE if value is None else f"{value:g}" for value in settings(rule).values()]
