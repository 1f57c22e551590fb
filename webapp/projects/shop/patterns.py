"""The patterns of the articles, as square pictures in two colours."""

import math
from collections.abc import Callable

from PIL import Image, ImageDraw

Colour = tuple[int, int, int]

COLOURS: dict[str, Colour] = {
    "red": (196, 40, 44),
    "orange": (232, 122, 34),
    "yellow": (238, 196, 52),
    "green": (52, 134, 72),
    "blue": (44, 88, 176),
    "purple": (122, 66, 156),
    "pink": (232, 128, 168),
    "brown": (124, 82, 50),
    "black": (44, 44, 48),
    "turquoise": (40, 160, 164),
}


def _plain(draw: ImageDraw.ImageDraw, side: int, step: int, ink: Colour) -> None:
    draw.rectangle((0, 0, side, side), fill=ink)


def _stripes(draw: ImageDraw.ImageDraw, side: int, step: int, ink: Colour) -> None:
    for y in range(0, side, step):
        draw.rectangle((0, y, side, y + step // 2 - 1), fill=ink)


def _upright_stripes(draw: ImageDraw.ImageDraw, side: int, step: int, ink: Colour) -> None:
    for x in range(0, side, step):
        draw.rectangle((x, 0, x + step // 2 - 1, side), fill=ink)


def _slanted_stripes(draw: ImageDraw.ImageDraw, side: int, step: int, ink: Colour) -> None:
    for x in range(-side, side, step * 3 // 2):
        draw.line((x, 0, x + side, side), fill=ink, width=step // 2)


def _checks(draw: ImageDraw.ImageDraw, side: int, step: int, ink: Colour) -> None:
    """Gingham: where two bands cross it is darkest."""
    dark: Colour = (ink[0] * 2 // 3, ink[1] * 2 // 3, ink[2] * 2 // 3)
    for at in range(0, side, step):
        draw.rectangle((0, at, side, at + step // 2 - 1), fill=ink)
        draw.rectangle((at, 0, at + step // 2 - 1, side), fill=ink)
    for x, y in _places(side, step, offset=False):
        draw.rectangle((x, y, x + step // 2 - 1, y + step // 2 - 1), fill=dark)


def _grid(draw: ImageDraw.ImageDraw, side: int, step: int, ink: Colour) -> None:
    for at in range(step // 2, side, step):
        draw.line((0, at, side, at), fill=ink, width=max(1, step // 7))
        draw.line((at, 0, at, side), fill=ink, width=max(1, step // 7))


def _diamonds(draw: ImageDraw.ImageDraw, side: int, step: int, ink: Colour) -> None:
    for x, y in _places(side, step):
        draw.polygon(((x, y - step * 0.45), (x + step * 0.3, y), (x, y + step * 0.45), (x - step * 0.3, y)), fill=ink)


def _dots(draw: ImageDraw.ImageDraw, side: int, step: int, ink: Colour) -> None:
    radius = step * 0.3
    for x, y in _places(side, step):
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=ink)


def _rings(draw: ImageDraw.ImageDraw, side: int, step: int, ink: Colour) -> None:
    radius = step * 0.36
    for x, y in _places(side, step):
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), outline=ink, width=max(1, step // 7))


def _stars(draw: ImageDraw.ImageDraw, side: int, step: int, ink: Colour) -> None:
    turns = [(math.pi * (corner / 5 - 0.5), step * (0.18 if corner % 2 else 0.44)) for corner in range(10)]
    for x, y in _places(side, step):
        draw.polygon([(x + radius * math.cos(turn), y + radius * math.sin(turn)) for turn, radius in turns], fill=ink)


def _crosses(draw: ImageDraw.ImageDraw, side: int, step: int, ink: Colour) -> None:
    arm, width = step * 0.3, max(1, step // 6)
    for x, y in _places(side, step):
        draw.line((x - arm, y, x + arm, y), fill=ink, width=width)
        draw.line((x, y - arm, x, y + arm), fill=ink, width=width)


def _zigzag(draw: ImageDraw.ImageDraw, side: int, step: int, ink: Colour) -> None:
    for y in range(-step, side + step, step):
        points = [(x, y + (step // 2 if i % 2 else 0)) for i, x in enumerate(range(0, side + step, step // 2))]
        draw.line(points, fill=ink, width=max(1, step // 3), joint="curve")


def _waves(draw: ImageDraw.ImageDraw, side: int, step: int, ink: Colour) -> None:
    for y in range(-step, side + step, step):
        points = [(x, y + step * 0.28 * math.sin(x * math.pi / step)) for x in range(0, side + 8, 8)]
        draw.line(points, fill=ink, width=max(1, step // 3), joint="curve")


def _places(side: int, step: int, *, offset: bool = True) -> list[tuple[int, int]]:
    """Where a motif comes; every other row is moved by half a step."""
    starts = [(y, step // 2 if offset and row % 2 == 0 else 0) for row, y in enumerate(range(0, side + step, step))]
    return [(x, y) for y, start in starts for x in range(start, side + step, step)]


_DRAWN: dict[str, Callable[[ImageDraw.ImageDraw, int, int, Colour], None]] = {
    "plain": _plain,
    "stripes": _stripes,
    "upright stripes": _upright_stripes,
    "slanted stripes": _slanted_stripes,
    "checks": _checks,
    "grid": _grid,
    "diamonds": _diamonds,
    "dots": _dots,
    "rings": _rings,
    "stars": _stars,
    "crosses": _crosses,
    "zigzag": _zigzag,
    "waves": _waves,
}
PATTERNS = tuple(_DRAWN)


def pattern(name: str, *, ink: Colour, ground: Colour, side: int, step: int) -> Image.Image:
    """One of PATTERNS, `side` pixels square; step: pixels after which it repeats."""
    picture = Image.new("RGB", (side, side), ground)
    _DRAWN[name](ImageDraw.Draw(picture), side, step, ink)
    return picture
