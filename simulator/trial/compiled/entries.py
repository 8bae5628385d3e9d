"""What Python calls of compiled code: compiled once for these rules, then read from their folder."""

from collections.abc import Callable

import numba

from simulator.trial.code_cache import code_folder


def compiled(function: Callable[..., None], signature: str) -> Callable[..., None]:
    """Return the function compiled, or read from the folder of these rules."""
    before = numba.config.CACHE_DIR
    numba.config.CACHE_DIR = str(code_folder())
    try:
        made: Callable[..., None] = numba.njit(signature, cache=True, error_model="numpy")(function)
    finally:
        numba.config.CACHE_DIR = before
    return made
