"""What Python calls of compiled code: compiled once for these rules, then read from their folder."""

from collections.abc import Callable

import numba

from simulator.trial.code_cache import code_folder
from simulator.trial.compiled.one_piece import in_one_piece, seldom_collected


def compiled(function: Callable[..., None], signature: str) -> Callable[..., None]:
    """Return the function compiled, or read from the folder of these rules."""
    before = numba.config.CACHE_DIR
    numba.config.CACHE_DIR = str(code_folder())
    try:
        with in_one_piece(function.__qualname__), seldom_collected():
            made: Callable[..., None] = numba.njit(signature, cache=True, error_model="numpy")(function)
    finally:
        numba.config.CACHE_DIR = before
    return made
