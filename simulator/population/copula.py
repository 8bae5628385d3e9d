"""Correlated patients: a Gaussian copula over the 13 continuous fields that move together.

The correlations are those of the latent normal variables (Pearson); Spearman correlations of the resulting
fields are a little smaller, and smaller still for discrete margins.
"""

import math
from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulator.randomness import WeightedSums

Floats = NDArray[np.float64]
TOGETHER: Final = 8192
"""Patients whose sums NumPy makes at a time: few enough for a column of them to stay in the cache."""

LATENTS: Final = (
    "age",
    "blasts",
    "ecog",
    "infection",
    "spo2",
    "life_expectancy",
    "survival",
    "bilirubin",
    "alt",
    "ast",
    "creatinine",
    "lvef",
    "qtcf",
)
"""The latents, each rising with its field. The order is permanent: it fixes which lanes make which latent."""

SMALLEST_EIGENVALUE: Final = 1e-8
"""Below this a correlation matrix is called singular: its Cholesky factor would amplify rounding."""


def correlation_matrix(pairs: Mapping[str, float]) -> Floats:
    """Return the (13, 13) latent correlation matrix of `{"age~ecog": 0.10, ...}`; unlisted pairs are 0.

    Raises
    ------
    ValueError
        For a key that is not `latent~latent`, a pair given twice, a correlation outside (-1, 1), or a matrix
        that is not positive definite; the message names the pairs and the smallest eigenvalue.
    """
    matrix = np.eye(len(LATENTS))
    seen: dict[frozenset[str], str] = {}
    for key, rho in pairs.items():
        first, second = _latents_of(key)
        pair = frozenset((first, second))
        if pair in seen:
            raise ValueError(f"{key}: the pair is already given as {seen[pair]}")
        seen[pair] = key
        if not (math.isfinite(rho) and -1 < rho < 1):
            raise ValueError(f"{key}: {rho} is not a correlation; legal: -1 < rho < 1")
        i, j = LATENTS.index(first), LATENTS.index(second)
        matrix[i, j] = matrix[j, i] = rho
    smallest = float(np.linalg.eigvalsh(matrix)[0])
    if smallest < SMALLEST_EIGENVALUE:
        listed = ", ".join(f"{key} {rho:+g}" for key, rho in pairs.items())
        raise ValueError(
            f"not positive definite: smallest eigenvalue {smallest:.4g}, legal: at least "
            f"{SMALLEST_EIGENVALUE:g}; pairs: {listed}"
        )
    return matrix


def _latents_of(key: str) -> tuple[str, str]:
    names = key.split("~")
    if len(names) != 2:
        raise ValueError(f"{key!r} is not a pair; write latent~latent, for example age~ecog")
    for name in names:
        if name not in LATENTS:
            raise ValueError(f"{key}: unknown latent {name!r}; legal: {', '.join(LATENTS)}")
    if names[0] == names[1]:
        raise ValueError(f"{key}: a latent has no correlation with itself to set")
    return names[0], names[1]


def cholesky_factor(matrix: Floats) -> Floats:
    """Return the lower Cholesky factor. Same shape.

    Computed by explicit sums, so that the factor does not depend on the linear algebra library.
    """
    n = len(matrix)
    factor = np.zeros((n, n)).tolist()
    for i in range(n):
        for j in range(i + 1):
            rest = float(matrix[i, j]) - sum(factor[i][k] * factor[j][k] for k in range(j))
            factor[i][j] = math.sqrt(rest) if i == j else rest / factor[j][j]
    return np.array(factor)


def correlate(factor: Floats, independent: Floats, sums: WeightedSums | None = None) -> Floats:
    """Return the correlated normals of 13 independent ones, shape (13, count).

    `sums` are those of `weighted_sums` by compiled code; by default NumPy's.
    """
    correlated = np.empty_like(independent)
    if sums is None:
        weighted_sums(factor, independent, correlated, TOGETHER)
    else:
        sums(factor, independent, correlated)
    return correlated


def weighted_sums(weights: Floats, columns: Floats, sums: Floats, together: int) -> None:
    """Write the sums of columns by each row of a lower triangle of weights, some patients together.

    Term by term, in the order of the columns: a matrix product would depend on the number of patients in its last
    bits. Compiled code runs the same source: `trial/compiled/weighted_sums.py`.
    """
    term = np.empty(together)
    for first in range(0, columns.shape[1], together):
        last = min(first + together, columns.shape[1])
        weighted = term[: last - first]
        for i in range(len(weights)):
            total = sums[i, first:last]
            total[:] = 0
            for j in range(i + 1):
                if weights[i, j] != 0:
                    np.multiply(columns[j, first:last], weights[i, j], weighted)
                    np.add(total, weighted, total)
