"""The examples of README.md, CONTRIBUTING.md and docs/*.md: found here, run by tests/docs/test_documents.py.

A fenced block is an example. What is done with it follows from its language and from the comments on the lines
just above its fence, or just above the line "`name`:" that makes it a file:

==========================  ==========================================================================
python                      run, in order, in one namespace a document; one with ``>>>`` as a doctest
console                     each ``$ simulator ...`` is run; output that is shown must be what it prints,
                            a line ``...`` standing for lines left out; without output it must succeed
yaml                        a whole scenario: must be valid
"`name`:" above             written into the working folder under that name, for the examples after it
part of: SECTION            a yaml block that takes the place of a section of the default scenario, or is
                            added to it where the section is a list: the whole must be valid
synopsis                    every line a command; commands and options must exist, and no command be missing
run by: FILE::TEST          another test runs it; that test must exist and its file name the document
not run: REASON             nothing is run; commands must be understood, and what is made be in the Makefile
==========================  ==========================================================================

The language ``text`` is no example. ``blocks run by: FILE::TEST`` anywhere holds for a whole document.
`python -m tests.documents DOCUMENT` writes the output of its console blocks again; look at
them where lines are left out.
"""

import contextlib
import doctest
import io
import os
import re
import shlex
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any, Final
from unittest import mock

from ruamel.yaml import YAML
from typer.core import TyperGroup
from typer.main import get_command

from simulator.commands.cli import app
from simulator.scenario.scenario import parse_scenario
from tests.support.in_process import run
from tests.support.places import ROOT

DEFAULT: Final = Path("scenarios") / "nct07144020.yaml"
PAGES: Final = (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md")))
FENCE: Final = re.compile(r"^(?P<tick>```+)(?P<language>\w*)\n(?P<text>.*?)^(?P=tick)$", re.M | re.S)
ABOVE: Final = re.compile(
    r"(?P<first>(?:<!-- [^\n]* -->\n)*)(?:`(?P<file>[\w./]+)`:\n\n)?(?P<last>(?:<!-- [^\n]* -->\n)*)$"
)
COMMENT: Final = re.compile(r"<!-- (.*?) -->")
WHOLE: Final = re.compile(r"<!-- blocks run by: (\S+) -->")
LEFT_OUT: Final = "..."
COMMENTS_AT_MOST: Final = 2000
"""Letters that the comments above a block may take."""
NO_EXAMPLE: Final = frozenset({"text"})


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block: where it stands, what it is, and the comments above it."""

    page: Path
    line: int
    language: str
    text: str
    comments: tuple[str, ...]
    file: str | None

    @property
    def place(self) -> str:
        """Where it stands, for a message."""
        return f"{self.page.name}:{self.line}"

    def comment(self, kind: str) -> str | None:
        """Return what follows `kind: ` in a comment above, the empty string for `kind` alone."""
        for comment in self.comments:
            if comment == kind:
                return ""
            if comment.startswith(f"{kind}: "):
                return comment.removeprefix(f"{kind}: ")
        return None


def blocks(page: Path) -> list[Block]:
    """Return the fenced blocks of a document in order."""
    text = page.read_text(encoding="utf-8")
    whole = WHOLE.search(text)
    found = []
    for fence in FENCE.finditer(text):
        above = ABOVE.search(text[max(0, fence.start() - COMMENTS_AT_MOST) : fence.start()])
        assert above is not None
        comments = COMMENT.findall(above["first"] + above["last"])
        if whole is not None:
            comments.append(f"run by: {whole[1]}")
        line = text.count("\n", 0, fence.start()) + 1
        found.append(Block(page, line, fence["language"], fence["text"], tuple(comments), above["file"]))
    return found


@dataclass(frozen=True, slots=True)
class Command:
    """One command of a console block: the lines as written, its words, and the output shown below it."""

    written: str
    words: list[str]
    shown: str


def commands(block: Block) -> list[Command]:
    """Return the commands of a console block; a line that ends in a backslash goes on."""
    found: list[Command] = []
    lines = iter(block.text.splitlines())
    for line in lines:
        if line.startswith("$ "):
            written = [line]
            while written[-1].endswith("\\"):
                written.append(next(lines))
            joined = " ".join(part.rstrip("\\") for part in written).removeprefix("$ ")
            found.append(Command("\n".join(written), shlex.split(joined, comments=True), ""))
        else:
            assert found, f"{block.place}: output without a command"
            last = found.pop()
            found.append(Command(last.written, last.words, f"{last.shown}{line}\n"))
    return found


def shows(shown: str, printed: str) -> bool:
    """Return whether the output shown is what was printed; a line "..." stands for any lines."""
    pieces: list[list[str]] = [[]]
    for line in shown.rstrip("\n").split("\n"):
        if line.strip() == LEFT_OUT:
            pieces.append([])
        else:
            pieces[-1].append(line)
    lines = printed.rstrip("\n").split("\n")
    if len(pieces) == 1:
        return pieces[0] == lines
    first, *middle, last = pieces
    if lines[: len(first)] != first or (last and lines[-len(last) :] != last):
        return False
    at, end = len(first), len(lines) - len(last)
    for piece in middle:
        at = next(
            (k for k in range(at, end - len(piece) + 1) if lines[k : k + len(piece)] == piece), end
        ) + len(piece)
    return at <= end


def understand(words: list[str], place: str) -> None:
    """Raise unless the command and its options exist and its arguments have the right kind."""
    group = get_command(app)
    assert isinstance(group, TyperGroup)
    assert words[0] == "simulator", f"{place}: {words[0]}: only `simulator` is run; say `not run: REASON`"
    words = words[: words.index(">")] if ">" in words else words
    if words[1:] == ["--help"]:
        return
    assert words[1] in group.commands, f"{place}: no command {words[1]!r}"
    if "--help" not in words:
        group.commands[words[1]].make_context(words[1], words[2:])


class Reading:
    """One document as its reader follows it: a folder with the files of a clone, and the names so far."""

    def __init__(self, page: Path, folder: Path) -> None:
        self.names: dict[str, Any] = {"__name__": f"documents.{page.stem}"}
        self.folder = folder
        for path in ("scenarios", "docs/examples", "docs/protocol"):
            shutil.copytree(ROOT / path, folder / path)

    def follow(self, block: Block) -> None:
        """Do with a block what its language and its comments ask for; AssertionError says what is wrong."""
        if block.file is not None:
            (self.folder / block.file).write_text(block.text, encoding="utf-8")
        if block.language in NO_EXAMPLE or block.comment("run by") is not None:
            return
        if block.comment("not run") is not None:
            check_targets(block)
            for command in commands(block) if block.language == "console" else ():
                if command.words[0] == "simulator":
                    understand(command.words, block.place)
            return
        match block.language:
            case "python":
                self._run_python(block)
            case "console":
                for command in commands(block):
                    self._run_command(command, block.place)
            case "yaml":
                parse_scenario(self._scenario(block), block.place)
            case _:
                assert block.comment("synopsis") is not None or block.file is not None, (
                    f"{block.place}: a block that is not run must say why: <!-- not run: REASON -->"
                )
                if block.comment("synopsis") is not None:
                    check_synopsis(block)

    def _run_python(self, block: Block) -> None:
        if ">>>" not in block.text:
            # The numbers are the same for any number of workers; tests/runs/test_replicates.py shows it.
            code = re.sub(r"workers=\d+", "workers=1", "\n" * block.line + block.text)
            with contextlib.redirect_stdout(io.StringIO()):
                exec(compile(code, str(block.page), "exec"), self.names)
            return
        example = doctest.DocTestParser().get_doctest(
            block.text, {}, block.place, str(block.page), block.line
        )
        example.globs = self.names  # shared, not the copy that the parser makes
        said: list[str] = []
        doctest.DocTestRunner(verbose=False).run(example, out=said.append, clear_globs=False)
        assert not said, "".join(said)

    def _run_command(self, command: Command, place: str) -> None:
        understand(command.words, place)
        words, into = command.words, None
        if ">" in words:
            words, into = words[: words.index(">")], words[words.index(">") + 1]
        code, output, message = run(words[1:])
        if into is not None:
            (self.folder / into).write_text(output, encoding="utf-8")
        if command.shown:
            printed = output + message
            assert shows(command.shown, printed), f"{place}: {command.written}\nprints\n{printed}"
        else:
            assert code == 0, f"{place}: {command.written}\nexit code {code}: {message}"

    def _scenario(self, block: Block) -> str:
        section = block.comment("part of")
        if section is None:
            return block.text
        yaml = YAML(typ="safe")
        whole = yaml.load((self.folder / DEFAULT).read_text(encoding="utf-8"))
        part = yaml.load(block.text)
        if isinstance(part, list):
            whole[section] = whole[section] + part
        else:
            whole[section] = part[section] if set(part) == {section} else {**whole.get(section, {}), **part}
        out = io.StringIO()
        yaml.dump(whole, out)
        return out.getvalue()


def check_targets(block: Block) -> None:
    """Raise unless the Makefile has what a block makes."""
    targets = re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M)
    for target in re.findall(r"^(?:\$ )?make ([\w-]+)", block.text, re.M):
        assert target in targets, f"{block.place}: the Makefile has no {target!r}"


def check_synopsis(block: Block) -> None:
    """Raise unless each line names a command and options that exist, and no command is missing."""
    group = get_command(app)
    assert isinstance(group, TyperGroup)
    named = []
    for line in block.text.splitlines():
        words = shlex.split(line, comments=True)
        assert words[0] == "simulator"
        assert words[1] in group.commands, f"{block.place}: no command {words[1]!r}"
        named.append(words[1])
        legal = {option for parameter in group.commands[words[1]].params for option in parameter.opts}
        used = set(re.findall(r"(?<![\w-])--[a-z-]+", line.split("#", maxsplit=1)[0]))
        assert used <= legal, f"{block.place}: {words[1]}: no option {used - legal}"
    missing = set(group.commands) - set(named)
    assert not missing, f"{block.place}: commands left out: {sorted(missing)}"


@contextlib.contextmanager
def reading(page: Path, folder: Path) -> Iterator[Reading]:
    """Yield a reading of a document in a folder of its own, with one processor; go back afterwards."""
    with contextlib.chdir(folder), mock.patch.object(os, "sched_getaffinity", create=True, return_value={0}):
        yield Reading(page, folder)


def refreshed(shown: str, printed: str) -> str:
    """Return the output as printed; where lines are left out, those that are likest to the ones shown."""
    lines = printed.rstrip("\n").split("\n")
    wanted = shown.rstrip("\n").split("\n")
    if LEFT_OUT not in wanted:
        return "\n".join(lines) + "\n"
    found, at = [], 0
    for line in wanted:
        if line == LEFT_OUT or at == len(lines):
            found.append(line)
            continue
        likeness = [SequenceMatcher(None, line, other).ratio() for other in lines[at:]]
        at += likeness.index(max(likeness)) + 1
        found.append(lines[at - 1])
    return "\n".join(found) + "\n"


def fresh(page: Path, folder: Path) -> str:
    """Return a document with the output of its console blocks regenerated."""
    text = page.read_text(encoding="utf-8")
    with reading(page, folder) as reader:
        for block in blocks(page):
            skipped = block.comment("not run") is not None or block.comment("run by") is not None
            if block.language != "console" or skipped:
                reader.follow(block)
                continue
            renewed = []
            for command in commands(block):
                _, output, message = run(command.words[1:])
                shown = refreshed(command.shown, output + message) if command.shown else ""
                renewed.append(f"{command.written}\n{shown}")
            text = text.replace(f"```console\n{block.text}```", f"```console\n{''.join(renewed)}```", 1)
    return text


if __name__ == "__main__":
    for name in sys.argv[1:]:
        page = ROOT / name
        with tempfile.TemporaryDirectory() as place:
            renewed = fresh(page, Path(place))
        page.write_text(renewed, encoding="utf-8")
