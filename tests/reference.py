"""The public names and commands, from their docstrings: `python -m tests.reference` writes docs/reference.md.

Signatures are read from the source, so that they stand as they were written.
"""

import ast
import inspect
import re
from collections.abc import Iterator
from dataclasses import is_dataclass
from functools import cache
from importlib import import_module
from typing import Any, Final

from typer.core import TyperGroup
from typer.main import get_command

from simulator.commands.cli import app
from simulator.designs import IntervalDesign
from tests.support.places import ROOT

DOCUMENT: Final = ROOT / "docs" / "reference.md"
WIDTH: Final = 100
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
OF_DESIGN: Final = frozenset({"decide", "select", "decision_table", "conventions", "risks", "estimates"})
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
    """Return the definition of a class or function, wherever the module has it from."""
    one = getattr(import_module(module), name)
    home = getattr(one, "__module__", None)
    if home is None:
        return None
    for node in source(home).body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and node.name == one.__name__:
            return _with_bases(one, node) if isinstance(node, ast.ClassDef) else node
    return None


def _with_bases(one: type, node: ast.ClassDef) -> ast.ClassDef:
    """Return a class with what it inherits from classes of this project: their members, and their docstring first."""
    bases = [base for base in one.__mro__[1:] if base.__module__.startswith("simulator.")]
    texts, body = [], []
    for base in [*reversed(bases), one]:
        [found] = [
            item for item in source(base.__module__).body if getattr(item, "name", "") == base.__name__
        ]
        assert isinstance(found, ast.ClassDef)
        texts.append(inspect.cleandoc(ast.get_docstring(found, clean=False) or ""))
        body += found.body[1:]
    own = "\n\n".join(reversed(texts))
    return ast.ClassDef(node.name, [], [], [ast.Expr(ast.Constant(own)), *body], [])


def called(name: str, arguments: list[str], returns: str = "") -> str:
    """Write a signature on one line, or one argument a line where it is long."""
    one_line = f"{name}({', '.join(arguments)}){returns}"
    if len(one_line) <= WIDTH:
        return one_line
    return "\n".join([f"{name}(", *(f"    {argument}," for argument in arguments), f"){returns}"])


def arguments_of(node: ast.FunctionDef) -> list[str]:
    """Return the arguments of a function as written, `self` left out."""
    spec = node.args
    positional = [*spec.posonlyargs, *spec.args]
    defaults: list[ast.expr | None] = [None] * (len(positional) - len(spec.defaults))
    written = [_argument(arg, of) for arg, of in zip(positional, [*defaults, *spec.defaults], strict=True)]
    if spec.vararg is not None:
        written.append(f"*{_argument(spec.vararg, None)}")
    elif spec.kwonlyargs:
        written.append("*")
    written += [_argument(arg, of) for arg, of in zip(spec.kwonlyargs, spec.kw_defaults, strict=True)]
    return [text for text in written if text not in {"self", "cls"}]


def _argument(arg: ast.arg, default: ast.expr | None) -> str:
    text = arg.arg if arg.annotation is None else f"{arg.arg}: {_type(arg.annotation)}"
    if default is None:
        return text
    return f"{text} = {ast.unparse(default)}" if arg.annotation else f"{text}={ast.unparse(default)}"


def _type(annotation: ast.expr) -> str:
    return ast.unparse(annotation).replace("'", "").replace('"', "")


def function_signature(node: ast.FunctionDef) -> str:
    """Return the signature of a function or method."""
    returns = "" if node.returns is None else f" -> {_type(node.returns)}"
    return called(node.name, arguments_of(node), returns)


def class_signature(node: ast.ClassDef, module: str) -> str:
    """Return how a class is called: the fields of a dataclass, inherited ones too, or the arguments of `__init__`."""
    for item in node.body:
        if isinstance(item, ast.FunctionDef) and item.name == "__init__":
            return called(node.name, arguments_of(item))
    bases = getattr(import_module(module), node.name).__mro__[:0:-1]
    inherited = [node_of(base.__module__, base.__name__) for base in bases if is_dataclass(base)]
    fields = []
    for item in [item for one in (*inherited, node) for item in one.body]:  # type: ignore[union-attr]
        if isinstance(item, ast.AnnAssign) and "ClassVar" not in _type(item.annotation):
            name = ast.unparse(item.target)
            if not name.startswith("_"):
                default = "" if item.value is None else f" = {ast.unparse(item.value)}"
                fields.append(f"{name}: {_type(item.annotation)}{default}")
    return called(node.name, fields)


SECTION: Final = re.compile(r"^(Parameters|Returns|Yields|Raises|Attributes|Notes)\n-+$", re.M)


def described(docstring: str) -> list[str]:
    """Return a docstring as Markdown: its paragraphs, and its sections as lists."""
    text = inspect.cleandoc(docstring)
    head, *rest = SECTION.split(text)
    lines = [_plain(head.strip()), ""]
    for title, body in zip(rest[::2], rest[1::2], strict=True):
        entries = [_plain(body.strip("\n"))] if title == "Notes" else _entries(body.strip("\n"))
        lines += [f"*{title}*", "", *entries, ""]
    return lines


def _entries(body: str) -> list[str]:
    """Return the entries of a section as list items: a line at the margin, its text indented below."""
    found: list[list[str]] = []
    for line in body.splitlines():
        if line and not line[0].isspace():
            found.append([line])
        elif line.strip() and found:
            found[-1].append(line.strip())
    return [f"- `{first}`" + (f": {_plain(' '.join(texts))}" if texts else "") for first, *texts in found]


def _plain(text: str) -> str:
    """Keep signs that Markdown would read as something else."""
    return text.replace("<", "&lt;").replace("``", "`")


def entry(module: str, name: str) -> list[str]:
    """Return the section of one public name."""
    node = node_of(module, name)
    heading = f"### {module}.{name}"
    if node is None:
        return [heading, "", *_constant(module, name)]
    text = ast.get_docstring(node, clean=False)  # type: ignore[arg-type]
    assert text is not None, f"{module}.{name} has no docstring"
    if isinstance(node, ast.FunctionDef):
        return [heading, "", "```text", function_signature(node), "```", "", *described(text)]
    assert isinstance(node, ast.ClassDef)
    signature = class_signature(node, module)
    shown = [] if signature.endswith("()") else ["```text", signature, "```", ""]
    lines = [heading, "", *shown, *described(text)]
    described_once = _described_once(name) if module == DESIGNS else frozenset()
    for member in members(node):
        if member.name not in described_once:
            lines += _member(member)
    return lines


def _described_once(name: str) -> frozenset[str]:
    """Return the members that the contract describes, and `IntervalDesign` for what derives from it."""
    return OF_DESIGN if name == "IntervalDesign" else OF_DESIGN | vars(IntervalDesign).keys()


def _constant(module: str, name: str) -> list[str]:
    value = getattr(import_module(module), name)
    shown = " | ".join(f'"{key}"' for key in value) if isinstance(value, dict) else repr(value)
    return [f"Constant: `{shown}`.", ""]


def members(node: ast.ClassDef) -> Iterator[ast.FunctionDef]:
    """Give the public methods and properties of a class that say what they do."""
    for item in node.body:
        if isinstance(item, ast.FunctionDef) and not item.name.startswith("_") and ast.get_docstring(item):
            yield item


def _member(node: ast.FunctionDef) -> list[str]:
    kinds = {ast.unparse(one).split(".")[0] for one in node.decorator_list}
    text = ast.get_docstring(node, clean=False)
    assert text is not None
    signature = function_signature(node)
    if kinds & {"property", "cached_property"}:
        signature = node.name + ("" if node.returns is None else f": {_type(node.returns)}")
    return ["```text", f".{signature}", "```", "", *described(text)]


def command_lines(name: str, command: Any) -> list[str]:
    """Return the section of one command: what it does, its arguments and options."""
    context = command.make_context(name, [], resilient_parsing=True)
    rows = [record for one in command.params if (record := one.get_help_record(context)) is not None]
    arguments = " ".join(one.metavar for one in command.params if one.param_type_name == "argument")
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
        lines += [
            f"## {module}",
            "",
            _plain(inspect.cleandoc(import_module(module).__doc__ or "").split("\n\n")[0]),
            "",
        ]
        if module == DESIGNS:
            home, name = CONTRACT
            lines += ["Every design keeps one contract:", "", *entry(home, name)]
        for name in public(module):
            lines += entry(module, name)
    return "\n".join(lines).rstrip("\n") + "\n"


HEAD: Final = """\
# Reference

The commands, and the names that may be depended on in Python. Made from the code by `python -m tests.reference`; a
test compares. Tables are pandas DataFrames, one number a row: what their columns and values mean is in the
[glossary](glossary.md), the keys of a scenario in [the scenario file](scenario.md), papers and conventions of the
designs in [designs](designs.md).
"""
EXIT_CODES: Final = """\
Exit code 0 done, 2 bad input (one message a fault on standard error), 130 interrupted, 1 otherwise."""


if __name__ == "__main__":
    DOCUMENT.write_text(document(), encoding="utf-8")
