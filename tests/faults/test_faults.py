"""A short round of faults; `python -m tests.faults` runs long ones."""

import pytest

from tests.faults.files import EXAMPLES, read_altered
from tests.faults.kills import killed_runs
from tests.faults.options import run_altered

FILES = {"run-folder": 8, "list": 40, "mapping": 40, "scenario": 40}


@pytest.mark.parametrize("kind", EXAMPLES)
def test_an_altered_file_is_read_or_refused_in_words(kind: str) -> None:
    found = read_altered(kind, 7, range(FILES.get(kind, 100)))
    assert found.findings == {}
    assert found.files > found.refused > 0


def test_a_command_with_another_value_is_an_answer_or_a_message() -> None:
    found = run_altered(7, range(60))
    assert found.findings == {}
    assert found.refused > 30


def test_a_killed_run_ends_identical() -> None:
    found = killed_runs(7, range(2))
    assert found.findings == []
    assert sum(found.done.values()) == 2
