"""The outlines of the articles, and what lies on them whatever their pattern: handles, seams, feet.

Points are in thousandths of the side, so that an article can be drawn at any size.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from PIL import Image, ImageDraw

Point = tuple[int, int]


class Outline(NamedTuple):
    """fabric: where the pattern shows. rest: where the article has another surface, such as a handle. seams: lines."""

    fabric: Image.Image
    rest: Image.Image
    seams: Image.Image


class _Pen:
    """Draws the three parts of an outline."""

    def __init__(self, side: int) -> None:
        self.side = side
        self.parts = [Image.new("L", (side, side)) for _ in range(3)]
        self.fabric, self.rest, self.seams = (ImageDraw.Draw(part) for part in self.parts)

    def at(self, *points: Point) -> list[Point]:
        """Thousandths as pixels."""
        return [(x * self.side // 1000, y * self.side // 1000) for x, y in points]

    def width(self, thousandths: int) -> int:
        """The width of a line in pixels."""
        return max(1, thousandths * self.side // 1000)

    def seam(self, *points: Point, width: int = 8) -> None:
        """A thin line on the fabric."""
        self.seams.line(self.at(*points), fill=255, width=self.width(width), joint="curve")

    def outline(self) -> Outline:
        """What was drawn."""
        return Outline(*self.parts)


def _shirt(pen: _Pen) -> None:
    left: Sequence[Point] = ((390, 180), (270, 215), (95, 400), (205, 505), (290, 430), (282, 860))
    right = [(1000 - x, y) for x, y in reversed(left)]
    pen.fabric.polygon(pen.at(*left, *right), fill=255)
    pen.fabric.pieslice(pen.at((390, 80), (610, 285)), 0, 180, fill=0)
    pen.seams.arc(pen.at((380, 70), (620, 295)), 0, 180, fill=255, width=pen.width(16))
    pen.seam((290, 430), (278, 300))
    pen.seam((710, 430), (722, 300))
    pen.seam((284, 825), (716, 825))


def _trousers(pen: _Pen) -> None:
    points = ((330, 110), (670, 110), (735, 900), (560, 900), (500, 400), (440, 900), (265, 900))
    pen.fabric.polygon(pen.at(*points), fill=255)
    pen.rest.rectangle(pen.at((328, 105), (672, 165)), fill=255)
    pen.seam((500, 165), (500, 400))
    pen.seam((350, 190), (320, 290))
    pen.seam((650, 190), (680, 290))


def _bag(pen: _Pen) -> None:
    pen.rest.arc(pen.at((330, 110), (670, 670)), 180, 360, fill=255, width=pen.width(38))
    pen.fabric.polygon(pen.at((215, 370), (785, 370), (840, 880), (160, 880)), fill=255)
    pen.rest.rectangle(pen.at((215, 360), (785, 400)), fill=255)
    pen.seam((175, 840), (825, 840))


def _mug(pen: _Pen) -> None:
    pen.rest.ellipse(pen.at((610, 350), (880, 700)), fill=255)
    pen.rest.ellipse(pen.at((670, 415), (815, 635)), fill=0)
    pen.rest.rectangle(pen.at((200, 240), (690, 820)), fill=0)
    pen.fabric.rounded_rectangle(pen.at((200, 250), (690, 830)), pen.width(70), fill=255)
    pen.fabric.rectangle(pen.at((200, 250), (690, 500)), fill=255)
    pen.rest.ellipse(pen.at((200, 190), (690, 310)), fill=255)
    pen.seams.ellipse(pen.at((215, 205), (675, 295)), fill=255)


def _lamp(pen: _Pen) -> None:
    pen.rest.rectangle(pen.at((475, 480), (525, 850)), fill=255)
    pen.rest.ellipse(pen.at((320, 810), (680, 910)), fill=255)
    pen.fabric.polygon(pen.at((360, 130), (640, 130), (800, 530), (200, 530)), fill=255)
    pen.seam((360, 138), (640, 138), width=14)
    pen.seam((200, 522), (800, 522), width=14)


def _cushion(pen: _Pen) -> None:
    corners = ((140, 150), (500, 205), (860, 150), (800, 500), (860, 850), (500, 795), (140, 850), (200, 500))
    pen.fabric.polygon(pen.at(*corners), fill=255)
    pen.seam((175, 185), (500, 232), (825, 185), (772, 500), (825, 815), (500, 768), (175, 815), (228, 500), (175, 185))


_DRAWN: dict[str, Callable[[_Pen], None]] = {
    "shirt": _shirt,
    "trousers": _trousers,
    "bag": _bag,
    "mug": _mug,
    "lamp": _lamp,
    "cushion": _cushion,
}
THINGS = tuple(_DRAWN)


def outline_of(thing: str, side: int) -> Outline:
    """The outline of one of THINGS, `side` pixels square."""
    pen = _Pen(side)
    _DRAWN[thing](pen)
    return pen.outline()
