"""Standard normal quantiles by compiled code: the bits of `scipy.special.ndtri`, three times as soon.

The method is that of the Cephes library (Moshier, `ndtri.c`), which scipy has too: a rational function in the middle,
another of sqrt(-2 ln y) where either tail y is at most exp(-2). Here the middle is computed for everybody and the
tails for the quarter who are there, in loops without branches.
"""

import math
from typing import Any, Final

import numpy as np
from numba.extending import register_jitable
from scipy.special import ndtri

from simulator.randomness import Floats
from simulator.trial.compiled.entries import compiled

_TOGETHER: Final = 1024
"""Numbers worked on at a time, so that they stay in the fastest memory."""
_TAIL: Final = 0.13533528323661269189
_ROOT_OF_TWO_PI: Final = 2.50662827463100050242
_FAR: Final = 8.0
"""From this sqrt(-2 ln y) on, y at most exp(-32), the tail has coefficients of its own."""
# Cephes's coefficients, highest power first.
_MIDDLE: Final = (
    (
        -5.99633501014107895267e1,
        9.80010754185999661536e1,
        -5.66762857469070293439e1,
        1.39312609387279679503e1,
        -1.23916583867381258016e0,
    ),
    (
        1.0,
        1.95448858338141759834e0,
        4.67627912898881538453e0,
        8.63602421390890590575e1,
        -2.25462687854119370527e2,
        2.00260212380060660359e2,
        -8.20372256168333339912e1,
        1.59056225126211695515e1,
        -1.18331621121330003142e0,
    ),
)
_NEAR_TAIL: Final = (
    (
        4.05544892305962419923e0,
        3.15251094599893866154e1,
        5.71628192246421288162e1,
        4.40805073893200834700e1,
        1.46849561928858024014e1,
        2.18663306850790267539e0,
        -1.40256079171354495875e-1,
        -3.50424626827848203418e-2,
        -8.57456785154685413611e-4,
    ),
    (
        1.0,
        1.57799883256466749731e1,
        4.53907635128879210584e1,
        4.13172038254672030440e1,
        1.50425385692907503408e1,
        2.50464946208309415979e0,
        -1.42182922854787788574e-1,
        -3.80806407691578277194e-2,
        -9.33259480895457427372e-4,
    ),
)
_FAR_TAIL: Final = (
    (
        3.23774891776946035970e0,
        6.91522889068984211695e0,
        3.93881025292474443415e0,
        1.33303460815807542389e0,
        2.01485389549179081538e-1,
        1.23716634817820021358e-2,
        3.01581553508235416007e-4,
        2.65806974686737550832e-6,
        6.23974539184983293730e-9,
    ),
    (
        1.0,
        6.02427039364742014255e0,
        3.67983563856160859403e0,
        1.37702099489081330271e0,
        2.16236993594496635890e-1,
        1.34204006088543189037e-2,
        3.28014464682127739104e-4,
        2.89247864745380683936e-6,
        6.79019408009981274425e-9,
    ),
)


@register_jitable
def _ratio(x: Any, of: Any, factor: Any) -> Any:
    """Return factor times the first polynomial at x, over the second."""
    above, below = of[0][0], of[1][0]
    for k in range(1, len(of[0])):
        above = above * x + of[0][k]
    for k in range(1, len(of[1])):
        below = below * x + of[1][k]
    return factor * above / below


@register_jitable
def _tails(y: Any, logs: Any, count: Any) -> None:
    """Write the distance from 0 of each quantile whose tail y is at most exp(-2) into `logs`; y is used up."""
    for k in range(count):
        logs[k] = math.log(y[k])
    for k in range(count):
        y[k] = math.sqrt(-2.0 * logs[k])
    for k in range(count):
        logs[k] = math.log(y[k])
    any_far = False
    for k in range(count):
        any_far |= y[k] >= _FAR
    if any_far:
        for k in range(count):
            of = _NEAR_TAIL if y[k] < _FAR else _FAR_TAIL
            if y[k] < math.inf:  # else of 0 or 1: as far from 0
                logs[k] = y[k] - logs[k] / y[k] - _ratio(1.0 / y[k], of, 1.0 / y[k])
        return
    for k in range(count):
        logs[k] = y[k] - logs[k] / y[k] - _ratio(1.0 / y[k], _NEAR_TAIL, 1.0 / y[k])


def _quantiles(u: Any, out: Any) -> None:
    """Write the standard normal quantiles of numbers from 0 to 1."""
    where = np.empty(_TOGETHER, np.uint64)
    tail, logs, side = np.empty(_TOGETHER), np.empty(_TOGETHER), np.empty(_TOGETHER)
    for first in range(0, len(u), _TOGETHER):
        some, found = u[first : first + _TOGETHER], out[first : first + _TOGETHER]
        for i in range(len(some)):
            y = some[i] - 0.5
            found[i] = (y + y * _ratio(y * y, _MIDDLE, y * y)) * _ROOT_OF_TWO_PI
        count = 0
        for i in range(len(some)):
            where[count], side[count] = i, some[i] - 0.5
            tail[count] = 1.0 - some[i] if some[i] > 1.0 - _TAIL else some[i]
            count += int(tail[count] <= _TAIL)
        _tails(tail, logs, count)
        for k in range(count):
            found[where[k]] = math.copysign(logs[k], side[k])


_filled: Final = compiled(_quantiles, "void(float64[::1], float64[::1])")


def _compiled_quantiles(u: Floats) -> Floats:
    quantiles = np.empty_like(u)
    _filled(u, quantiles)
    return quantiles


def _gives_scipys_bits() -> bool:
    """Return whether the code gives what scipy gives here: in the middle, in the tails, and where they meet."""
    tails = np.concatenate([[0.0, _TAIL, np.nextafter(_TAIL, 1)], np.geomspace(1e-300, 0.5, 2000)])
    points = np.concatenate([np.linspace(0, 1, 2000), tails, 1 - tails])
    return np.array_equal(_compiled_quantiles(points), ndtri(points))


normal_quantiles: Final = _compiled_quantiles if _gives_scipys_bits() else ndtri
"""Standard normal quantiles of contiguous numbers from 0 to 1; a scipy that computes otherwise keeps its own."""
