"""docs/validation.md names tests that exist and covers every registered design."""

import pytest

from simulator.designs import DESIGNS
from tests.validation import DOCUMENT, PROOFS, document, functions_in


def test_document_is_the_one_made_from_the_tests():
    assert DOCUMENT.read_text(encoding="utf-8") == document()


@pytest.mark.parametrize("proof", PROOFS, ids=lambda proof: proof.test.split("::")[1])
def test_named_test_exists(proof):
    file, name = proof.test.split("::")
    assert name in functions_in(file)


@pytest.mark.parametrize("design", DESIGNS)
def test_every_design_has_a_proof_against_a_reference(design):
    assert any(f"`{design}`" in proof.subject for proof in PROOFS)
