"""The folder of `--out` of an answer from several runs: resumed after an interruption, shown again once finished."""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from simulator.errors import SimulatorError
from simulator.runs.kept_runs import kept_in
from simulator.runs.run_folder import RunFolder, replicates_kept
from simulator.studies.answer_folder import opened


@contextmanager
def answer_folder(
    out: Path | None, kind: str, asked: Mapping[str, object], *, force: bool
) -> Iterator[RunFolder | None]:
    """Open the folder of an answer, if one is wanted, and let every run in the block keep its trials there.

    What is resumed, and what an interrupt leaves, is said on standard error.

    Raises
    ------
    StoreError
        As `opened`.
    """
    if out is None:
        try:
            yield None
        except KeyboardInterrupt:
            print("interrupted: nothing is kept; with --out an interrupted run resumes", file=sys.stderr)
            raise
        return
    with opened(out, asked, force=force, finished_too=True, kind=kind) as folder, kept_in(folder):
        kept = replicates_kept(out)
        if kept and not folder.finished:
            print(f"{out} holds {kept:,} trials of this answer: resumed there.", file=sys.stderr)
        try:
            yield folder
        except SimulatorError:
            folder.withdraw()
            raise
        except KeyboardInterrupt:
            kept = replicates_kept(out)
            print(
                f"interrupted: {kept:,} trials are kept in {out}; the same command resumes", file=sys.stderr
            )
            raise


def say_finished(out: Path | None) -> None:
    """Say that the answer printed was the one kept."""
    print(f"{out} held this answer, finished: nothing was run again.", file=sys.stderr)
