"""Remember costly fits by the counts they were made from, across decisions, trials and calls."""

from collections.abc import Callable, Hashable
from typing import Final

import numpy as np

from simulator.designs.design import Floats, Ints

LARGEST: Final = 2**17  # fits remembered before all are forgotten: about 50 MB

_remembered: dict[tuple[Hashable, bytes], Floats] = {}


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
    counts = np.concatenate([n, dlt], axis=1).astype(np.int32)
    keys = [(model, row.tobytes()) for row in counts]
    known = {key: _remembered[key] for key in set(keys) if key in _remembered}
    place = {key: state for state, key in enumerate(keys) if key not in known}
    if place:
        new = list(place.values())
        fits = fit(n[new], dlt[new])
        fits.flags.writeable = False
        made = dict(zip(place, fits, strict=True))
        if len(_remembered) + len(made) > LARGEST:
            _remembered.clear()
        if len(made) <= LARGEST:
            _remembered.update(made)
        known |= made
    return np.array([known[key] for key in keys])


def forget() -> None:
    """Forget every fit: to measure what they cost."""
    _remembered.clear()
