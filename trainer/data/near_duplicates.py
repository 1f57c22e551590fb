"""Near-identical texts: equal but for case and punctuation, the same words in another order, or nearly the same.

Nearly: Jaccard similarity ≥ 0.9 of the sets of letter triples, for long texts of the sets of words. Found exactly and
in near-linear time by prefix filtering with a length bound (Chaudhuri et al. 2006, Bayardo et al. 2007) and bit
signatures.
"""

from array import array
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from functools import lru_cache
from typing import TypeAlias

from trainer.data.texts import folded, squeezed

LONG = 400
"""Texts of more squeezed characters are compared by words."""
OVERLAP = 440
"""Texts of up to so many are compared by letter triples; between the two, by both."""

_Numbers: TypeAlias = "array[int]"
_BITS = [1 << bit for bit in range(256)]


def letter_triples(key: str) -> set[str]:
    """All triples of neighbouring characters of a squeezed text."""
    return {key[i : i + 3] for i in range(len(key) - 2)}


def words(text: str) -> set[str]:
    """The different squeezed words of a text."""
    return {squeezed(word) for word in folded(text).split()}


def near_identical(a: str, b: str) -> bool:
    """Whether two texts are near-identical: the definition, for two texts alone."""
    key_a, key_b = squeezed(a), squeezed(b)
    if key_a == key_b or (sorted(folded(a).casefold().split()) == sorted(folded(b).casefold().split())):
        return True
    if len(key_a) <= OVERLAP and len(key_b) <= OVERLAP and _alike(letter_triples(key_a), letter_triples(key_b)):
        return True
    return len(key_a) > LONG and len(key_b) > LONG and _alike(words(a), words(b))


def _alike(a: AbstractSet[object], b: AbstractSet[object]) -> bool:
    return bool(a) and bool(b) and len(a & b) * 10 >= len(a | b) * 9  # whole numbers: 0.9 is no binary fraction


def group_near_identical(texts: Sequence[str]) -> list[int]:
    """For each text the index of the first text of its group; groups are closed: near-identical to any is in."""
    return list(_group(tuple(texts)))


def _joined_by_form(texts: Sequence[str]) -> "Groups":
    groups = Groups(len(texts))
    groups.join_equal([squeezed(text) for text in texts])
    groups.join_equal([tuple(sorted(folded(text).casefold().split())) for text in texts])
    return groups


@lru_cache(maxsize=4)  # split and checks ask for the same texts several times
def _group(texts: tuple[str, ...]) -> tuple[int, ...]:
    groups = _joined_by_form(texts)
    keys = [squeezed(text) for text in texts]
    first = list(dict(zip(reversed(keys), reversed(range(len(keys))), strict=True)).values())
    short = [i for i in first if 3 <= len(keys[i]) <= OVERLAP]
    long = [i for i in first if len(keys[i]) > LONG]
    _join_alike(groups, short, lambda i: letter_triples(keys[i]))
    _join_alike(groups, long, lambda i: words(texts[i]))
    return tuple(groups.roots())


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


def _join_alike(groups: Groups, members: list[int], tokens_of: Callable[[int], set[str]]) -> None:
    """Join members whose sets of tokens have Jaccard similarity ≥ 0.9."""
    members, tokens = _smallest_first(members, tokens_of)
    signatures = [_signature(found) for found in tokens]
    postings: dict[int, list[int]] = defaultdict(list)
    for x, found in enumerate(tokens):
        needed = -(-len(found) * 9 // 10)  # ⌈0.9·size⌉: sets that are alike share so many tokens, and none is smaller
        # So one of the rarest size − needed + 1 tokens of each set is among those of the other.
        prefix = found[: len(found) - needed + 1]
        mine, candidates = signatures[x], set()
        for token in prefix:
            for y in postings[token]:
                # Alike sets differ in at most (|a| + |b|) / 19 tokens, and signatures in no more bits than that.
                size = len(tokens[y])
                if size >= needed and (mine ^ signatures[y]).bit_count() * 19 <= len(found) + size:
                    candidates.add(y)
            postings[token].append(x)
        own = set(found) if candidates else set()
        for y in candidates:
            a, b = members[x], members[y]
            if groups.root(a) != groups.root(b) and _alike(own, set(tokens[y])):
                groups.join(a, b)


def _smallest_first(members: list[int], tokens_of: Callable[[int], set[str]]) -> tuple[list[int], list[_Numbers]]:
    """The members by size of their sets, and each set as sorted token numbers, smaller for rarer tokens.

    Sets are made twice rather than kept: as Python sets, those of 200,000 texts take more than a gigabyte.
    """
    counts: Counter[str] = Counter()
    for member in members:
        counts.update(tokens_of(member))
    ranks = {token: rank for rank, token in enumerate(sorted(counts, key=lambda token: (counts[token], token)))}
    found = [(array("I", sorted([ranks[token] for token in tokens_of(member)])), member) for member in members]
    found.sort(key=lambda pair: len(pair[0]))
    return [member for _, member in found], [tokens for tokens, _ in found]


def _signature(found: _Numbers) -> int:
    """256 bits, one for each token; several tokens may share one."""
    bits = 0
    for token in found:
        bits |= _BITS[token & 255]
    return bits
