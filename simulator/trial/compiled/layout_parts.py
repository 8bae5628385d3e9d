"""What layouts of structs are put together from: numbers of one type, and columns of rows."""

from typing import Any, Final

import numpy as np

from simulator.trial.compiled.structs import DTYPES, Field, column, number

MOST_LEVELS: Final = 10
HEAD: Final = ("rows", "count")
"""What a struct that reads rows begins with."""


def numbers(type_: Any, *names: str) -> dict[str, Field]:
    """Return fields of one type."""
    return {name: number(type_) for name in names}


class Rows:
    """A table of rows in memory, each column 8 bytes wide or a few of them."""

    def __init__(self, columns: dict[str, tuple[Any, int]]) -> None:
        self.dtype: Final = np.dtype(
            [
                (name, DTYPES[kind], (width,)) if width else (name, DTYPES[kind])
                for name, (kind, width) in columns.items()
            ]
        )
        self._columns = columns

    def fields(self, *names: str) -> dict[str, Field]:
        """Return the columns as fields of a struct that begins with the rows' address and number."""
        offsets = self.dtype.fields
        assert offsets is not None
        return {
            name: column(
                self._columns[name][0], offsets[name][1], self.dtype.itemsize, self._columns[name][1]
            )
            for name in names
        }
