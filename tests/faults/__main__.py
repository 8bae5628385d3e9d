"""What was tried to break it: `python -m tests.faults`, bounded by --seconds and continued by --from.

Kills of a run at random moments, commands with other values, and files altered at random, by kind. Seeds are
printed: the same seed and numbers give the same faults again.
Findings are kept in --out, the altered file beside its trace.
"""

import argparse
import subprocess
import sys
import time
from pathlib import Path

from tests.faults.files import EXAMPLES, Round, read_altered
from tests.faults.kills import Kills, killed_runs
from tests.faults.options import run_altered

STEP = {"kills": 60}
FILES_A_STEP = 200
SHOWN_EVERY = 60.0
"""Seconds between two lines of a round."""


def main() -> None:
    """Run kinds of faults, each in a process of its own, until the counts are reached or the time is over."""
    asked = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    asked.add_argument(
        "kinds", nargs="*", metavar="KIND", help=f"kills, options, {', '.join(EXAMPLES)}; default: all"
    )
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--from", dest="first", type=int, default=0, help="first number: continues a round")
    asked.add_argument("--count", type=int, default=1000, help="faults of each kind")
    asked.add_argument("--seconds", type=float, default=600, help="for each kind")
    asked.add_argument("--out", type=Path, default=Path("build/faults"))
    asked.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    given = asked.parse_args()
    kinds = given.kinds or ["kills", "options", *EXAMPLES]
    if given.here:
        sys.exit(_round(kinds[0], given))
    print(f"seed {given.seed}, numbers from {given.first}", flush=True)
    options = sys.argv[1 + len(given.kinds) :]
    alone = [[sys.executable, "-m", "tests.faults", kind, *options, "--here"] for kind in kinds]
    failed = [subprocess.run(one, check=False).returncode for one in alone]
    for kind, code in zip(kinds, failed, strict=True):
        if code < 0:
            print(f"{kind}: a finding: its process was ended by signal {-code}", flush=True)
    sys.exit(any(failed))


def _round(kind: str, given: argparse.Namespace) -> int:
    """Run one kind and print its counts now and then and at the end; return 1 where something was found."""
    began, first, last = time.monotonic(), given.first, given.first + given.count
    step = STEP.get(kind, FILES_A_STEP)
    kills, files, shown, named = Kills(), Round(kind), 0.0, 0
    found = kills if kind == "kills" else files
    while first < last and time.monotonic() - began < given.seconds:
        numbers = range(first, min(first + step, last))
        if kind == "kills":
            killed_runs(given.seed, numbers, kills)
        elif kind == "options":
            run_altered(given.seed, numbers, given.out.absolute(), files)
        else:
            read_altered(kind, given.seed, numbers, given.out, files)
        first = numbers.stop
        findings = [*kills.findings, *(f"{number}: {said}" for number, said in files.findings.items())]
        print("\n".join([*findings[named:], ""]), end="", flush=True)
        named = len(findings)
        if time.monotonic() - shown > SHOWN_EVERY:
            shown = time.monotonic()
            print(f"before {first}: {found.line}", flush=True)
    print(
        f"{kind}, seed {given.seed}, numbers {given.first} to {first - 1}, {time.monotonic() - began:.0f} s:"
    )
    print(found.line, flush=True)
    return 1 if found.findings else 0


if __name__ == "__main__":
    main()
