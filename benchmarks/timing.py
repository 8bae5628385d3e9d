"""Time a call, and print what was measured."""

from collections.abc import Callable
from time import perf_counter

Row = tuple[str, float, str]  # name, value, unit


def seconds(call: Callable[[], object], repeats: int = 3) -> float:
    """Return the shortest of some timings: what the work takes when nothing else disturbs it."""
    times = []
    for _ in range(repeats):
        begin = perf_counter()
        call()
        times.append(perf_counter() - begin)
    return min(times)


def table(rows: list[Row]) -> str:
    """Return the rows as a markdown table."""
    lines = ["| what | value | unit |", "| --- | ---: | --- |"]
    lines += [f"| {name} | {value:,.4g} | {unit} |" for name, value, unit in rows]
    return "\n".join(lines)
