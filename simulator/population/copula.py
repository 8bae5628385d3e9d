"""Correlated patients: a Gaussian copula over the 13 continuous fields that move together.

The correlations are those of the latent normal variables (Pearson); Spearman correlations of the resulting
fields are a little smaller, and smaller still for discrete margins.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

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


def cholesky_rows(matrix: Floats) -> tuple[tuple[tuple[int, float], ...], ...]:
    """Return the rows of the lower Cholesky factor as (column, weight) pairs without the zeros.

    Computed by explicit sums, so that the factor does not depend on the linear algebra library.
    """
    n = len(matrix)
    factor = [[0.0] * n for _ in range(n)]
    for i in range(n):
        for j in range(i + 1):
            rest = float(matrix[i, j]) - sum(factor[i][k] * factor[j][k] for k in range(j))
            factor[i][j] = math.sqrt(rest) if i == j else rest / factor[j][j]
    return tuple(tuple((j, weight) for j, weight in enumerate(row) if weight != 0.0) for row in factor)


def correlate(rows: Sequence[Sequence[tuple[int, float]]], independent: Sequence[Floats]) -> list[Floats]:
    """Return the correlated normals of 13 independent ones, each shape (count,).

    Sums term by term, in the order of the columns: a matrix product would depend on the number of patients
    in its last bits.
    """
    correlated = []
    weighted = np.empty_like(independent[0])
    for row in rows:
        column, weight = row[0]
        total = independent[column] * weight
        for column, weight in row[1:]:
            np.multiply(independent[column], weight, out=weighted)
            total += weighted
        correlated.append(total)
    return correlated
