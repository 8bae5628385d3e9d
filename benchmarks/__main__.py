"""Run every benchmark and print one table, with machine and date: `python -m benchmarks [NAME ...]`."""

import importlib
import os
import pkgutil
import platform
import sys
from datetime import UTC, datetime
from pathlib import Path

import benchmarks
from benchmarks.timing import Row


def modules() -> list[str]:
    """Return the names of the modules of this package that have something to run."""
    names = (module.name for module in pkgutil.iter_modules(benchmarks.__path__))
    return [name for name in names if not name.startswith("_") and name != "timing"]


def main(asked: list[str]) -> int:
    """Run the benchmarks asked for, all by default. Returns the exit code."""
    unknown = sorted(set(asked) - set(modules()))
    if unknown:
        print(f"no benchmark {', '.join(unknown)}; there are {', '.join(modules())}", file=sys.stderr)
        return 2
    print(f"Measured {datetime.now(UTC):%Y-%m-%d} on {machine()}.\n")
    print("| benchmark | what | value | unit |\n| --- | --- | ---: | --- |")
    for name in asked or modules():
        rows: list[Row] = importlib.import_module(f"benchmarks.{name}").run()
        for what, value, unit in rows:
            print(f"| {name} | {what} | {value:,.4g} | {unit} |", flush=True)
    return 0


def machine() -> str:
    """Say what this ran on."""
    return f"{_processor()}, {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"


def _processor() -> str:
    listing = Path("/proc/cpuinfo")
    if listing.exists():
        for line in listing.read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
