"""Remember costly fits by the counts they were made from, across decisions, trials and calls."""

from collections.abc import Callable, Hashable
from typing import Final

import numpy as np

from simulator.designs.design import Floats, Ints

LARGEST: Final = 2**17  # fits remembered before all are forgotten: about 50 MB

_remembered: dict[Hashable, dict[bytes, Floats]] = {}


def remembered(model: Hashable, n: Ints, dlt: Ints, fit: Callable[[Ints, Ints], Floats]) -> Floats:
    """Return a fit per state, made only of states not met before.

    A fit must not depend on what it is made with; then memory changes no number.

    Parameters
    ----------
    model
        What the fit depends on besides the counts.
    n, dlt : (S, J)
        Patients and DLTs per level.
    fit
        Gives the fits of some states, any shape (states, ...).

    Returns
    -------
    (S, ...)
        The fits, in the order of the states.
    """
    counts = np.ascontiguousarray(np.concatenate([n, dlt], axis=1), dtype=np.int32)
    rows = counts.view(np.dtype((np.void, counts.shape[1] * counts.itemsize))).ravel()
    _, first, place = np.unique(rows, return_index=True, return_inverse=True)
    keys = [counts[state].tobytes() for state in first.tolist()]
    met = _remembered.get(model, {})
    new = [k for k, key in enumerate(keys) if key not in met]
    found = {k: met[key] for k, key in enumerate(keys) if key in met}
    if new:
        fits = fit(n[first[new]], dlt[first[new]])
        fits.flags.writeable = False
        found |= zip(new, fits, strict=True)
        if sum(map(len, _remembered.values())) + len(new) > LARGEST:
            _remembered.clear()
        if len(new) <= LARGEST:
            _remembered.setdefault(model, {}).update((keys[k], found[k]) for k in new)
    return np.array([found[k] for k in range(len(keys))])[place.ravel()]


def forget() -> None:
    """Forget every fit: to measure what they cost."""
    _remembered.clear()
