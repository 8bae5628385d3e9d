"""What lies between simulated and exact correct selection: each cause turned off on the same patients."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulator.analysis.estimate import Estimate, interval, mean
from simulator.analysis.exact_beside import prepared_if_exact
from simulator.runs.results import BALANCED, Results, TruthTarget
from simulator.trial.ledger import Stop

Correct = dict[tuple[str, str], NDArray[np.bool_]]
"""(design, truth) -> whether each replicate selects the correct level."""

COLUMNS: Final = ("design", "truth", "cause", "measure", "statistic", "value", "mcse")
CALENDAR: Final = "calendar"
ALL_CAUSES: Final = "all_causes"
EXACT: Final = "exact"


def correct_selections(results: Results) -> Correct:
    """Return which trials, as conducted, select the correct level."""
    return {
        (arm.design_name, arm.truth.name): TruthTarget.of(arm, results.target).is_correct(rows["selected"])
        for arm, rows in zip(results.plan.design_truths, results.used, strict=True)
    }


def any_unfinished(results: Results) -> bool:
    """Return whether the calendar limit ends any trial: if it ends none, no longer one changes anything."""
    return any(bool((rows["stop"] == Stop.NOT_FINISHED).any()) for rows in results.used)


def gap(
    results: Results,
    alone: Mapping[str, Correct],
    in_turn: Mapping[str, Correct],
) -> pd.DataFrame:
    """Tabulate what each cause adds to the correct selection of the trial as conducted, in shares of trials.

    Parameters
    ----------
    results
        The trials as they are.
    alone, in_turn
        Cause -> the same trials with this cause off, and with this and all before it off.

    Returns
    -------
    DataFrame
        design, truth ("balanced": over the balanced set), cause, measure, statistic (mean; low95 and high95 of a
        difference), value, mcse. Measure "pcs": of the calendar, with all_causes off, and exact (without error;
        without a row where the exact engine does not take the design). "alone", "in_turn": with the cause minus
        without it, all others on, or those before it off; in turn they add up to that of "all_causes".
    """
    base = {key: one for key, one in correct_selections(results).items() if key in next(iter(alone.values()))}
    rows: list[dict[str, object]] = []
    last = list(in_turn.values())[-1]
    for design, truth, keys in _groups(results, base):
        label: dict[str, object] = {"design": design, "truth": truth}
        on, off = _stacked(base, keys), _stacked(last, keys)
        rows += _shares(label | {"cause": CALENDAR}, on)
        before = on
        for cause, without in alone.items():
            of = label | {"cause": cause}
            rows += _difference(of | {"measure": "alone"}, on, _stacked(without, keys))
            after = _stacked(in_turn[cause], keys)
            rows += _difference(of | {"measure": "in_turn"}, before, after)
            before = after
        rows += _difference(label | {"cause": ALL_CAUSES, "measure": "in_turn"}, on, off)
        rows += _shares(label | {"cause": ALL_CAUSES}, off)
        exact = _exact(results, design, [name for _, name in keys])
        if exact is not None:
            rows.append(
                label | {"cause": EXACT, "measure": "pcs", "statistic": "mean", "value": exact, "mcse": 0.0}
            )
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _groups(results: Results, base: Correct) -> Iterator[tuple[str, str, list[tuple[str, str]]]]:
    """Yield every design with the balanced set, where two or more of it were run, and with each truth."""
    for design in results.designs:
        keys = [key for key in base if key[0] == design]
        balanced = [key for key in keys if key[1] in results.balanced_truths()]
        if len(balanced) > 1:
            yield design, BALANCED, balanced
        for key in keys:
            yield design, key[1], [key]


def _stacked(of: Correct, keys: list[tuple[str, str]]) -> NDArray[np.bool_]:
    """Return the selections, shape (truths, replicates)."""
    return np.stack([of[key] for key in keys])


def _shares(label: dict[str, object], correct: NDArray[np.bool_]) -> list[dict[str, object]]:
    return [label | {"measure": "pcs", "statistic": "mean", **mean(correct)._asdict()}]


def _difference(
    label: dict[str, object], on: NDArray[np.bool_], off: NDArray[np.bool_]
) -> list[dict[str, object]]:
    one = mean(on.astype(np.float64) - off)
    low, high = interval(one, on.shape[1], -1, 1)
    found: dict[str, Estimate] = {
        "mean": one,
        "low95": Estimate(low, np.nan),
        "high95": Estimate(high, np.nan),
    }
    return [label | {"statistic": name, **of._asdict()} for name, of in found.items()]


def _exact(results: Results, design: str, truths: list[str]) -> float | None:
    """Return the exact share of correct selections over the truths; None where there is none."""
    arms = results.positions_of(design, truths)
    prepared = prepared_if_exact(results.plan.design_truths[arms[0]].design)
    if prepared is None:
        return None
    found: list[Any] = []
    for arm in arms:
        judged = TruthTarget.of(results.plan.design_truths[arm], results.target)
        of = prepared.operating_characteristics(judged.p_dlt, target=results.target, correct=judged.correct)
        found.append(of.pcs)
    return float(np.mean(found))
