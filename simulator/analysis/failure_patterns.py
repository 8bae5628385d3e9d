"""Who fails what: the distinct sets of criteria failed among patients with a verdict, and what each of them adds.

The order-free share divides each screen failure equally among the criteria failed. It is the Shapley value
(Shapley 1953) of the game v(S) = share of patients who fail at least one criterion of S: v is the mean over
patients of v_i(S) = 1 if S meets F_i, the set patient i fails, else 0. In v_i a criterion outside F_i adds
nothing to any S (value 0, the dummy axiom), those inside are interchangeable (equal values, symmetry), and the
values add up to v_i(all) = 1 (efficiency): so each has 1 / |F_i|. Additivity gives the mean. It therefore needs
the distinct failure patterns only, no permutation and no sampling.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Words = NDArray[np.uint32]
Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

ANY: Final = "any"
STATISTICS: Final = ("share_failed", "share_primary", "share_alone", "share_order_free")


@dataclass(frozen=True, slots=True)
class Patterns:
    """The distinct failure patterns among patients with a verdict, and how many patients have each.

    Attributes
    ----------
    words : (patterns,)
        Bit k is set where criterion k counts and fails; 0 for those who fail nothing.
    reasons : (patterns,)
        Column of the primary reason, -1 where nothing fails; a function of the word.
    counts : (patterns,)
    """

    words: Words
    reasons: Ints
    counts: Ints

    @classmethod
    def of(cls, words: Words, reasons: NDArray[Any], counts: Ints | None = None) -> "Patterns":
        """Count equal words; with `counts`, each word stands for so many patients."""
        distinct, first, inverse = np.unique(words, return_index=True, return_inverse=True)
        weights = np.ones(len(words), dtype=np.int64) if counts is None else counts
        total = np.zeros(len(distinct), dtype=np.int64)
        np.add.at(total, inverse, weights)
        return cls(distinct, reasons[first].astype(np.int64), total)

    @classmethod
    def joined(cls, parts: Iterable["Patterns"]) -> "Patterns":
        """Add up the patterns of several groups of patients."""
        some = list(parts)
        return cls.of(*(np.concatenate([getattr(part, name) for part in some]) for name in cls.__slots__))

    @property
    def patients(self) -> int:
        """Number of patients with a verdict."""
        return int(self.counts.sum())

    @property
    def failures(self) -> int:
        """Number of patients who fail at least one criterion."""
        return int(self.counts[self.words != 0].sum())

    def weights(self, number_of_criteria: int) -> dict[str, Floats]:
        """Return per statistic what a patient of each pattern adds, shape (patterns, criteria)."""
        rows = np.arange(number_of_criteria, dtype=np.uint32)
        failed = ((self.words[:, None] >> rows) & 1).astype(np.float64)
        how_many = failed.sum(axis=1, keepdims=True)
        return {
            "share_failed": failed,
            "share_primary": (self.reasons[:, None] == rows).astype(np.float64),
            "share_alone": failed * (how_many == 1),
            "share_order_free": failed / np.maximum(how_many, 1),
        }
