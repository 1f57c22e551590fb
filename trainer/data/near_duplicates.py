"""Near-identical texts: equal but for case and punctuation, the same words in another order, or nearly the same.

Nearly: Jaccard similarity ≥ 0.9 of the sets of letter triples, for long texts of the sets of words. Found exactly and
in near-linear time by prefix filtering with a length bound (Chaudhuri et al. 2006, Bayardo et al. 2007) and bit
signatures.
"""

from collections.abc import Sequence
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from trainer.data.texts import folded, squeezed

LONG = 400
"""Texts of more squeezed characters are compared by words."""
OVERLAP = 440
"""Texts of up to so many are compared by letter triples; between the two, by both."""

_Ids = NDArray[np.int64]


def letter_triples(key: str) -> set[str]:
    """All triples of neighbouring characters of a squeezed text."""
    return {key[i : i + 3] for i in range(len(key) - 2)}


def words(text: str) -> tuple[str, ...]:
    """The different squeezed words of a text, sorted."""
    return tuple(sorted({squeezed(word) for word in folded(text).split()}))


def near_identical(a: str, b: str) -> bool:
    """Whether two texts are near-identical: the definition, for two texts alone."""
    key_a, key_b = squeezed(a), squeezed(b)
    if key_a == key_b or (sorted(folded(a).casefold().split()) == sorted(folded(b).casefold().split())):
        return True
    if len(key_a) <= OVERLAP and len(key_b) <= OVERLAP and _alike(letter_triples(key_a), letter_triples(key_b)):
        return True
    return len(key_a) > LONG and len(key_b) > LONG and _alike(set(words(a)), set(words(b)))


def _alike(a: set[str], b: set[str]) -> bool:
    return bool(a) and bool(b) and len(a & b) * 10 >= len(a | b) * 9  # whole numbers: 0.9 is no binary fraction


def group_near_identical(texts: Sequence[str]) -> list[int]:
    """For each text the index of the first text of its group; groups are closed: near-identical to any is in."""
    groups = Groups(len(texts))
    keys = [squeezed(text) for text in texts]
    groups.join_equal(keys)
    groups.join_equal([tuple(sorted(folded(text).casefold().split())) for text in texts])
    first = list(dict(zip(reversed(keys), reversed(range(len(keys))), strict=True)).values())
    short = [i for i in first if 3 <= len(keys[i]) <= OVERLAP]
    long = [i for i in first if len(keys[i]) > LONG]
    _join_alike(groups, short, [letter_triples(keys[i]) for i in short])
    _join_alike(groups, long, [set(words(texts[i])) for i in long])
    return groups.roots()


class Groups:
    """Union-find over 0…n−1; a group is known by its smallest member."""

    def __init__(self, n: int) -> None:
        self._parent = list(range(n))

    def root(self, i: int) -> int:
        while self._parent[i] != i:
            self._parent[i] = self._parent[self._parent[i]]
            i = self._parent[i]
        return i

    def join(self, a: int, b: int) -> None:
        a, b = self.root(a), self.root(b)
        self._parent[max(a, b)] = min(a, b)

    def join_equal(self, keys: Sequence[object]) -> None:
        first: dict[object, int] = {}
        for i, key in enumerate(keys):
            self.join(first.setdefault(key, i), i)

    def roots(self) -> list[int]:
        return [self.root(i) for i in range(len(self._parent))]


def _join_alike(groups: Groups, members: list[int], sets: list[set[str]]) -> None:
    """Join members whose sets have Jaccard similarity ≥ 0.9."""
    order = sorted(range(len(sets)), key=lambda i: len(sets[i]))
    members = [members[i] for i in order]
    tokens = _rare_first([sets[i] for i in order])
    sizes = np.array([len(found) for found in tokens], dtype=np.int64)
    signatures = _signatures(tokens)
    postings: dict[int, list[int]] = {}
    for x, found in enumerate(tokens):
        size = len(found)
        lowest = int(np.searchsorted(sizes, -(-size * 9 // 10)))  # shorter sets cannot reach the threshold
        # Two sets that alike share at least ⌈0.9·size⌉ tokens, so one of the rarest size − ⌈0.9·size⌉ + 1 of each.
        prefix = found[: size - -(-size * 9 // 10) + 1].tolist()
        lists = [postings[token] for token in prefix if token in postings]
        if lists:
            candidates = np.unique(np.fromiter(chain.from_iterable(lists), dtype=np.int64))
            candidates = candidates[candidates >= lowest]
            _verify(groups, members, tokens, x, _similar_signatures(candidates, x, signatures, sizes))
        for token in prefix:
            postings.setdefault(token, []).append(x)


def _rare_first(sets: list[set[str]]) -> list[_Ids]:
    """Each set as an array of token ids, smaller for rarer tokens, sorted."""
    counts: dict[str, int] = {}
    for found in sets:
        for token in found:
            counts[token] = counts.get(token, 0) + 1
    ranks = {token: rank for rank, token in enumerate(sorted(counts, key=lambda token: (counts[token], token)))}
    return [np.sort(np.fromiter((ranks[token] for token in found), dtype=np.int64, count=len(found))) for found in sets]


def _signatures(tokens: list[_Ids]) -> NDArray[np.uint64]:
    """(sets, 4): 256 bits for each set, one for each token. Sets differ in at least as many tokens as bits."""
    bits = np.zeros((len(tokens), 4), dtype=np.uint64)
    for row, found in zip(bits, tokens, strict=True):
        hashed = (found * 2654435761) % 256
        np.bitwise_or.at(row, hashed // 64, np.left_shift(np.uint64(1), (hashed % 64).astype(np.uint64)))
    return bits


def _similar_signatures(candidates: _Ids, x: int, signatures: NDArray[np.uint64], sizes: _Ids) -> _Ids:
    differing = np.bitwise_count(signatures[candidates] ^ signatures[x]).sum(axis=1)
    # Jaccard ≥ 0.9 leaves at most (|a| + |b|) / 19 tokens that are in one set only.
    return candidates[differing * 19 <= sizes[candidates] + sizes[x]]


def _verify(groups: Groups, members: list[int], tokens: list[_Ids], x: int, candidates: _Ids) -> None:
    mine = set(tokens[x].tolist()) if len(candidates) else set()
    for y in candidates.tolist():
        if groups.root(members[x]) == groups.root(members[y]):
            continue
        shared = len(mine.intersection(tokens[y].tolist()))
        if shared * 10 >= (len(mine) + len(tokens[y]) - shared) * 9:
            groups.join(members[x], members[y])
