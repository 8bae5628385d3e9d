"""The JSON Schema accepts what the reader accepts, and helps an editor refuse what it refuses."""

import jsonschema
import pytest

from simulator.errors import ScenarioError
from simulator.parsing.yaml_nodes import read_nodes
from simulator.scenario.json_schema import json_schema
from simulator.scenario.scenario import parse_scenario
from tests.support.places import DEFAULT_SCENARIO

TEXT = DEFAULT_SCENARIO.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def validator():
    schema = json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def data_of(text):
    def plain(node):
        match node.value:
            case dict() as entries:
                return {key: plain(below) for key, below in entries.items()}
            case list() as items:
                return [plain(below) for below in items]
            case scalar:
                return scalar

    top, faults = read_nodes(text)
    assert faults == []
    return plain(top)


def test_default_file_with_its_sources_is_valid(validator):
    assert list(validator.iter_errors(data_of(TEXT))) == []


def test_written_scenario_is_valid(validator):
    assert list(validator.iter_errors(data_of(parse_scenario(TEXT).to_yaml()))) == []


def test_bare_scenario_without_sources_is_valid(validator):
    assert list(validator.iter_errors(parse_scenario(TEXT).to_data())) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("  review_days: {value: 7,", "  review_days: {value: 700,"),
        ("  review_days: {value: 7, known: assumption}", "  review_days: seven"),
        ("  review_days: {value: 7, known: assumption}", "  review_days: {known: assumption}"),
        ("  review_days: {value: 7, known: assumption}", "  review_days: {value: 7, known: guess}"),
        ("  review_days: {value: 7, known: assumption}", "  review_day: {value: 7, known: assumption}"),
        ("  closed_level: lower", "  closed_level: low"),
        ("  expansion: true", "  expansion: yes"),
        ("    stop_n_at_dose: 12", "    stop_at: 12"),
        ("    design: 3+3", "    design: 4+4"),
        ("[0.50, 0.60, 0.70, 0.80]", "[0.50, 0.60, 0.70, 1.80]"),
        ("  title: Donor", "  titel: Donor"),
        ("question:", "questions:"),
    ],
)
def test_schema_refuses_what_the_reader_refuses(validator, old, new):
    assert TEXT.count(old) == 1
    changed = TEXT.replace(old, new)
    assert list(validator.iter_errors(data_of(changed))) != []
    with pytest.raises(ScenarioError):
        parse_scenario(changed)
