"""Read a YAML file into values that know their line and column. Nothing in it is ever executed.

Tags, directives and second documents are refused; aliases are shared, counted as if expanded, and refused
beyond a stated size.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path as FilePath
from typing import Any, Final, TypeAlias

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)
from ruamel.yaml.reader import ReaderError

from simulator.errors import ScenarioError
from simulator.parsing.faults import Path, is_text
from simulator.parsing.printable import printable
from simulator.parsing.yaml_scalars import Scalar, plain_scalar

MAX_BYTES: Final = 1_000_000
MAX_DEPTH: Final = 20
MAX_VALUES: Final = 20_000

Event: TypeAlias = Any


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """Line and column in the file, both counted from 1."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Node:
    """One value of the file: its position, those of its keys, and its expanded size and height."""

    value: "Scalar | list[Node] | dict[str, Node]"
    at: Position
    keys: dict[str, Position] = field(default_factory=dict)
    size: int = 1
    height: int = 0


@dataclass(frozen=True, slots=True)
class PlacedFault:
    """A fault of the file's form, found while reading it."""

    at: Position
    path: Path
    message: str


class _UnreadableError(Exception):
    """Reading cannot go on; carries the fault."""

    def __init__(self, fault: PlacedFault) -> None:
        super().__init__(fault.message)
        self.fault = fault


def read_text(path: FilePath, kind: str = "scenario", form: str = "YAML") -> str:
    """Return the file's text.

    Parameters
    ----------
    kind, form
        What the file is, "mapping file" or "table", and how it is written, for messages.

    Raises
    ------
    ScenarioError
        For a path that is no readable file, is larger than `MAX_BYTES`, or is not UTF-8.
    """
    name = printable(str(path))
    try:
        if path.is_dir():
            raise ScenarioError(f"{name}: is a directory; must be a {form} file")
        with path.open("rb") as file:
            # one byte more than may be, and no further: a device such as /dev/zero never ends
            content = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise ScenarioError(f"{name}: no such file") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise ScenarioError(f"{name}: cannot be read: {reason}") from None
    if len(content) > MAX_BYTES:
        raise ScenarioError(f"{name}: larger than {MAX_BYTES} bytes, the most a {kind} may have")
    try:
        # a byte order mark, as some editors write it, is no part of the text
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        column = error.start - (content.rfind(b"\n", 0, error.start) + 1) + 1
        raise ScenarioError(
            f"{name}:{line}:{column}: byte {content[error.start]:#04x} is not UTF-8; save the file as UTF-8"
        ) from None


def read_nodes(text: str) -> tuple[Node | None, list[PlacedFault]]:
    """Read YAML text: its top value (None where nothing could be read) and every fault of form."""
    builder = _Builder()
    try:
        for event in _events(text):
            builder.take(event)
    except _UnreadableError as error:
        builder.faults.append(error.fault)
        return None, builder.faults
    return builder.top, builder.faults


def _events(text: str) -> Iterator[Event]:
    try:
        yield from YAML(typ="safe", pure=True).parse(StringIO(text))
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        at = Position(mark.line + 1, mark.column + 1) if mark else Position(1, 1)
        problem = " ".join(part for part in (error.context, error.problem) if part)
        raise _UnreadableError(PlacedFault(at, (), f"not YAML: {printable(problem)}")) from None
    except ReaderError as error:
        at = _position_of(text, error.position)
        character = error.character if isinstance(error.character, int) else ord(error.character)
        message = f"not YAML: character U+{character:04X} is not allowed"
        raise _UnreadableError(PlacedFault(at, (), message)) from None
    except (YAMLError, ValueError, NotImplementedError) as error:
        raise _UnreadableError(
            PlacedFault(Position(1, 1), (), f"not YAML: {printable(str(error))}")
        ) from None


def _position_of(text: str, index: int) -> Position:
    return Position(text.count("\n", 0, index) + 1, index - (text.rfind("\n", 0, index) + 1) + 1)


@dataclass(slots=True)
class _Frame:
    """A list or mapping under construction."""

    at: Position
    anchor: str | None
    mapping: bool
    items: list[Node] = field(default_factory=list)
    entries: dict[str, Node] = field(default_factory=dict)
    keys: dict[str, Position] = field(default_factory=dict)
    key: str | None = None
    discard: bool = False
    size: int = 1
    height: int = 0

    @property
    def step(self) -> str | int:
        """Key or index of the value being built."""
        return (self.key or "") if self.mapping else len(self.items)


class _Builder:
    """Builds nodes from parser events with an explicit stack: depth cannot exhaust the interpreter's."""

    def __init__(self) -> None:
        self.top: Node | None = None
        self.faults: list[PlacedFault] = []
        self._frames: list[_Frame] = []
        self._anchors: dict[str, Node | None] = {}
        self._values = 0
        self._documents = 0

    def take(self, event: Event) -> None:
        at = Position(event.start_mark.line + 1, event.start_mark.column + 1)
        match event:
            case DocumentStartEvent():
                self._document(event, at)
            case AliasEvent():
                self._place(self._aliased(event.anchor, at))
            case ScalarEvent():
                self._scalar(event, at)
            case MappingStartEvent() | SequenceStartEvent():
                self._open(event, at)
            case MappingEndEvent() | SequenceEndEvent():
                self._close()
            case _:
                pass

    @property
    def _path(self) -> Path:
        return tuple(frame.step for frame in self._frames)

    def _fault(self, at: Position, message: str) -> None:
        self.faults.append(PlacedFault(at, self._path, message))

    def _stop(self, at: Position, message: str) -> _UnreadableError:
        return _UnreadableError(PlacedFault(at, self._path, message))

    def _document(self, event: Event, at: Position) -> None:
        self._documents += 1
        if self._documents > 1:
            raise self._stop(at, "a second document begins here; a file holds one")
        if event.tags or event.version not in (None, (1, 2)):
            raise self._stop(at, "directives are not allowed, except %YAML 1.2")

    def _check_tag(self, event: Event, at: Position) -> None:
        if event.tag is not None and str(event.tag) != "!":
            self._fault(at, f"tags are not allowed, got {printable(str(event.tag))[:60]}")

    def _count(self, at: Position, values: int) -> None:
        self._values += values
        if self._values > MAX_VALUES:
            raise self._stop(at, f"more than {MAX_VALUES} values, aliases counted as expanded")

    def _open(self, event: Event, at: Position) -> None:
        self._must_not_be_key(at)
        if len(self._frames) >= MAX_DEPTH:
            raise self._stop(at, f"nested more than {MAX_DEPTH} deep")
        self._check_tag(event, at)
        self._count(at, 1)
        if event.anchor is not None:
            # None while it is built: an alias met meanwhile would contain itself
            self._anchors[event.anchor] = None
        self._frames.append(_Frame(at, event.anchor, isinstance(event, MappingStartEvent)))

    def _close(self) -> None:
        frame = self._frames.pop()
        value: list[Node] | dict[str, Node] = frame.entries if frame.mapping else frame.items
        node = Node(value, frame.at, frame.keys, frame.size, frame.height + 1)
        if frame.anchor is not None:
            self._anchors[frame.anchor] = node
        self._place(node)

    def _must_not_be_key(self, at: Position) -> None:
        if self._frames and self._frames[-1].mapping and self._frames[-1].key is None:
            raise self._stop(at, "a key must be a single word, not a list, a mapping or an alias")

    def _scalar(self, event: Event, at: Position) -> None:
        self._check_tag(event, at)
        self._count(at, 1)
        if not is_text(event.value):
            self._fault(at, f"text has half a surrogate pair: {printable(event.value)[:60]}")
            event.value = printable(event.value)
        frame = self._frames[-1] if self._frames else None
        if frame is not None and frame.mapping and frame.key is None:
            self._key(frame, event.value, at)
            return
        if frame is not None and frame.key is not None and not event.value and event.style is None:
            # The parser places a value that is not there at the next word, a line too late.
            at = frame.keys[frame.key]
        node = Node(self._value(event, at), at)
        if event.anchor is not None:
            self._anchors[event.anchor] = node
        self._place(node)

    def _key(self, frame: _Frame, key: str, at: Position) -> None:
        frame.key = key
        frame.discard = key in frame.keys
        if frame.discard:
            self._fault(at, f"duplicate key; first given on line {frame.keys[key].line}")
        else:
            frame.keys[key] = at

    def _aliased(self, anchor: str, at: Position) -> Node:
        self._must_not_be_key(at)
        if anchor not in self._anchors:
            raise self._stop(at, f"unknown alias *{printable(anchor)}")
        node = self._anchors[anchor]
        if node is None:
            raise self._stop(at, f"alias *{printable(anchor)} refers to a value that contains it")
        # counted as if expanded, and before it is placed: a short file can stand for billions of values
        self._count(at, node.size)
        if len(self._frames) + node.height > MAX_DEPTH:
            raise self._stop(at, f"nested more than {MAX_DEPTH} deep")
        return node

    def _place(self, node: Node) -> None:
        if not self._frames:
            self.top = node
            return
        frame = self._frames[-1]
        frame.size += node.size
        frame.height = max(frame.height, node.height)
        if not frame.mapping:
            frame.items.append(node)
            return
        if not frame.discard and frame.key is not None:
            frame.entries[frame.key] = node
        frame.key = None

    def _value(self, event: Event, at: Position) -> Scalar:
        text: str = event.value
        if event.style is not None:
            return text
        try:
            return plain_scalar(text)
        except ValueError as error:
            self._fault(at, str(error))
            return None
