"""Which tests `make quick` leaves out, by measurement and not by guess: tests/slow_tests.txt.

`pytest -n 2 --times build/times.txt tests` measures, `python -m tests.slow build/times.txt` writes the list.
Processor time is measured, that of started processes included, so that a busy machine does not move a test. A test is
slow where all its cases together, or one of the fixtures that it needs, take longer than a second.
"""

import os
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tests.support.places import ROOT

LIST: Final = ROOT / "tests" / "slow_tests.txt"
SECONDS: Final = 1.0
CALL, FIXTURE, NEEDS = "call", "fixture", "needs"


def named() -> frozenset[str]:
    """Return the slow tests, as FILE::TEST without cases."""
    return frozenset(LIST.read_text(encoding="utf-8").split())


@contextmanager
def timed(file: str | None, kind: str, name: str) -> Iterator[None]:
    """Append the processor time of the `with` block to a file; None for no file."""
    before = _processor_seconds()
    yield
    if file is not None:
        note(file, kind, f"{_processor_seconds() - before:.3f}", name)


def note(file: str, *words: str) -> None:
    """Append one line; workers share the file, and a short line is written at once."""
    with Path(file).open("a", encoding="utf-8") as lines:
        lines.write("\t".join(words) + "\n")


def _processor_seconds() -> float:
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


def slow(lines: Iterable[str]) -> list[str]:
    """Return the slow tests of measured times."""
    fixtures: dict[str, float] = defaultdict(float)
    calls: dict[str, float] = defaultdict(float)
    needs: dict[str, set[str]] = defaultdict(set)
    for line in lines:
        kind, value, name = line.rstrip("\n").split("\t")
        test = name.split("[")[0]
        if kind == CALL:
            calls[test] += float(value)
        elif kind == NEEDS:
            needs[test].add(value)
        elif kind == FIXTURE:
            fixtures[name] = max(fixtures[name], float(value))
    costly = {name for name, seconds in fixtures.items() if seconds > SECONDS}
    return sorted(test for test, spent in calls.items() if spent > SECONDS or needs[test] & costly)


if __name__ == "__main__":
    with Path(sys.argv[1]).open(encoding="utf-8") as measured:
        found = slow(measured)
    LIST.write_text("\n".join(found) + "\n", encoding="utf-8")
    print(f"{len(found)} slow tests in {LIST.relative_to(ROOT)}")
