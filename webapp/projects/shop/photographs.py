"""One picture of one article: each time it lies a little differently, before another background, in other light."""

from collections.abc import Callable
from random import Random

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from webapp.projects.shop.patterns import COLOURS, Colour, pattern
from webapp.projects.shop.shapes import outline_of

SIDE = 176
"""Pixels of a finished picture."""

_FINE = 2 * SIDE  # drawn twice as large, so that edges come out smooth
_HALF = [value // 2 for value in range(256)]
_GROUND: Colour = (244, 240, 230)
_WALLS: dict[str, Colour] = {
    "white": (240, 240, 238),
    "grey": (168, 172, 178),
    "sand": (222, 204, 172),
    "sky": (176, 206, 232),
    "mint": (186, 222, 200),
    "slate": (84, 92, 108),
}
_WOOD: Colour = (176, 128, 84)


def photograph(thing: str, pattern_name: str, colour: str, random: Random) -> Image.Image:
    """RGB, SIDE pixels square. What is not said is left to `random`: place, size, turn, background and light."""
    picture = _background(random)
    side = random.randint(int(_FINE * 0.62), int(_FINE * 0.92))
    article, mask = _article(thing, pattern_name, COLOURS[colour], side, random)
    angle = random.uniform(-28, 28)
    article, mask = (part.rotate(angle, Image.Resampling.BILINEAR) for part in (article, mask))
    x, y = (random.randint(0, _FINE - side) for _ in range(2))
    picture.paste((40, 40, 48), (x + 7, y + 10), _shadow(mask))
    picture.paste(article, (x, y), mask)
    light = random.uniform(0.78, 1.12)
    return picture.reduce(2).point([min(255, int(value * light)) for value in range(256)] * 3)


def _article(thing: str, pattern_name: str, ink: Colour, side: int, random: Random) -> tuple[Image.Image, Image.Image]:
    """The article upright, and where it is."""
    outline = outline_of(thing, side)
    step = 2 * round(side * random.uniform(0.05, 0.075))
    article = pattern(pattern_name, ink=ink, ground=_GROUND, side=side, step=step)
    dark: Colour = (ink[0] // 2, ink[1] // 2, ink[2] // 2)
    article.paste(dark, (0, 0), outline.rest)
    article.paste((dark[0] * 2 // 3, dark[1] * 2 // 3, dark[2] * 2 // 3), (0, 0), outline.seams)
    return article, ImageChops.lighter(outline.fabric, outline.rest)


def _shadow(mask: Image.Image) -> Image.Image:
    """Soft, and half as dark. Blurred small: nobody sees the difference, and it takes a tenth of the time."""
    small = mask.reduce(4).filter(ImageFilter.GaussianBlur(2)).point(_HALF)
    return small.resize(mask.size, Image.Resampling.BILINEAR)


def _background(random: Random) -> Image.Image:
    wall = _WALLS[random.choice(sorted(_WALLS))]
    picture = Image.new("RGB", (_FINE, _FINE), wall)
    draw: Callable[[ImageDraw.ImageDraw, Colour, Random], None] = random.choice((_bare, _floor, _planks, _tiles))
    draw(ImageDraw.Draw(picture), wall, random)
    return picture


def _bare(draw: ImageDraw.ImageDraw, wall: Colour, random: Random) -> None:
    """Nothing but the wall."""


def _floor(draw: ImageDraw.ImageDraw, wall: Colour, random: Random) -> None:
    horizon = random.randint(_FINE // 2, _FINE * 4 // 5)
    draw.rectangle((0, horizon, _FINE, _FINE), fill=_WOOD)
    draw.line((0, horizon, _FINE, horizon), fill=_darker(_WOOD), width=6)


def _planks(draw: ImageDraw.ImageDraw, wall: Colour, random: Random) -> None:
    width = random.randint(_FINE // 8, _FINE // 4)
    for x in range(0, _FINE, width):
        draw.line((x, 0, x, _FINE), fill=_darker(wall), width=4)


def _tiles(draw: ImageDraw.ImageDraw, wall: Colour, random: Random) -> None:
    width = random.randint(_FINE // 6, _FINE // 3)
    for at in range(0, _FINE, width):
        draw.line((at, 0, at, _FINE), fill=_darker(wall), width=3)
        draw.line((0, at, _FINE, at), fill=_darker(wall), width=3)


def _darker(colour: Colour) -> Colour:
    return (colour[0] * 7 // 8, colour[1] * 7 // 8, colour[2] * 7 // 8)
