"""docs/reference.md is generated from the code, and the code says what a reader must know of every public name."""

import ast
import inspect
from importlib import import_module

import pytest

from tests.reference import DESIGNS, DOCUMENT, MODULES, document, members, node_of, public

NAMES = [(module, name) for module in MODULES for name in public(module)]
FUNCTIONS = [pair for pair in NAMES if isinstance(node_of(*pair), ast.FunctionDef)]


def test_document_is_the_one_made_from_the_code():
    assert DOCUMENT.read_text(encoding="utf-8") == document()


@pytest.mark.parametrize("module", MODULES)
def test_every_public_name_of_a_module_exists(module):
    assert public(module)
    assert all(hasattr(import_module(module), name) for name in public(module))


@pytest.mark.parametrize(("module", "name"), NAMES, ids=lambda part: part)
def test_public_name_says_what_it_is(module, name):
    node = node_of(module, name)
    if node is None:  # a constant
        return
    text = inspect.getdoc(getattr(import_module(module), name))
    assert text is not None
    first = text.splitlines()[0]
    assert first.endswith((".", ":")), first
    if isinstance(node, ast.ClassDef):
        silent = [
            item.name
            for item in node.body
            if isinstance(item, ast.FunctionDef)
            and not item.name.startswith("_")
            and item not in members(node)
        ]
        assert silent == [] or module == DESIGNS


@pytest.mark.parametrize(("module", "name"), FUNCTIONS, ids=lambda part: part)
def test_public_function_that_may_refuse_says_when(module, name):
    node = node_of(module, name)
    assert isinstance(node, ast.FunctionDef)
    text = ast.get_docstring(node) or ""
    raised = {ast.unparse(one.exc.func) for one in ast.walk(node) if _raises_new(one)}
    assert all(error in text for error in raised), raised


def _raises_new(node: ast.AST) -> bool:
    return isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call)
