"""The reference of commands and public names: `python -m tests.reference` writes docs/reference.md.

The commands are written out, since no docstring holds their options and a clone should be readable as it is. Of the
Python names the page lists what each is; the site (`make docs`) adds signatures, arguments and errors
from the docstrings.
"""

import ast
import inspect
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Final

from typer.core import TyperGroup
from typer.main import get_command

from simulator.commands.cli import app
from tests.support.places import ROOT

DOCUMENT: Final = ROOT / "docs" / "reference.md"
DESIGNS: Final = "simulator.designs"
MODULES: Final[dict[str, tuple[str, ...]]] = {
    "simulator": (),
    "simulator.exact": (),
    "simulator.exact.accuracy": ("accuracy", "Accuracy", "Limits", "Needed"),
    "simulator.designs.conduct": ("next_dose", "NextDose", "selected_dose"),
    DESIGNS: (),
    "simulator.report.figures": (),
    "simulator.errors": (),
}
"""Public modules, and the public names of those that have no `__all__`; all names of simulator.errors."""
CONTRACT: Final = ("simulator.designs.design", "Design")
OF_DESIGN: Final = ("decide", "select", "decision_table", "conventions", "risks", "estimates")
"""Methods of designs that are described once, at the contract."""


def public(module: str) -> tuple[str, ...]:
    """Return the public names of a module in alphabetical order, capitals and small letters alike."""
    found = MODULES[module] or getattr(import_module(module), "__all__", ())
    if not found:
        classes = inspect.getmembers(import_module(module), inspect.isclass)
        found = tuple(name for name, one in classes if one.__module__ == module)
    return tuple(sorted(found, key=str.lower))


@cache
def source(module: str) -> ast.Module:
    """Return the parsed source of a module."""
    return ast.parse(inspect.getsource(import_module(module)))


def node_of(module: str, name: str) -> ast.AST | None:
    """Return the definition of a class or function, wherever the module has it from; None for a constant."""
    one = getattr(import_module(module), name)
    home = getattr(one, "__module__", None)
    if home is None:
        return None
    for node in source(home).body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and node.name == one.__name__:
            return node
    return None


def members(node: ast.ClassDef) -> Iterator[ast.FunctionDef]:
    """Yield the public methods and properties of a class that have a docstring."""
    for item in node.body:
        if isinstance(item, ast.FunctionDef) and not item.name.startswith("_") and ast.get_docstring(item):
            yield item


def first_sentence(module: str, name: str) -> str:
    """Return what a public name is, in the first paragraph of its docstring; a constant's value."""
    if node_of(module, name) is None:
        value = getattr(import_module(module), name)
        shown = " | ".join(f'"{key}"' for key in value) if isinstance(value, dict) else repr(value)
        return f"Constant: `{shown}`."
    text = inspect.getdoc(getattr(import_module(module), name))
    assert text is not None, f"{module}.{name} has no docstring"
    return text.split("\n\n")[0]


def module_lines(module: str) -> list[str]:
    """Return the section of one public module: its names, and the directive that sets their docstrings."""
    text = inspect.cleandoc(import_module(module).__doc__ or "").split("\n\n")[0]
    lines = [f"## {module}", "", _plain(text), "", "| name | what it is |", "| --- | --- |"]
    lines += [f"| `{name}` | {_cell(_plain(first_sentence(module, name)))} |" for name in public(module)]
    if module == DESIGNS:
        lines += ["", "Every design keeps one contract:", "", *directive(CONTRACT[0], (CONTRACT[1],))]
        return [*lines, "", *directive(module, public(module), OF_DESIGN), ""]
    own = tuple(name for name in public(module) if site_path(module, name) == f"{module}.{name}")
    lines += ["", *directive(module, own), ""]
    for name in sorted(set(public(module)) - set(own)):
        lines += [f"::: {site_path(module, name)}", "    options:", f"      heading: {name}", ""]
    return lines


def site_path(module: str, name: str) -> str:
    """Return where the site's builder finds a public name: it takes a file of the same name for the name."""
    path = f"{module}.{name}"
    if hasattr(import_module(module), "__path__") and find_spec(path) is not None:
        return f"{path}.{name}"
    return path


def directive(module: str, names: tuple[str, ...], without: tuple[str, ...] = ()) -> list[str]:
    """Return the lines that mkdocstrings replaces by the docstrings of a module's names."""
    lines = [
        f"::: {module}",
        "    options:",
        "      show_root_heading: false",
        "      show_root_toc_entry: false",
        f"      members: [{', '.join(names)}]",
    ]
    return [*lines, f'      filters: ["!^_", "!^({"|".join(without)})$"]'] if without else lines


def _plain(text: str) -> str:
    """Keep signs that Markdown would read as something else."""
    return text.replace("<", "&lt;").replace("``", "`")


def command_lines(name: str, command: Any) -> list[str]:
    """Return the section of one command: what it does, its arguments and options."""
    context = command.make_context(name, [], resilient_parsing=True)
    rows = [record for one in command.params if (record := one.get_help_record(context)) is not None]
    arguments = " ".join(_usage(one) for one in command.params if one.param_type_name == "argument")
    lines = [
        f"### simulator {name}",
        "",
        "```text",
        f"simulator {name} [OPTIONS] {arguments}".rstrip(),
        "```",
        "",
    ]
    lines += [inspect.cleandoc(command.help or ""), ""]
    if rows:
        lines += ["| argument or option | meaning |", "| --- | --- |"]
        lines += [f"| `{_cell(option)}` | {_plain(_cell(meaning))} |" for option, meaning in rows] + [""]
    return lines


def _usage(argument: Any) -> str:
    """Return an argument as a usage line writes it: in brackets where it may be left out, dots for several."""
    name = argument.metavar or argument.name.upper()
    return f"{name if argument.required else f'[{name}]'}{'...' if argument.nargs == -1 else ''}"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def document() -> str:
    """Return the text of docs/reference.md."""
    group = get_command(app)
    assert isinstance(group, TyperGroup)
    lines = [*HEAD.splitlines(), "", "## Commands", "", EXIT_CODES, ""]
    for name, command in group.commands.items():
        lines += command_lines(name, command)
    for module in MODULES:
        lines += module_lines(module)
    return "\n".join(lines).rstrip("\n") + "\n"


HEAD: Final = """\
# Reference

The commands, and the names that may be depended on in Python. Generated from the code by `python -m tests.reference`;
a test compares. Signatures, arguments and errors of the Python names are on the site, which `make docs` builds;
`help(NAME)` prints them in a session. Tables are pandas DataFrames, one number a row: what their columns and values
mean is in the [glossary](glossary.md), the keys of a scenario in [the scenario file](scenario.md), papers and
conventions of the designs in [designs](designs.md).
"""
EXIT_CODES: Final = """\
Exit code 0 done, 2 bad input (one message a fault on standard error), 130 interrupted, 1 otherwise."""


if __name__ == "__main__":
    DOCUMENT.write_text(document(), encoding="utf-8")
