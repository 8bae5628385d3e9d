"""The random numbers of many patients by compiled code: those of `simulator.randomness`, sooner."""

from typing import Any, Final

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from simulator.randomness import Counters, Floats, Words
from simulator.trial.compiled.entries import compiled

_WIDE: Final = ir.IntType(128)
# The constants of Philox4x64 (Salmon et al., SC 2011): multipliers, and what is added to the key in each round.
_TIMES_0: Final = np.uint64(0xD2E7470EE14C6C93)
_TIMES_1: Final = np.uint64(0xCA5A826395121157)
_WEYL_0: Final = np.uint64(0x9E3779B97F4A7C15)
_WEYL_1: Final = np.uint64(0xBB67AE8584CAA73B)
_ROUNDS: Final = 10
_DROPPED: Final = np.uint64(12)
_HALF: Final = np.uint64(32)
_LOW: Final = np.uint64(2**32 - 1)


@intrinsic
def upper_half(typingctx: Any, a: Any, b: Any) -> Any:
    """Return the upper 64 of the 128 bits of a product."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        product = builder.mul(*(builder.zext(one, _WIDE) for one in args))
        return builder.trunc(builder.lshr(product, ir.Constant(_WIDE, 64)), ir.IntType(64))

    return types.uint64(types.uint64, types.uint64), codegen


def _fill(
    key_0: Any, key_1: Any, purpose: Any, draw: Any, patients: Any, replicates: Any, columns: Any
) -> None:
    """Write the uniforms of every patient into up to four columns, or of half words into eight."""
    for i in range(len(patients)):
        w0, w1, w2, w3 = patients[i], draw, replicates[i], purpose
        k0, k1 = key_0, key_1
        for _ in range(_ROUNDS):
            w0, w1, w2, w3 = (
                upper_half(_TIMES_1, w2) ^ w1 ^ k0,
                _TIMES_1 * w2,
                upper_half(_TIMES_0, w0) ^ w3 ^ k1,
                _TIMES_0 * w0,
            )
            k0, k1 = k0 + _WEYL_0, k1 + _WEYL_1
        if len(columns) == 8:
            columns[0, i] = (np.float64(w0 & _LOW) + 0.5) * 2.0**-32
            columns[1, i] = (np.float64(w0 >> _HALF) + 0.5) * 2.0**-32
            columns[2, i] = (np.float64(w1 & _LOW) + 0.5) * 2.0**-32
            columns[3, i] = (np.float64(w1 >> _HALF) + 0.5) * 2.0**-32
            columns[4, i] = (np.float64(w2 & _LOW) + 0.5) * 2.0**-32
            columns[5, i] = (np.float64(w2 >> _HALF) + 0.5) * 2.0**-32
            columns[6, i] = (np.float64(w3 & _LOW) + 0.5) * 2.0**-32
            columns[7, i] = (np.float64(w3 >> _HALF) + 0.5) * 2.0**-32
        else:  # as signed numbers, which are sooner made floats
            columns[0, i] = (np.float64(np.int64(w0 >> _DROPPED)) + 0.5) * 2.0**-52
            if len(columns) > 1:
                columns[1, i] = (np.float64(np.int64(w1 >> _DROPPED)) + 0.5) * 2.0**-52
            if len(columns) > 2:
                columns[2, i] = (np.float64(np.int64(w2 >> _DROPPED)) + 0.5) * 2.0**-52
            if len(columns) > 3:
                columns[3, i] = (np.float64(np.int64(w3 >> _DROPPED)) + 0.5) * 2.0**-52


_filled: Final = compiled(
    _fill, "void(uint64, uint64, uint64, uint64, uint64[::1], uint64[::1], float64[:, ::1])"
)


def fill(key: Words, purpose: int, draw: int, whose: Counters, columns: Floats) -> None:
    """Draw the columns: see `simulator.randomness.Fill`."""
    # a plain number: the compiler takes long to see what kind an enumeration is
    _filled(key[0], key[1], int(purpose), draw, whose.patient, whose.replicate, columns)
