"""Referrals drawn and judged a second, and the memory it takes. Run as `python -m benchmarks.population`."""

import resource
import subprocess
import sys
from functools import partial
from pathlib import Path

from benchmarks.timing import Row, seconds, table
from simulator.eligibility.readings import EligibilityReadings
from simulator.population.parameters import PopulationParameters
from simulator.population.screened_referrals import refer
from simulator.randomness import Block, Streams

MILLION = 1_000_000
REPLICATES = 1000
REFERRALS_PER_REPLICATE = 150


def run() -> list[Row]:
    """Measure on one core; memory in a process of its own."""
    streams = Streams(1)
    together = [Block(replicate, 0, 0, REFERRALS_PER_REPLICATE) for replicate in range(REPLICATES)]
    _refer(streams, [Block(0, 0, 0, 1)])
    return [
        ("one million, drawn and judged", seconds(partial(_refer, streams, [Block(0, 0, 0, MILLION)])), "s"),
        ("1000 replicates of 150, in one call", seconds(partial(_refer, streams, together)), "s"),
        (
            "one replicate of 150, in a call of its own",
            1000 * seconds(partial(_refer, streams, together[:1])),
            "ms",
        ),
        ("peak memory of the million", _peak_megabytes(), "MB"),
    ]


def _refer(streams: Streams, blocks: list[Block]) -> object:
    return refer(PopulationParameters(), EligibilityReadings(), streams, blocks)


def _peak_megabytes() -> float:
    child = subprocess.run(
        [sys.executable, "-c", "from benchmarks.population import print_peak; print_peak()"],
        check=True,
        capture_output=True,
        text=True,
    )
    return float(child.stdout)


def print_peak() -> None:
    """Refer a million patients and print the peak resident memory of this process, MB."""
    _refer(Streams(1), [Block(0, 0, 0, MILLION)])
    print(_own_peak_kilobytes() / 1024)


def _own_peak_kilobytes() -> float:
    """Return this program's own peak; `ru_maxrss` would carry the peak of the process that started it."""
    status = Path("/proc/self/status")
    if status.exists():
        [line] = [line for line in status.read_text().splitlines() if line.startswith("VmHWM:")]
        return float(line.split()[1])
    return float(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)


if __name__ == "__main__":
    print(table(run()))
