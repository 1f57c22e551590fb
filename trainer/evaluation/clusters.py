"""Queries that are no independent witnesses: nearly the same question, asked in several spellings."""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]


@dataclass(frozen=True)
class Clusters:
    """n queries in m clusters. of: (n,) the cluster of each query, 0…m − 1. sizes: (m,) queries of each.

    An interval for a mean over queries draws whole clusters, and a test turns the sign of whole ones: three spellings
    of a question say little more than one does (Cameron and Miller 2015, "A practitioner's guide to cluster-robust
    inference", on why single rows make intervals too narrow; resampling clusters is their section VI.A).
    """

    of: NDArray[np.int64]
    sizes: Values

    @classmethod
    def by(cls, keys: Iterable[Hashable]) -> Self:
        """Queries with the same key are one cluster; in the order of their first queries."""
        places: dict[Hashable, int] = {}
        of = np.array([places.setdefault(key, len(places)) for key in keys], dtype=np.int64)
        return cls(of, np.bincount(of).astype(np.float64))

    @property
    def count(self) -> int:
        """m"""
        return len(self.sizes)

    def sums(self, values: Values) -> Values:
        """values (n, …) added up by cluster, (m, …)."""
        if self.count == len(values):
            return values
        sums = np.zeros((self.count, *values.shape[1:]))
        np.add.at(sums, self.of, values)
        return sums
