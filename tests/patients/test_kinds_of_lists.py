"""Small lists of many kinds, as German, Chinese, French, Spanish and English hospitals export them."""

from pathlib import Path
from typing import Any, Final

import pytest
from ruamel.yaml import YAML

from simulator.analysis.screened_list import CODE_WORDS, ScreenedList, screen_list
from simulator.patients.list_reader import read_patient_list

KINDS: Final[list[dict[str, Any]]] = YAML(typ="safe").load(
    (Path(__file__).parent / "lists" / "kinds.yaml").read_text(encoding="utf-8")
)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind["name"])
def test_list_has_the_verdicts_of_the_protocol_or_a_question_that_names_the_line(tmp_path, kind):
    path, mapping = tmp_path / "list.csv", tmp_path / "mapping.yaml"
    path.write_text(kind["list"], encoding="utf-8")
    mapping.write_text(kind.get("mapping", ""), encoding="utf-8")
    done = screen_list(read_patient_list(path, mapping if "mapping" in kind else None))
    found = {
        patient: {criterion: _said(done, patient, criterion) for criterion in verdicts}
        for patient, verdicts in kind["verdicts"].items()
    }
    assert found == kind["verdicts"]


def _said(done: ScreenedList, patient: str, criterion: str) -> str:
    row = done.patients.ids.index(patient)
    word = CODE_WORDS[int(done.verdicts.codes[row, done.verdicts.ids.index(criterion)])]
    line = done.patients.lines[row]
    named = any(
        one.line in (0, line) or repr(patient) in one.message
        for one in done.patients.faults
        if not one.is_note
    )
    return "asked" if word == "unknown" and named else word


def test_there_are_lists_of_many_kinds():
    assert len(KINDS) >= 60
    verdicts = [word for kind in KINDS for of in kind["verdicts"].values() for word in of.values()]
    assert {verdicts.count(word) >= 30 for word in ("pass", "fail", "asked")} == {True}
