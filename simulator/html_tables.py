"""What a result shows of itself in a notebook: escaped HTML whose colours are those of the page around it.

Every text is escaped, since names come from scenarios. Styles are inline, because a notebook that is not trusted
drops style sheets; text and lines take the page's own colour, so that they also read on a dark page.
"""

import math
from collections.abc import Iterable, Sequence
from html import escape
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import pandas as pd


MOST_ROWS: Final = 20
MISSING: Final = "–"
_LINE: Final = "1px solid rgba(128,128,128,.45)"
_BOX: Final = "color:inherit;background:transparent;max-width:100%;line-height:1.4"
_TABLE: Final = f"border-collapse:collapse;border:none;border-bottom:{_LINE};color:inherit;margin:0"
_CAPTION: Final = "caption-side:top;text-align:left;font-weight:600;color:inherit;padding:.3em 0"
_CELL: Final = "color:inherit;background:transparent;border:none;padding:.15em .6em;white-space:nowrap"
_HEAD: Final = f"{_CELL};border-bottom:{_LINE};font-weight:600"


def block(title: str, *parts: str) -> str:
    """Return a title above parts that are HTML already: those of `sentences`, `table` and `frame_table`."""
    heading = f'<div style="font-weight:700;font-size:1.1em;margin:.2em 0">{escape(title)}</div>'
    return f'<div style="{_BOX}">{heading}{"".join(parts)}</div>'


def sentences(*texts: str) -> str:
    """Return each text as a paragraph of its own; empty ones are left out."""
    style = "color:inherit;margin:.3em 0;max-width:60em"
    return "".join(f'<p style="{style}">{escape(text)}</p>' for text in texts if text)


def table(
    headings: Sequence[str], rows: Iterable[Sequence[object]], caption: str = "", left: Sequence[int] = (0,)
) -> str:
    """Return a table; columns are right-aligned but those in `left`. A wide one scrolls in its own box.

    Cells may be anything: numbers are written by `cell`, other things by `str`.
    """
    title = f'<caption style="{_CAPTION}">{escape(caption)}</caption>' if caption else ""
    head = "".join(
        f'<th scope="col" style="{_HEAD};text-align:{_side(k, left)}">{escape(name)}</th>'
        for k, name in enumerate(headings)
    )
    body = "".join(
        "<tr>"
        + "".join(
            f'<td style="{_CELL};text-align:{_side(k, left)}">{escape(cell(one))}</td>'
            for k, one in enumerate(row)
        )
        + "</tr>"
        for row in rows
    )
    return (
        f'<div style="overflow-x:auto;margin:.5em 0"><table style="{_TABLE}">{title}'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def frame_table(frame: "pd.DataFrame", caption: str = "", most_rows: int = MOST_ROWS) -> str:
    """Return a frame as a table, columns of text to the left; a sentence below gives how many rows are left out.

    The index is shown where it has a name.
    """

    shown = frame if frame.index.names == [None] else frame.reset_index()
    from pandas.api.types import is_numeric_dtype

    left = [k for k in range(shown.shape[1]) if not is_numeric_dtype(shown.iloc[:, k])]
    rows = list(shown.head(most_rows).itertuples(index=False, name=None))
    whole = table([str(name) for name in shown.columns], rows, caption, left)
    hidden = len(shown) - len(rows)
    return whole + sentences(f"The first {len(rows)} of {len(shown)} rows." if hidden else "")


def cell(value: object) -> str:
    """Return one value as text: floats to four digits, or without decimals; a dash where there is none."""

    import pandas as pd

    if value is None or value is pd.NA or value is pd.NaT:
        return MISSING
    if isinstance(value, float):
        if math.isnan(value):
            return MISSING
        return f"{value:.0f}" if 1e4 <= abs(value) < 1e15 else f"{value:.4g}"
    return str(value)


def _side(column: int, left: Sequence[int]) -> str:
    return "left" if column in left else "right"
