"""The encoding of a text file: what its mark says, what its bytes allow, or a question."""

import codecs
import re
from dataclasses import dataclass
from typing import Final

from charset_normalizer import from_bytes

from simulator.errors import ProtocolError

GB18030: Final = "gb18030"
WINDOWS: Final = "cp1252"
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_DETECTED: Final = (
    "is not UTF-8; read as {}; where that is wrong, name another in a mapping file (encoding: ...)"
)
_CONTROL: Final = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_SAMPLE_BYTES: Final = 65_536
_PIECE_BYTES: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class TextEncoding:
    """An encoding, how bytes that it does not have are decoded, and what the user is told of it."""

    name: str
    errors: str = "surrogateescape"
    note: str = ""


def encoding_of(content: bytes, named: str | None, file: str) -> TextEncoding:
    """Return the encoding of a file.

    UTF-8 by its mark or because all of it is; UTF-16 by its mark or its zero bytes. A file with more right than
    wrong UTF-8 is UTF-8 with unreadable bytes. Any other is Windows-1252 (Latin-1 is the same for letters) or
    GB18030: where the detector cannot tell, or its GB18030 does not come in pairs of bytes, it is asked for.

    Parameters
    ----------
    named
        What the mapping file says, or None. A mark in the file goes before it.

    Raises
    ------
    ProtocolError
        Where the encoding cannot be told, or the file has a letter that the named one has not.
    """
    for mark, name in _MARKS:
        if content.startswith(mark):
            return TextEncoding(name, _errors(name))
    if named is not None:
        return TextEncoding(named, _errors(named))
    wide = _without_mark(content)
    if wide:
        return TextEncoding(wide, "replace", f"read as {wide.upper()}, which its zero bytes say")
    right, wrong = _utf8_letters(content)
    if right >= wrong:
        return TextEncoding("utf-8")
    return _legacy(content, file)


def _errors(name: str) -> str:
    # a wrong unit of two bytes cannot be escaped byte by byte
    return "replace" if codecs.lookup(name).name.startswith(("utf-16", "utf-32")) else "surrogateescape"


def _without_mark(content: bytes) -> str:
    """Return UTF-16 where most bytes in the odd or the even places are zero, as in text without a mark."""
    sample = content[:4096]
    half = len(sample) // 2
    if half and sample[1::2].count(0) > 0.7 * half:
        return "utf-16-le"
    if half and sample[0::2].count(0) > 0.7 * half:
        return "utf-16-be"
    return ""


def _utf8_letters(content: bytes) -> tuple[int, int]:
    """Return how many letters beyond ASCII are UTF-8, and how many bytes are not."""
    if content.isascii():
        return 0, 0
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    right = wrong = 0
    for begin in range(0, len(content), _PIECE_BYTES):
        piece = decoder.decode(content[begin : begin + _PIECE_BYTES], begin + _PIECE_BYTES >= len(content))
        beyond = len(piece) - len(piece.encode("ascii", "ignore"))
        escaped = beyond - (len(piece.encode("utf-8", "ignore").decode("utf-8")) - (len(piece) - beyond))
        right, wrong = right + beyond - escaped, wrong + escaped
    return right, wrong


def _legacy(content: bytes, file: str) -> TextEncoding:
    lines, size = [], 0
    for line in content.splitlines(keepends=True):
        if not line.isascii():
            lines.append(line[:_SAMPLE_BYTES])
            size += len(line)
        if size > _SAMPLE_BYTES:
            break
    sample = b"".join(lines)
    if _CONTROL.search(sample):  # no text of any encoding: what can be read is, and the rest is a fault
        return TextEncoding("utf-8")
    found = list(from_bytes(sample, cp_isolation=[GB18030, WINDOWS]))  # best first
    best = {
        one.encoding for one in found if one.chaos == found[0].chaos and one.coherence == found[0].coherence
    }
    paired = _paired(sample)
    if best == {WINDOWS} or (not best and not paired):
        return TextEncoding(WINDOWS, note=_DETECTED.format("Windows-1252"))
    if best == {GB18030} and paired:
        return TextEncoding(GB18030, note=_DETECTED.format("GB18030"))
    raise ProtocolError(
        f"{file}: is not UTF-8, and may be Windows-1252 or GB18030; name it in a mapping file, "
        "`encoding: cp1252` or `encoding: gb18030`, or save the list as UTF-8"
    )


def _paired(sample: bytes) -> bool:
    """Return whether most bytes beyond ASCII stand in pairs, as Chinese letters do and accented ones do not."""
    total = paired = 0
    k = 0
    while k < len(sample):
        if sample[k] < 0x80:
            k += 1
            continue
        is_pair = k + 1 < len(sample) and sample[k + 1] >= 0x80
        total += 1
        paired += is_pair
        k += 2 if is_pair else 1
    return 2 * paired > total
