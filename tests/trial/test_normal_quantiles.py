"""Normal quantiles by compiled code have the bits of scipy's, in the middle, in either tail and at their edges."""

import numpy as np
import pytest
from scipy.special import ndtri

pytest.importorskip("numba")

from simulator.trial.compiled import COMPILED_DRAWS, normal  # needs it
from simulator.trial.compiled.normal import _compiled_quantiles

EDGE = np.exp(-2)


def _random(count: int) -> np.ndarray:
    """Return uniforms as half words give them, and numbers far in the tails."""
    random = np.random.default_rng(20261129)
    half_words = (random.integers(0, 2**32, count) + 0.5) * 2.0**-32
    return np.concatenate([half_words, random.random(count), 10.0 ** -random.uniform(0, 307, count)])


def test_a_million_quantiles_have_the_bits_of_scipy() -> None:
    u = _random(400_000)
    assert np.array_equal(_compiled_quantiles(u), ndtri(u))
    assert np.array_equal(_compiled_quantiles(1 - u), ndtri(1 - u))


@pytest.mark.parametrize("count", [0, 1, 1023, 1024, 1025, 4097])
def test_any_number_of_them(count: int) -> None:
    u = _random(count)[:count]
    assert np.array_equal(_compiled_quantiles(u), ndtri(u))


def test_where_middle_and_tails_meet_and_at_the_ends() -> None:
    near = [edge for start in (EDGE, 1 - EDGE, np.exp(-32), 0.5) for edge in _neighbours(start)]
    u = np.array([0.0, 1.0, np.nextafter(1, 0), 5e-324, *near])
    assert np.array_equal(_compiled_quantiles(u), ndtri(u))
    assert np.array_equal(COMPILED_DRAWS.normal_quantiles(u), ndtri(u))


def test_another_scipy_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its quantiles would then be used: one last bit of one number is enough."""
    assert normal._gives_scipys_bits()
    monkeypatch.setattr(normal, "ndtri", lambda u: np.where(u == u[700], np.nextafter(ndtri(u), 0), ndtri(u)))
    assert not normal._gives_scipys_bits()


def _neighbours(number: float) -> list[float]:
    found = [number]
    for _ in range(20):
        found = [float(np.nextafter(found[0], 0)), *found, float(np.nextafter(found[-1], 1))]
    return found
