"""Pictures that look the same: one photo saved twice, resized, recompressed, a little brighter.

Found by a difference hash (64 bits: is each of 8 × 8 places brighter than its neighbour?) and confirmed on a tiny copy.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
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


def find_alike(looks: Mapping[str, Look]) -> dict[str, str]:
    """{picture: the first picture of its group} of pictures that look like another that came before.

    Groups are closed. Any two hashes that differ in at most MOST_BITS share one of MOST_BITS + 1 pieces.
    """
    names, found = list(looks), list(looks.values())
    tiny = np.frombuffer(b"".join(look.tiny for look in found), np.uint8).reshape(len(found), -1)
    groups = Groups(len(names))
    for shift, width in _pieces():
        crowds: dict[int, list[int]] = defaultdict(list)
        for index, look in enumerate(found):
            crowds[look.bits >> shift & (1 << width) - 1].append(index)
        for crowd in crowds.values():
            _join(groups, crowd, found, tiny)
    roots = groups.roots()
    return {name: names[root] for index, (name, root) in enumerate(zip(names, roots, strict=True)) if root != index}


def _pieces() -> list[tuple[int, int]]:
    """(first bit, number of bits) of pieces that together are all 64."""
    edges = [64 * piece // (MOST_BITS + 1) for piece in range(MOST_BITS + 2)]
    return [(low, high - low) for low, high in pairwise(edges)]


def _join(groups: Groups, crowd: list[int], looks: Sequence[Look], tiny: np.ndarray) -> None:
    """Join those of a crowd that look the same, each compared with the _NEXT that are most like it in brightness."""
    if len(crowd) < 2:
        return
    brightness = tiny[crowd].mean(axis=1)
    ordered = [crowd[place] for place in np.argsort(brightness, kind="stable")]
    for place, index in enumerate(ordered):
        for other in ordered[place + 1 : place + 1 + _NEXT]:
            if (looks[index].bits ^ looks[other].bits).bit_count() > MOST_BITS or groups.root(index) == groups.root(
                other
            ):
                continue
            difference = np.abs(tiny[index].astype(np.int16) - tiny[other]).mean()
            if difference <= MOST_DIFFERENCE:
                groups.join(index, other)
