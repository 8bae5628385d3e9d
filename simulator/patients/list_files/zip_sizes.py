"""How much a zip file unpacks to, found by unpacking it and keeping nothing: what its directory states may lie."""

import zipfile
import zlib
from collections.abc import Iterator
from typing import Final

_PIECE_BYTES: Final = 1 << 18
_LOCAL_HEADER_BYTES: Final = 30


class TooLargeError(Exception):
    """Unpacked, the files are larger than allowed."""


def pieces(content: bytes, member: zipfile.ZipInfo) -> Iterator[bytes]:
    """Yield a member of a zip file unpacked, piece by piece, to the end of its packed bytes.

    Raises
    ------
    zipfile.BadZipFile
        Where it is not packed as zip files of spreadsheets are, or cannot be unpacked.
    """
    start = member.header_offset
    header = content[start : start + _LOCAL_HEADER_BYTES]
    if header[:4] != b"PK\x03\x04" or member.flag_bits & 1:
        raise zipfile.BadZipFile(f"{member.filename} cannot be unpacked")
    start += (
        _LOCAL_HEADER_BYTES
        + int.from_bytes(header[26:28], "little")
        + int.from_bytes(header[28:30], "little")
    )
    packed = memoryview(content)[start : start + member.compress_size]
    if member.compress_type == zipfile.ZIP_STORED:
        yield from (bytes(packed[k : k + _PIECE_BYTES]) for k in range(0, len(packed), _PIECE_BYTES))
        return
    if member.compress_type != zipfile.ZIP_DEFLATED:
        raise zipfile.BadZipFile(f"{member.filename} is packed in an unusual way")
    unpacking = zlib.decompressobj(-zlib.MAX_WBITS)
    rest: bytes | memoryview = packed
    try:
        while len(rest) and not unpacking.eof:
            yield unpacking.decompress(rest, _PIECE_BYTES)
            rest = unpacking.unconsumed_tail
    except zlib.error as error:
        raise zipfile.BadZipFile(f"{member.filename} cannot be unpacked: {error}") from None
