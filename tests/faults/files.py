"""Files altered at random, read as a user would have them read: each ends in an answer or an error on purpose."""

import contextlib
import io
import json
import random
import resource
import shutil
import signal
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Final

from simulator.analysis.screened_list import screen_list
from simulator.designs.outcomes_file import replay_file
from simulator.eligibility.readings import EligibilityReadings
from simulator.errors import SimulatorError
from simulator.mid_trial.history import read_history
from simulator.patients.list_reader import read_patient_list
from simulator.report.text.screening import faults_text, render
from simulator.runs.run_folder import open_run, replicates_kept
from simulator.scenario.scenario import load_scenario
from simulator.studies.compare import compare
from simulator.studies.saved_run import open_saved_run
from tests.faults.mutation import mutated, mutated_member
from tests.support.places import DEFAULT_SCENARIO, ROOT

SECONDS: Final = 60
"""A file that takes longer is a finding."""
LISTS: Final = ROOT / "tests" / "patients" / "lists"
HISTORY: Final = """patient,site,state,date,level,dlt
,1,opened,2026-01-05,,
p1,1,referred,2026-01-10,,
p1,1,consented,2026-01-14,,
p1,1,enrolled,2026-02-01,,
p1,1,infused,2026-03-09,1,
p1,1,evaluable,2026-04-06,,no
p2,1,referred,2026-02-11,,
p2,1,consented,2026-02-15,,
p2,1,enrolled,2026-03-11,,
"""
OUTCOMES: Final = """patient,level,dlt,cohort,date,override
p1,1,no,1,2026-01-05,
p2,1,no,1,2026-01-12,
p3,1,no,1,2026-01-19,
p4,2,no,2,2026-02-19,
p5,2,yes,2,2026-02-26,
p6,2,no,2,2026-03-05,
"""
SMALL: Final = "about:\n  title: A trial\ntrial:\n  target: 0.25\nquestion:\n  accuracy: 0.6\n"
TABLE: Final = """
  - name: own-table
    design: decision-table
    rows:
      - {n: 3, escalate_if_at_most: 0, deescalate_if_at_least: 2, eliminate_if_at_least: 3}
      - {n: 6, escalate_if_at_most: 1, deescalate_if_at_least: 2, eliminate_if_at_least: 4}
"""


@dataclass(slots=True)
class Round:
    """What a round over one kind of file found."""

    kind: str
    files: int = 0
    refused: int = 0
    seconds: float = 0.0
    slowest: int = 0
    findings: dict[int, str] = field(default_factory=dict)

    @property
    def line(self) -> str:
        """The round in one line."""
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
        return (
            f"{self.kind:<14} {self.files:>7} files, {self.refused} refused, {len(self.findings)} findings; "
            f"slowest {self.seconds:.1f} s (number {self.slowest}); most memory {memory:.0f} MB"
        )


def read_altered(
    kind: str, seed: int, numbers: range, folder: Path | None = None, found: Round | None = None
) -> Round:
    """Alter the examples of a kind once for each number and read the result; add to `found`.

    What was a finding is kept in `folder`.
    """
    found = Round(kind) if found is None else found
    with tempfile.TemporaryDirectory() as place:
        examples = EXAMPLES[kind](Path(place))
        for number in numbers:
            draw = random.Random(f"{kind} {seed} {number}")
            example, read = draw.choice(examples)
            altered = Path(place) / f"altered{example.suffix}"
            packed = example.suffix == ".xlsx" and draw.random() < 0.8
            content = (mutated_member if packed else mutated)(example.read_bytes(), draw)
            altered.write_bytes(content)
            began = time.monotonic()
            said = _outcome(read, altered)
            took = time.monotonic() - began
            found.files += 1
            found.refused += said == REFUSED
            if took > found.seconds:
                found.seconds, found.slowest = took, number
            if said not in (READ, REFUSED):
                found.findings[number] = said
                if folder is not None:
                    folder.mkdir(parents=True, exist_ok=True)
                    (folder / f"{kind}-{seed}-{number}{example.suffix}").write_bytes(content)
                    (folder / f"{kind}-{seed}-{number}.txt").write_text(said, encoding="utf-8")
    return found


READ, REFUSED = "read", "refused"
Reader = Callable[[Path], object]
Examples = list[tuple[Path, Reader]]


def _outcome(read: Reader, file: Path) -> str:
    """Return `READ`, `REFUSED`, or the trace of an error that is no answer."""
    with bounded(), contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        try:
            read(file)
        except SimulatorError as error:
            text = str(error)
            return (
                REFUSED if text.strip() and len(text) < 100_000 else f"an error without words: {text[:200]!r}"
            )
        except Exception:
            return traceback.format_exc()
    return READ


@contextlib.contextmanager
def bounded() -> Iterator[None]:
    def late(number: int, frame: object) -> None:
        raise TimeoutError(f"took more than {SECONDS} s")

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(SECONDS)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def _scenarios(place: Path) -> Examples:
    text = DEFAULT_SCENARIO.read_text(encoding="utf-8")
    whole, table = place / "whole.yaml", place / "table.yaml"
    whole.write_text(text, encoding="utf-8")
    table.write_text(text.replace("\ndesigns:\n", f"\ndesigns:{TABLE}", 1), encoding="utf-8")
    small = place / "small.yaml"
    small.write_text(
        "about:\n  title: A trial\ntrial:\n  target: 0.25\nquestion:\n  accuracy: 0.6\n", encoding="utf-8"
    )
    return [(whole, load_scenario), (table, load_scenario), (small, load_scenario), (small, load_scenario)]


def _screened(file: Path, mapping: Path | None = None) -> None:
    screened = screen_list(read_patient_list(file, mapping), EligibilityReadings())
    list(faults_text(screened.patients.faults, screened.patients.file, ""))
    render(screened)


def _lists(place: Path) -> Examples:
    lists = [file for file in sorted(LISTS.iterdir()) if file.suffix == ".csv"]
    return [(file, _screened) for file in lists]


def _workbooks(place: Path) -> Examples:
    return [(file, _screened) for file in sorted(LISTS.iterdir()) if file.suffix == ".xlsx"]


def _parquet(place: Path) -> Examples:
    import pandas as pd

    frame = pd.read_csv(LISTS / "chinese_utf8.csv", dtype=str)
    file = place / "list.parquet"
    frame.to_parquet(file)
    return [(file, _screened)]


def _fhir(place: Path) -> Examples:
    from tests.patients.test_fhir import observation, patient

    resources = [
        patient(),
        patient("p2"),
        observation("26464-8", 5.2, "10*9/L"),
        observation("1975-2", 1.1, "mg/dL", "o2"),
    ]
    bundle = {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"resource": one} for one in resources],
    }
    one, lines = place / "bundle.json", place / "lines.ndjson"
    one.write_text(json.dumps(bundle, indent=1), encoding="utf-8")
    lines.write_text("\n".join(map(json.dumps, resources)), encoding="utf-8")
    return [(one, _screened), (lines, _screened)]


def _mappings(place: Path) -> Examples:
    export = LISTS / "german_export.csv"
    return [(LISTS / "german_map.yaml", lambda mapping: _screened(export, mapping))]


def _histories(place: Path) -> Examples:
    file = place / "history.csv"
    file.write_text(HISTORY, encoding="utf-8")
    return [(file, lambda path: read_history(path, date(2026, 6, 1), None, 1, 4))]


def _outcomes(place: Path) -> Examples:
    file = place / "outcomes.csv"
    file.write_text(OUTCOMES, encoding="utf-8")
    design = load_scenario(DEFAULT_SCENARIO).design("boin")
    return [(file, lambda path: replay_file(design, path, []))]


def _run_folders(place: Path) -> Examples:
    """Return the files of a small run, each altered in a copy of the folder."""
    run = place / "run"
    compare(load_scenario(DEFAULT_SCENARIO), ["3+3"], ["M1"], 10, 1, out=run)
    files = [
        run / "run.json",
        run / "manifest.json",
        *sorted((run / "parts").iterdir()),
        run / "scenario.yaml",
    ]
    examples: Examples = []
    for file in files:
        examples.append((file, _reader_of(run, file.relative_to(run), place / "copy")))
    return examples


def _reader_of(run: Path, name: Path, copy: Path) -> Reader:
    def read(altered: Path) -> None:
        if copy.exists():
            shutil.rmtree(copy)
        shutil.copytree(run, copy)
        shutil.copyfile(altered, copy / name)
        replicates_kept(copy)
        with contextlib.suppress(SimulatorError):
            open_saved_run(copy)
        with contextlib.suppress(SimulatorError):
            open_run(copy, "x", {}, finished_too=True).close()
        open_run(copy, "x", {}, force=True).close()

    return read


EXAMPLES: Final[dict[str, Callable[[Path], Examples]]] = {
    "scenario": _scenarios,
    "list": _lists,
    "workbook": _workbooks,
    "parquet": _parquet,
    "fhir": _fhir,
    "mapping": _mappings,
    "history": _histories,
    "outcomes": _outcomes,
    "run-folder": _run_folders,
}
