"""docs/eligibility.md says what the code does.

Run `python -m tests.eligibility.test_document` to rewrite the tables.
"""

import re

import pytest

from simulator.eligibility.nct07144020 import CRITERIA
from simulator.eligibility.readings import EligibilityReadings, OptionalRules
from simulator.fields import FIELDS
from simulator.population.parameters import PopulationParameters, StatusMix
from tests.eligibility.tables import BLOCKS
from tests.support.places import DOCS

DOCUMENT = DOCS / "eligibility.md"


def block(text: str, name: str) -> str:
    found = re.search(rf"<!-- {name} -->\n(.*?)<!-- end -->", text, flags=re.DOTALL)
    assert found is not None
    return found[1].strip()


@pytest.mark.parametrize("name", BLOCKS)
def test_a_table_is_made_from_the_code(name: str) -> None:
    assert block(DOCUMENT.read_text(encoding="utf-8"), name) == BLOCKS[name]()


def test_every_ambiguity_is_listed_and_its_settings_exist() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    rows = re.findall(r"^\| (H\d+) \|", text, flags=re.MULTILINE)
    assert rows == [f"H{k}" for k in range(1, 31)]
    answered = {ambiguity for criterion in CRITERIA for ambiguity in criterion.ambiguities}
    assert answered | {"H27", "H29"} == set(rows)


def test_every_name_in_code_style_exists() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    known = {
        *EligibilityReadings.model_fields,
        *OptionalRules.model_fields,
        *FIELDS,
        *PopulationParameters.model_fields,
        *StatusMix.model_fields,
        *{"other_units", "Verdicts.screened", "population.prescreen_known"},
        *{"population.investigator", "population.status"},
    }
    named = set(re.findall(r"`([\w.]+)`", text))
    assert named <= known, named - known


def test_every_setting_is_described_in_the_ambiguities_or_thresholds() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    assert all(f"`{setting}`" in text for setting in EligibilityReadings.model_fields)


def write() -> None:
    """Write the tables into the document."""
    text = DOCUMENT.read_text(encoding="utf-8")
    for name, table in BLOCKS.items():
        head, rest = text.split(f"<!-- {name} -->\n", 1)
        text = f"{head}<!-- {name} -->\n{table()}\n{rest[rest.index('<!-- end -->') :]}"
    DOCUMENT.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write()
