"""The results of a run as the bytes of the files they are written to."""

import io
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from simulator.errors import StoreError
from simulator.runs.run_record import FOLDERS, MANIFEST, RUN, listed

if TYPE_CHECKING:
    from pandas import DataFrame

PLAIN_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


def output_files(
    tables: Mapping[str, "DataFrame"], texts: Mapping[str, str], figures: Mapping[str, Mapping[str, bytes]]
) -> dict[str, bytes]:
    """Return the bytes of every output by its name in the folder."""
    reserved = {RUN, MANIFEST, *FOLDERS}
    contents: dict[str, bytes] = {}
    for name in [*tables, *texts, *figures]:
        if PLAIN_NAME.fullmatch(name) is None or (name in texts and name in reserved):
            raise StoreError(
                f"output {name!r}: legal are 1 to 100 letters, digits and . _ - that begin with a letter or "
                f"digit, except {listed(sorted(reserved))}"
            )
    for name, frame in tables.items():
        flat = frame if frame.index.names == [None] else frame.reset_index()
        contents[f"tables/{name}.parquet"] = _parquet(flat)
        contents[f"tables/{name}.csv"] = flat.to_csv(index=False, lineterminator="\n").encode()
    contents.update({name: text.encode() for name, text in texts.items()})
    for name, renderings in figures.items():
        contents.update({f"figures/{name}.{suffix}": content for suffix, content in renderings.items()})
    return contents


def _parquet(frame: "DataFrame") -> bytes:
    sink = io.BytesIO()
    frame.to_parquet(sink, engine="pyarrow", index=False)
    return sink.getvalue()
