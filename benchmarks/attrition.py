"""Attribution and all pairs of relaxations over a million patients. Run as `python -m benchmarks.attrition`."""

from functools import partial

from benchmarks.timing import Row, seconds, table
from simulator.analysis.attrition import attrition_of
from simulator.eligibility.readings import EligibilityReadings
from simulator.population.parameters import PopulationParameters
from simulator.population.patients import draw_chunks
from simulator.randomness import Block, Streams

MILLION = 1_000_000


def run() -> list[Row]:
    """Measure on one core, after drawing."""
    drawn = list(draw_chunks(PopulationParameters(), Streams(1), [Block(0, 0, 0, MILLION)]))
    readings = EligibilityReadings()
    return [
        (
            "one million, all criteria, attribution and all pairs, after drawing",
            seconds(partial(attrition_of, drawn, readings, pairs=True)),
            "s",
        ),
        (
            "one million, all criteria, attribution and single relaxations, after drawing",
            seconds(partial(attrition_of, drawn, readings)),
            "s",
        ),
    ]


if __name__ == "__main__":
    print(table(run()))
