"""How often the interval of a number needed holds it, where `replicates: auto` stops: over many seeds, at leisure.

`python -m tests.needed_n_coverage [--seeds 200] [--design boin] [--file FILE] [--workers 2]`

Every seed is one comparison as a user runs it, to the step at which it is settled, over the truths of the question. A
line of FILE keeps what it found, so that the same command goes on where it was stopped. The number needed itself is
that of all replicates of all seeds together; the interval of a seed covers it where it is not outside, and "none" as
an end is beyond every number. Aim: at least 93 %.
"""

import argparse
import json
from pathlib import Path
from typing import Any, Final

import numpy as np

from simulator.analysis.needed import Accuracy
from simulator.runs.results import Results, TruthTarget
from simulator.scenario.scenario import Scenario, load_scenario
from simulator.studies.compare import compare
from tests.support.places import DEFAULT_SCENARIO

AIM: Final = 0.93
SEEDS: Final = 200


def main() -> None:
    """Run the seeds that the file lacks, then print the coverage of those that it has."""
    options = _options()
    scenario = load_scenario(DEFAULT_SCENARIO)
    found = _kept(options.file)
    for seed in range(1, options.seeds + 1):
        if str(seed) not in found:
            found[str(seed)] = of_seed(scenario, options.design, seed, options.workers)
            with options.file.open("a", encoding="utf-8") as file:
                file.write(json.dumps({"seed": seed, **found[str(seed)]}) + "\n")
            print(summary(scenario, list(found.values())), flush=True)
    print(summary(scenario, list(found.values())))


def of_seed(scenario: Scenario, design: str, seed: int, workers: int) -> dict[str, Any]:
    """Return where the run of a seed stopped, its number needed with its ends, and what was selected at every cap."""
    truths = [truth.name for truth in scenario.question_truths]
    comparison = compare(scenario, [design], truths, "auto", seed, workers)
    frame = comparison.needed_n
    headline = frame[frame["measure"] == "infused"].set_index("statistic")["value"]
    correct, overdose = _selected(comparison.results)
    return {
        "replicates": comparison.results.replicates,
        "ended_by": str(comparison.ending.by),
        **{name: _number(headline[name]) for name in ("needed", "low95", "high95")},
        "correct": correct,
        "overdose": overdose,
    }


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _selected(results: Results) -> tuple[list[list[int]], list[list[int]]]:
    """Return how many trials select correctly, and an overdose, by truth and cap from 1 on."""
    correct, overdose = [], []
    for number, arm in enumerate(results.plan.design_truths):
        selected = results.caps(number, "selected")
        judged = TruthTarget.of(arm, results.target)
        correct.append(judged.is_correct(selected).sum(axis=0).tolist())
        overdose.append(judged.is_overdose(selected).sum(axis=0).tolist())
    return correct, overdose


def pooled_needed(scenario: Scenario, found: list[dict[str, Any]]) -> int:
    """Return the number needed of all replicates of all seeds together; 0 where it is not reached."""
    question = scenario.question
    caps = slice(question.caps_from - 1, question.caps_to)
    replicates = sum(one["replicates"] for one in found)
    shares = [
        np.sum([one[name] for one in found], axis=0)[None, :, caps] / replicates
        for name in ("correct", "overdose")
    ]
    return int(Accuracy(*shares).first_cap(question)[0])


def covers(one: dict[str, Any], needed: int) -> bool:
    """Return whether the interval of a seed holds a number needed, 0 for not reached."""
    low, high = (np.inf if one[end] is None else one[end] for end in ("low95", "high95"))
    return bool(low <= (needed or np.inf) <= high)


def summary(scenario: Scenario, found: list[dict[str, Any]]) -> str:
    """Return the coverage so far in a line."""
    needed = pooled_needed(scenario, found)
    share = float(np.mean([covers(one, needed) for one in found]))
    error = float(np.sqrt(share * (1 - share) / len(found)))
    replicates = [one["replicates"] for one in found]
    return (
        f"{len(found)} seeds, {sum(replicates):,} replicates (median {np.median(replicates):,.0f} a seed): needed "
        f"{needed or 'not reached'}; {100 * share:.1f}±{100 * error:.1f} % of the intervals hold it "
        f"(aim: {100 * AIM:.0f} %)"
    )


def _kept(file: Path) -> dict[str, dict[str, Any]]:
    """Return what the file holds, by seed; a line that a kill cut short is left out."""
    found = {}
    for line in file.read_text(encoding="utf-8").splitlines() if file.exists() else ():
        try:
            one = json.loads(line)
        except json.JSONDecodeError:
            continue
        found[str(one.pop("seed"))] = one
    return found


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.needed_n_coverage")
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--design", default="boin")
    parser.add_argument("--file", type=Path, default=Path("needed_n_coverage.jsonl"))
    parser.add_argument("--workers", type=int, default=2)
    return parser.parse_args()


if __name__ == "__main__":
    main()
