"""A file altered at random, the same way for the same seed."""

import io
import random
import re
import zipfile
from typing import Final

NASTY: Final = (
    b"\x00",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    "\u202e\u0000é中".encode(),
    b'"',
    b"'",
    b"\n",
    b"\r\n\r\n",
    b";",
    b",",
    b"\t",
    b"[" * 2000,
    b"{" * 2000,
    b"(" * 500,
    b"&a [*a, *a, *a]",
    b"!!python/object/apply:os.system ['true']",
    b"<<: *x",
    b"=cmd|'/c calc'!A0",
    b"../../../etc/passwd",
    b"NaN",
    b"-Infinity",
    b"1e99999999",
    b"-0.0",
    b"9" * 5000,
    b"0x1F",
    b"1_000",
    b"1.200",
    b"1,5",
    b"9999-12-31",
    b"0000-00-00",
    b"2026-02-30",
    b"2026-03-02T25:61:00+99:99",
    b"null",
    b"true",
    b"~",
    b"x" * 20000,
)
_NUMBER: Final = re.compile(rb"-?\d+(\.\d+)?")


def mutated(content: bytes, draw: random.Random) -> bytes:
    """Return the content after one to five alterations."""
    for _ in range(draw.choice((1, 1, 1, 2, 3, 5))):
        content = draw.choice(_WAYS)(content, draw)
    return content


def mutated_member(content: bytes, draw: random.Random) -> bytes:
    """Return a zip file, as a workbook is, in which one member is altered before it is packed again."""
    packed = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        names = old.namelist()
        chosen = draw.choice(names)
        for name in names:
            member = old.read(name)
            new.writestr(name, mutated(member, draw) if name == chosen else member)
    return packed.getvalue()


def _place(content: bytes, draw: random.Random) -> int:
    return draw.randrange(len(content) + 1)


def _span(content: bytes, draw: random.Random) -> tuple[int, int]:
    first = _place(content, draw)
    return first, min(len(content), first + draw.choice((1, 2, 5, 20, 100, 1000)))


def _flip(content: bytes, draw: random.Random) -> bytes:
    if not content:
        return content
    at = draw.randrange(len(content))
    return content[:at] + bytes([content[at] ^ (1 << draw.randrange(8))]) + content[at + 1 :]


def _cut(content: bytes, draw: random.Random) -> bytes:
    first, last = _span(content, draw)
    return content[:first] + content[last:]


def _end(content: bytes, draw: random.Random) -> bytes:
    return content[: _place(content, draw)]


def _double(content: bytes, draw: random.Random) -> bytes:
    first, last = _span(content, draw)
    return content[:last] + content[first:last] * draw.choice((1, 1, 3, 50)) + content[last:]


def _insert(content: bytes, draw: random.Random) -> bytes:
    at = _place(content, draw)
    return content[:at] + draw.choice(NASTY) + content[at:]


def _other_number(content: bytes, draw: random.Random) -> bytes:
    found = [*_NUMBER.finditer(content[:200_000])]
    if not found:
        return content
    one = draw.choice(found)
    return content[: one.start()] + draw.choice(NASTY[19:31]) + content[one.end() :]


def _swap_lines(content: bytes, draw: random.Random) -> bytes:
    lines = content.split(b"\n")
    one, other = draw.randrange(len(lines)), draw.randrange(len(lines))
    lines[one], lines[other] = lines[other], lines[one]
    return b"\n".join(lines)


def _drop_line(content: bytes, draw: random.Random) -> bytes:
    lines = content.split(b"\n")
    del lines[draw.randrange(len(lines))]
    return b"\n".join(lines)


_WAYS: Final = (
    _flip,
    _cut,
    _end,
    _double,
    _insert,
    _insert,
    _other_number,
    _other_number,
    _swap_lines,
    _drop_line,
)
