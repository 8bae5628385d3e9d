"""One chunk of replicates as the bytes of one parquet file, and back, bit for bit.

The three tables of a chunk differ in length, so each column is one list in a single row, named
`table.column`; arrays with more axes are flattened and their shape and type are kept in the file's metadata.
"""

import io
import json
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from simulator.errors import StoreError
from simulator.runs.replicates import Chunk, Columns

TABLES: Final = ("used", "needed", "screening")
KINDS: Final = "biuf"
KEY: Final = b"phase1_simulator"
MOST_UNPACKED: Final = 400_000_000
"""Bytes that a part may unpack to; a chunk of 10 replicates takes some megabytes at most."""


def encoded(chunk: Chunk, replicates: range, fingerprint: str) -> bytes:
    """Return the chunk as a parquet file.

    Raises
    ------
    StoreError
        A column is not of a native boolean, integer or floating type.
    """

    lists = []
    names = []
    layout = {}
    for table in TABLES:
        for column, values in getattr(chunk, table).items():
            name = f"{table}.{column}"
            if values.dtype.kind not in KINDS or not values.dtype.isnative:
                raise StoreError(
                    f"column {name}: type {values.dtype} cannot be stored; legal: bool, int, float"
                )
            flat = pa.array(np.ascontiguousarray(values).reshape(-1), from_pandas=False)
            lists.append(pa.ListArray.from_arrays(pa.array([0, values.size], pa.int32()), flat))
            names.append(name)
            layout[name] = {"dtype": values.dtype.str, "shape": list(values.shape)}
    about = {
        "fingerprint": fingerprint,
        "replicates": [replicates.start, replicates.stop],
        "layout": layout,
    }
    content = pa.Table.from_arrays(lists, names=names).replace_schema_metadata({KEY: json.dumps(about)})
    sink = io.BytesIO()
    pq.write_table(content, sink, compression="zstd", write_statistics=False)
    return sink.getvalue()


def is_part_of(content: bytes, replicates: range, fingerprint: str) -> bool:
    """Return whether an undamaged part holds these replicates of the run with this fingerprint."""
    return run_of(content, replicates) == fingerprint


def run_of(content: bytes, replicates: range) -> str | None:
    """Return the fingerprint of the run whose replicates these are in an undamaged part, None for anything else."""
    about = _about(content)
    run = about.get("fingerprint")
    holds = isinstance(run, str) and about.get("replicates") == [replicates.start, replicates.stop]
    return run if holds else None


def decoded(content: bytes) -> Chunk:
    """Return the chunk of an undamaged part.

    Raises
    ------
    StoreError
        The part says of itself what no run writes, or unpacks to more than `MOST_UNPACKED` bytes.
    """
    tables: dict[str, Columns] = {table: {} for table in TABLES}
    try:
        file = pq.ParquetFile(io.BytesIO(content))
        groups = range(file.metadata.num_row_groups)
        unpacked = sum(file.metadata.row_group(group).total_byte_size for group in groups)
        if unpacked > MOST_UNPACKED:
            raise StoreError(f"a part unpacks to {unpacked:,} bytes; a run writes at most {MOST_UNPACKED:,}")
        stored = file.read()
        for name, layout in _about(content)["layout"].items():
            table, column = name.split(".", 1)
            flat = stored.column(name).combine_chunks().flatten().to_numpy(zero_copy_only=False)
            tables[table][column] = _restored(flat, layout)
    except (pa.ArrowException, KeyError, ValueError, TypeError, AttributeError) as error:
        raise StoreError(f"a part is not as a run writes it ({type(error).__name__}: {error})") from error
    return Chunk(tables["used"], tables["needed"], tables["screening"])


def _restored(flat: NDArray[Any], layout: dict[str, Any]) -> NDArray[Any]:
    """Return a writable copy of the type and shape that were stored."""
    return np.array(flat, dtype=np.dtype(layout["dtype"])).reshape(layout["shape"])


def _about(content: bytes) -> dict[str, Any]:
    """Return what a part says of itself, empty for bytes that no run wrote."""
    try:
        about = json.loads((pq.read_schema(io.BytesIO(content)).metadata or {})[KEY])
    except (pa.ArrowException, OSError, KeyError, ValueError, RecursionError):
        return {}
    return about if isinstance(about, dict) else {}
