"""Small sets of pictures made by code: plain and odd files, archives, folders named by label, tables that name them."""

import io
import random
import stat
import struct
import zipfile
from collections.abc import Mapping
from pathlib import Path

from PIL import Image, ImageDraw

COLOURS = {"shirt": "crimson", "vase": "teal", "lamp": "gold"}


def picture(label: str = "shirt", number: int = 0, size: tuple[int, int] = (72, 60)) -> Image.Image:
    """A picture in the colour of its label, with spots that no other picture has."""
    drawn = Image.new("RGB", size, COLOURS.get(label, "grey"))
    draw, chance = ImageDraw.Draw(drawn), random.Random(f"{label} {number}")
    for _ in range(14):
        x, y = chance.randrange(size[0]), chance.randrange(size[1])
        spot = (x, y, x + size[0] // 5, y + size[1] // 5)
        draw.rectangle(spot, fill=(chance.randrange(256), chance.randrange(256), chance.randrange(256)))
    return drawn


def photograph(label: str = "shirt", number: int = 0) -> Image.Image:
    """A larger picture of soft shapes, which saving again and making smaller leaves as it looks."""
    return picture(label, number, (16, 12)).resize((400, 300), Image.Resampling.BICUBIC)


def encoded(drawn: Image.Image, kind: str = "PNG", **more: object) -> bytes:
    """The picture as a file."""
    stream = io.BytesIO()
    drawn.save(stream, kind, **more)
    return stream.getvalue()


def labelled(per_label: int = 10) -> dict[str, bytes]:
    """{"shirt/0.png": its bytes, …} of three labels."""
    return {
        f"{label}/{number}.png": encoded(picture(label, number)) for label in COLOURS for number in range(per_label)
    }


def words_and_pictures(count: int = 30) -> dict[str, bytes]:
    """Pictures and "table.csv", which says in words what each shows; no words twice."""
    files = {f"photos/{number}.jpg": encoded(picture("vase", number), "JPEG") for number in range(count)}
    names = ("amber", "birch", "cedar", "dune", "ember", "fjord", "grove", "heath", "islet", "jetty")
    rows = [f"{names[n % 10]} number {names[n // 10]} {n * 37},photos/{n}.jpg" for n in range(count)]
    return {"table.csv": "\n".join(["words,picture", *rows]).encode(), **files}


def write_zip(path: Path, files: Mapping[str, bytes]) -> Path:
    """A ZIP with these entries, in their order."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def add_link(path: Path, name: str, target: str) -> None:
    """A symbolic link as an entry of an existing ZIP."""
    entry = zipfile.ZipInfo(name)
    entry.create_system = 3
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(entry, target)


def patch_entries(path: Path, change: Mapping[str, tuple[int, bytes]]) -> None:
    """Overwrite bytes of central headers: {entry: (offset in its header, bytes)}."""
    content = bytearray(path.read_bytes())
    place = content.find(b"PK\x01\x02")
    while place >= 0 and content[place : place + 4] == b"PK\x01\x02":
        name_length, extra, comment = struct.unpack("<HHH", content[place + 28 : place + 34])
        name = bytes(content[place + 46 : place + 46 + name_length]).decode(errors="replace")
        if name in change:
            offset, new = change[name]
            content[place + offset : place + offset + len(new)] = new
        place += 46 + name_length + extra + comment
    path.write_bytes(bytes(content))
