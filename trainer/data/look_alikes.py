"""Pictures that look the same: one photo saved twice, resized, recompressed, a little brighter.

Found by a difference hash (64 bits: is each of 8 × 8 places brighter than its neighbour?) and confirmed on a tiny copy.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from PIL import Image

from trainer.data.near_duplicates import Groups

MOST_BITS = 5
"""Of the 64, that may differ."""
MOST_DIFFERENCE = 5.0
"""Of 255: how far the places of the two tiny copies may lie apart, on average over places and colours."""

_TINY = 12  # pixels
_MARGIN = 2  # of 255; plain areas would else say what the noise of a JPEG says
_AT_ONCE = 20_000  # pairs, so that memory stays small
_NEXT = 48  # neighbours that a picture is compared with in a crowd, so that time grows with the pictures only


@dataclass(frozen=True)
class Look:
    """What a picture is recognised by. tiny: its RGB values at _TINY × _TINY."""

    bits: int
    tiny: bytes


def look_of(picture: Image.Image) -> Look:
    """Of an RGB picture."""
    small = picture.resize((9, 8), Image.Resampling.BOX).convert("L").tobytes()
    bits = 0
    for row in range(8):
        for column in range(8):
            bits = bits << 1 | (small[9 * row + column] > small[9 * row + column + 1] + _MARGIN)
    return Look(bits, picture.resize((_TINY, _TINY), Image.Resampling.BOX).tobytes())


def find_alike(looks: Mapping[str, Look], known: Mapping[str, str] | None = None) -> dict[str, str]:
    """{picture: the first picture of its group} of pictures that look like another that came before.

    Groups are closed. Any two hashes that differ in at most MOST_BITS share one of MOST_BITS + 1 pieces.
    known: what was found among some of them earlier, and holds still.
    """
    names = list(looks)
    bits = np.array([look.bits for look in looks.values()], np.uint64)
    tiny = np.frombuffer(b"".join(look.tiny for look in looks.values()), np.uint8).reshape(len(names), -1)
    brightness = tiny.mean(axis=1)
    groups = Groups(len(names))
    place = {name: index for index, name in enumerate(names)}
    for name, first in (known or {}).items():
        groups.join(place[name], place[first])
    for shift, width in _pieces():
        piece = bits >> np.uint64(shift) & np.uint64((1 << width) - 1)
        order = np.lexsort((brightness, piece))  # crowds of one piece stand together, within them by brightness
        for step in range(1, _NEXT + 1):
            _join(groups, order[:-step], order[step:], piece, bits, tiny)
    roots = groups.roots()
    return {name: names[root] for index, (name, root) in enumerate(zip(names, roots, strict=True)) if root != index}


def still_alike(alike: Mapping[str, str], among: Iterable[str]) -> dict[str, str]:
    """What `find_alike` found, of these pictures alone: a group whose first picture is gone is known by the next."""
    first: dict[str, str] = {}
    found = {key: first.setdefault(alike.get(key, key), key) for key in among}
    return {key: one for key, one in found.items() if one != key}


def _pieces() -> list[tuple[int, int]]:
    """(first bit, number of bits) of pieces that together are all 64."""
    edges = [64 * piece // (MOST_BITS + 1) for piece in range(MOST_BITS + 2)]
    return [(low, high - low) for low, high in pairwise(edges)]


def _join(
    groups: Groups, left: np.ndarray, right: np.ndarray, piece: np.ndarray, bits: np.ndarray, tiny: np.ndarray
) -> None:
    """Join those of the pairs left[i], right[i] that share a piece and look the same."""
    near = (piece[left] == piece[right]) & (np.bitwise_count(bits[left] ^ bits[right]) <= MOST_BITS)
    left, right = left[near], right[near]
    for start in range(0, len(left), _AT_ONCE):
        a, b = left[start : start + _AT_ONCE], right[start : start + _AT_ONCE]
        difference = np.abs(tiny[a].astype(np.int16) - tiny[b]).mean(axis=1)  # (pairs,)
        for one, other in zip(a[difference <= MOST_DIFFERENCE], b[difference <= MOST_DIFFERENCE], strict=True):
            groups.join(int(one), int(other))
