"""The command `screen`: the criteria applied to a real list of patients, printed and written."""

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from simulator.analysis.screened_list import ScreenedList, screen_list, verdict_table
from simulator.eligibility.readings import EligibilityReadings
from simulator.errors import StoreError
from simulator.parsing.printable import printable
from simulator.patients.list_reader import read_patient_list
from simulator.patients.mapping_file import ListMapping, read_mapping
from simulator.patients.mapping_guesses import guess_mapping
from simulator.report.text.screening import faults_text, render
from simulator.runs.csv_text import frame_csv, write_csv
from simulator.scenario.eligibility_file import load_eligibility
from simulator.studies.replay import refuse_folder

TABLES: Final = ("verdicts.csv", "reasons.csv", "criteria.csv", "columns.csv", "faults.csv")


def screen_and_print(
    patients: Path, scenario: Path | None, mapping: Path | None, out: Path | None, force: bool
) -> None:
    """Screen the list; its faults go to standard error, and do not change the exit code."""
    readings = EligibilityReadings() if scenario is None else load_eligibility(scenario)
    if out is not None:
        refuse_folder(out, force)
    listed = read_patient_list(patients, mapping)
    screened = screen_list(listed, readings)
    everywhere = "see --out" if out is None else f"all in {printable(str(out / 'faults.csv'))}"
    for line in faults_text(screened.patients.faults, listed.file, everywhere):
        print(line, file=sys.stderr)
    sys.stdout.write(render(screened))
    if out is not None:
        write_tables(screened, out)
        print(f"Written to {out}: {', '.join(TABLES)}.")


def write_mapping_file(patients: Path, mapping: Path | None, out: Path, force: bool) -> None:
    """Write a mapping file for a list of patients; `mapping` says what it takes to open the list."""
    if out.exists() and not force:
        raise StoreError(f"{printable(str(out))}: exists; --force writes over it")
    guessed = guess_mapping(patients, ListMapping() if mapping is None else read_mapping(mapping))
    try:
        out.write_text(guessed.text, encoding="utf-8")
    except OSError as error:
        raise StoreError(f"{printable(str(out))}: cannot be written: {error.strerror}") from None
    print(
        f"Written to {printable(str(out))}: {guessed.guesses} columns, {guessed.questions} questions (# ?)."
    )


def write_tables(screened: ScreenedList, out: Path) -> None:
    """Write the tables as CSV in UTF-8.

    `verdicts` has a row a patient and a column a criterion; `reasons` a row for each criterion that a patient
    does not pass; `faults` everything wrong with the list.
    """
    patients = screened.patients
    try:
        out.mkdir(parents=True, exist_ok=True)
        (out / "verdicts.csv").write_text(frame_csv(verdict_table(screened)), encoding="utf-8", newline="")
        _write(
            out / "reasons.csv",
            ("line", "id", "criterion", "result", "reason", "missing", "could_pass_with", "could_fail_with"),
            (
                (
                    *(patients.lines[one.row], patients.ids[one.row], one.criterion, one.result, one.words),
                    *(one.missing, one.pass_needs, one.fail_needs),
                )
                for one in screened.reasons()
            ),
        )
        _write(
            out / "criteria.csv",
            ("criterion", "pass", "fail", "unknown", "primary_reason", "fails_alone", "order_free", "left"),
            (
                (
                    one.id,
                    one.passed,
                    one.failed,
                    one.unknown,
                    one.primary,
                    one.alone,
                    one.order_free,
                    one.left,
                )
                for one in screened.counts()
            ),
        )
        _write(
            out / "columns.csv",
            ("column", "field", "unit", "unit_stated", "known_for"),
            ((one.column, one.field, one.unit, one.stated, one.known) for one in patients.used),
        )
        _write(
            out / "faults.csv",
            ("line", "column", "message"),
            ((one.line or "", one.resource or printable(one.column), one.message) for one in patients.faults),
        )
    except OSError as error:
        raise StoreError(f"{printable(str(out))}: cannot be written: {error.strerror}") from None


def _write(path: Path, header: Iterable[str], rows: Iterable[Iterable[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        write_csv(file, header, rows)
