"""Do the intervals of `fit` hold as often as they say? `python -m tests.fit_calibration` runs the whole proof.

Every setting of the default scenario that a log can speak of is drawn at once from its stated range (the law that
the range is read as, in equal shares of it; `flat`: evenly between low and high, of the logarithm or log odds), one
trial is simulated with them, and the log of its first 10, 30 or 100 referrals, many still under way, is fitted by
the scenario as it was. The 80 % interval of each setting should hold its true value in 80 % of the logs. With L logs
the share has standard error sqrt(0.16 / L): 1.8 points of 500.
"""

import sys
import tempfile
from pathlib import Path

import numpy as np

from simulator.analysis.fitting.accrual_settings import RATE
from simulator.analysis.fitting.assumed import Assumed
from simulator.analysis.fitting.posterior import Kind
from simulator.analysis.fitting.setting import Quantity
from simulator.mid_trial.screening_log import read_log
from simulator.population.arrivals import site_effect
from simulator.randomness import Streams
from simulator.scenario.scenario import load_scenario
from simulator.studies.fit import Fit, fit_log
from tests.support.places import DEFAULT_SCENARIO
from tests.support.simulated_log import simulated_log

SIZES = (10, 30, 100)
LOGS = 500
SEED = 4_000_000
REFERENCE = 999
LOWEST, HIGHEST = 0.75, 0.85


def assumed() -> Assumed:
    """Return the default scenario, ready to be fitted many times."""
    return Assumed(load_scenario(DEFAULT_SCENARIO))


def quantities(of: Assumed, folder: Path) -> list[Quantity]:
    """Return everything that a whole log can speak of."""
    log = simulated_log(of.scenario, 100, SEED, REFERENCE)
    return [one.quantity for one in fit_log(of, read_log(log.write(folder), log.cut)).settings]


def drawn(listed: list[Quantity], logs: int, *, flat: bool) -> dict[str, np.ndarray]:
    """Draw true values, as many of each as logs: a Latin hypercube."""
    rng = np.random.default_rng(7)
    found = {}
    for one in listed:
        u = (rng.permutation(logs) + rng.random(logs)) / logs
        low, high = one.between.low, one.between.high
        if not flat:
            values = one.prior.law.ppf(u)
        elif low <= 0:
            values = high * u
        elif one.kind is Kind.SHARE:
            ends = np.log([low / (1 - low), high / (1 - high)])
            values = 1 / (1 + np.exp(-(ends[0] + (ends[1] - ends[0]) * u)))
        else:
            values = low * (high / low) ** u
        found[one.path] = values
    return found


def fitted_logs(
    of: Assumed, size: int, logs: int, folder: Path, *, flat: bool = False
) -> list[tuple[dict[str, float], Fit]]:
    """Return the true values behind each log, and its fit."""
    listed = quantities(of, folder)
    truth = drawn(listed, logs, flat=flat)
    found = []
    for k in range(logs):
        values = {one.path: float(truth[one.path][k]) for one in listed}
        changes = {path: new for one in listed for path, new in one.changes(values[one.path]).items()}
        # The rate of the site itself is learnt: its multiplier is drawn by the scenario's own law, not the fitted.
        changes.pop("arrivals.site_effect_shape", None)
        real = of.scenario.with_changes(changes)
        log = simulated_log(real, size, SEED, k)
        values[RATE] *= site_effect(real.arrivals, Streams(SEED), k, 0)
        if log.text.count("\n") > 1:
            found.append((values, fit_log(of, read_log(log.write(folder), log.cut))))
    return found


def coverage(fits: list[tuple[dict[str, float], Fit]]) -> dict[str, tuple[float, int]]:
    """Return how often each setting's 80 % interval held its true value, and of how many logs."""
    held: dict[str, list[bool]] = {}
    for values, fit in fits:
        for one in fit.settings:
            held.setdefault(one.path, []).append(one.low <= values[one.path] <= one.high)
    return {path: (float(np.mean(of)), len(of)) for path, of in held.items()}


def width(fits: list[tuple[dict[str, float], Fit]]) -> dict[str, float]:
    """Return the mean width of each setting's 80 % interval, as a share of that before any data."""
    found: dict[str, list[float]] = {}
    for _, fit in fits:
        for one in fit.settings:
            before = np.diff(one.quantity.prior.law.ppf([0.1, 0.9]))[0]
            found.setdefault(one.path, []).append((one.high - one.low) / before)
    return {path: float(np.mean(of)) for path, of in found.items()}


def main(logs: int, *, flat: bool) -> None:
    """Print how often every interval held, for logs of each size."""
    of = assumed()
    tables, widths = [], []
    with tempfile.TemporaryDirectory() as folder:
        for size in SIZES:
            fits = fitted_logs(of, size, logs, Path(folder), flat=flat)
            tables.append(coverage(fits))
            widths.append(width(fits))
    how = "evenly between low and high" if flat else "from the law of their ranges"
    print(f"80 % intervals: per cent of {logs} logs held (logs with data; width, 100: that before any data)")
    print(f"True settings drawn {how}")
    print(f"{'':48}" + "".join(f"{f'{size} patients':>20}" for size in SIZES))
    outside = []
    for path in tables[-1]:
        line = f"{path:48}"
        for size, table, wide in zip(SIZES, tables, widths, strict=True):
            share, n = table.get(path, (float("nan"), 0))
            line += f"{100 * share:8.1f} ({n:4}; {100 * wide.get(path, np.nan):3.0f})"
            if n and not LOWEST <= share <= HIGHEST:
                outside.append(f"{path} at {size}: {100 * share:.1f} %")
        print(line)
    print("All within 75 to 85 %." if not outside else "Outside 75 to 85 %: " + "; ".join(outside))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else LOGS, flat="flat" in sys.argv)
