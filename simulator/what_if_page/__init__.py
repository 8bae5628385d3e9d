"""The what-if page: controls, exact numbers at once, calendar numbers on a button. Needs the extra `notebook`."""

from typing import TYPE_CHECKING

from simulator.lazy_names import lazy_names

if TYPE_CHECKING:
    from simulator.what_if_page.page import what_if_page

__all__ = ["what_if_page"]

__getattr__ = lazy_names(
    __name__,
    {
        "page": ("what_if_page",),
    },
)
