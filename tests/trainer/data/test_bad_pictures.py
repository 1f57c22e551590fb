"""Pictures and archives as bad as people send them: each is refused by name with cause and remedy, the rest is used."""

import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

from tests.trainer.data.pictures import (
    add_link,
    encoded,
    labelled,
    patch_entries,
    picture,
    words_and_pictures,
    write_zip,
)
from trainer.config import Task
from trainer.data.picture_files import open_picture
from trainer.data.prepare import Prepared, prepare, preview
from trainer.data.roles import Purpose
from trainer.data.sources import Source
from trainer.errors import DataError

JPEG = encoded(picture("lamp", 99), "JPEG")
PNG = encoded(picture("lamp", 98))


def prepared(path: Path, task: Task = Task.IMAGE_IMAGE) -> Prepared:
    return prepare(Source(path, path.name), task=task, pictures=path.with_suffix(".pictures"))


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def giant_png(width: int, height: int) -> bytes:
    """A sound header that claims these sizes, and no pixels to speak of."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")


def bomb_png() -> bytes:
    """Inflates to far more than its header says."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 64, 64, 8, 2, 0, 0, 0))
    broken = chunk(b"IDAT", zlib.compress(b"\xff" * 5_000_000))
    return b"\x89PNG\r\n\x1a\n" + header + broken + chunk(b"IEND", b"")


def giant_gif(width: int, height: int) -> bytes:
    """A small screen, and a frame that claims these sizes."""
    screen = b"GIF89a" + struct.pack("<HH", 64, 64) + b"\x80\0\0\0\0\0\xff\xff\xff"
    return screen + b"," + struct.pack("<HHHH", 0, 0, width, height) + b"\0\x02\x02\x4c\x01\0;"


def giant_webp(width: int, height: int) -> bytes:
    """A sound frame of 64 × 64 in a film whose canvas claims these sizes."""
    frame = encoded(Image.new("RGB", (64, 64), "red"), "WEBP", lossless=True)[12:]
    sizes = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    shown = b"\0" * 6 + (63).to_bytes(3, "little") * 2 + b"\x64\0\0\0" + frame
    parts = [(b"VP8X", b"\x02\0\0\0" + sizes), (b"ANIM", b"\xff" * 4 + b"\0\0"), (b"ANMF", shown)]
    body = b"WEBP" + b"".join(kind + struct.pack("<I", len(content)) + content for kind, content in parts)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def giant_tiff(width: int, height: int) -> bytes:
    """A grey picture that claims these sizes, with 8 bytes of them."""
    tags = [(256, 4, width), (257, 4, height), (258, 3, 8), (259, 3, 1), (262, 3, 1), (273, 4, 8), (277, 3, 1)]
    tags += [(278, 4, height), (279, 4, 8)]
    directory = b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in tags)
    return b"II*\0" + struct.pack("<I", 16) + b"\0" * 8 + struct.pack("<H", len(tags)) + directory + b"\0" * 4


def text_bomb_png() -> bytes:
    """A comment that unpacks to 70 MB."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 64, 64, 8, 2, 0, 0, 0))
    note = chunk(b"zTXt", b"Comment\0\0" + zlib.compress(b" " * 70_000_000))
    return b"\x89PNG\r\n\x1a\n" + header + note + chunk(b"IDAT", zlib.compress(b"\0" * 64 * 193)) + chunk(b"IEND", b"")


SVG = (
    b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script>alert(1)</script></svg>'
)
HEIC = b"\0\0\0\x18ftypheic" + b"\0" * 200

BAD_PICTURES: dict[str, tuple[bytes, str, str]] = {
    "empty.jpg": (b"", "is empty (0 bytes)", "again"),
    "cut.jpg": (JPEG[: len(JPEG) // 2], "is cut off", "again"),
    "cut.png": (PNG[: len(PNG) // 2], "is cut off", "again"),
    "header-only.jpg": (JPEG[:20], "is no picture, or a damaged one", "Save it as JPEG"),
    "header-only.png": (PNG[:33], "damaged", "again"),
    "cut.webp": (encoded(picture(), "WEBP")[:60], "damaged", "again"),
    "cut.gif": (encoded(picture(), "GIF")[:200], "cut off", "again"),
    "cut.bmp": (encoded(picture(), "BMP")[:500], "cut off", "again"),
    "cut.tiff": (encoded(picture(), "TIFF")[:500], "", "again"),
    "zeros.jpg": (b"\0" * 4000, "is no picture, or a damaged one", "Save it as JPEG"),
    "noise.png": (bytes(range(256)) * 20, "is no picture, or a damaged one", "Save it as JPEG"),
    "wrong-crc.png": (PNG[:40] + b"\xff\xff" + PNG[42:], "damaged", "again"),
    "text.jpg": (b"Sorry, the picture will follow tomorrow.\n", "is a text, not a picture", "Save it as JPEG"),
    "page.jpg": (b"<!DOCTYPE html><html><body>404</body></html>", "is a web page", "Download the picture itself"),
    "xml.png": (b"<?xml version='1.0'?><Error>AccessDenied</Error>", "is a web page or XML", "Save it as JPEG"),
    "drawing.svg": (SVG, "is a drawing (SVG)", "Save it as JPEG"),
    "drawing.png": (b"\xef\xbb\xbf" + SVG, "is a drawing (SVG)", "Save it as JPEG"),
    "document.jpg": (b"%PDF-1.7\n" + b"x" * 500, "is a PDF document", "Save it as JPEG"),
    "office.jpg": (b"PK\x03\x04" + b"\0" * 500, "is a ZIP archive", "Save it as JPEG"),
    "rar.jpg": (b"Rar!\x1a\x07\x01\x00" + b"\0" * 100, "is an archive (RAR)", "Save it as JPEG"),
    "gz.png": (b"\x1f\x8b\x08" + b"\0" * 100, "is a compressed file", "Save it as JPEG"),
    "phone.heic": (HEIC, "is a HEIC picture, as iPhones make them", "Save it as JPEG"),
    "phone.jpg": (HEIC, "is a HEIC picture", "Save it as JPEG"),
    "new.avif": (b"\0\0\0\x1cftypavif" + b"\0" * 200, "is an AVIF picture", "Save it as JPEG"),
    "film.jpg": (b"\0\0\0\x18ftypmp42" + b"\0" * 200, "is a video", "Save it as JPEG"),
    "film.png": (b"\x1aE\xdf\xa3" + b"\0" * 200, "is a video", "Save it as JPEG"),
    "layers.psd": (b"8BPS\0\x01" + b"\0" * 200, "is a Photoshop document", "Save it as JPEG"),
    "icon.ico": (encoded(picture(), "ICO"), "is an icon", "Save it as JPEG"),
    "vector.eps": (b"%!PS-Adobe-3.0 EPSF-3.0\n" + b"0" * 200, "is a PostScript drawing", "Save it as JPEG"),
    "model.png": (b"\x80\x04\x95" + b"\0" * 100, "is a pickle", "Save it as JPEG"),
    "tool.jpg": (b"\x7fELF" + b"\0" * 100, "is a program", "Save it as JPEG"),
    "setup.jpg": (b"MZ\x90\0" + b"\0" * 100, "is a program", "Save it as JPEG"),
    "dot.png": (encoded(Image.new("RGB", (1, 1))), "1 × 1 pixels, too small", "larger one"),
    "tiny.png": (encoded(picture(size=(7, 7))), "7 × 7 pixels, too small", "larger one"),
    "line.png": (encoded(Image.new("RGB", (900, 2), "red")), "900 × 2 pixels, too small", "larger one"),
    "giant.png": (giant_png(50_000, 50_000), "million pixels", "Make it smaller"),
    "large.png": (giant_png(9_000, 9_000), "million pixels", "Make it smaller"),
    "wide.png": (giant_png(2_000_000_000, 9), "million pixels", "Make it smaller"),
    "giant.gif": (giant_gif(65_535, 65_535), "million pixels", "Make it smaller"),
    "giant.webp": (giant_webp(16_384, 16_384), "million pixels", "Make it smaller"),
    "giant.tiff": (giant_tiff(2_000_000_000, 2_000_000_000), "million pixels", "Make it smaller"),
    "short-pixels.tiff": (giant_tiff(7_000, 7_000), "is cut off", "again"),
    "claims-nothing.png": (giant_png(0, 10), "damaged", "Save it as JPEG"),
    "short-pixels.png": (giant_png(500, 500), "", "again"),
    "text-bomb.png": (text_bomb_png(), "damaged", "again"),
}


@pytest.mark.parametrize("name", BAD_PICTURES)
def test_a_bad_picture_is_refused_by_name_and_the_rest_is_used(name: str, tmp_path: Path) -> None:
    content, cause, remedy = BAD_PICTURES[name]
    result = prepared(write_zip(tmp_path / "set.zip", {**labelled(), f"lamp/{name}": content}))
    (row,) = result.rejected
    assert row["entry"] == f"lamp/{name}" and cause in row["reason"] and remedy in row["reason"]
    assert result.receipt["n_queries"] == 30


def test_a_file_that_is_larger_than_any_picture_needs_to_be_is_refused(tmp_path: Path) -> None:
    files = {**labelled(), "lamp/huge.bmp": b"BM" + b"\0" * (51 * 2**20)}
    path = tmp_path / "set.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    (row,) = prepared(path).rejected
    assert row["entry"] == "lamp/huge.bmp" and "at most 50 MB" in row["reason"]


def test_a_picture_that_inflates_to_more_than_it_says_does_no_harm(tmp_path: Path) -> None:
    result = prepared(write_zip(tmp_path / "set.zip", {**labelled(), "lamp/bomb.png": bomb_png()}))
    assert result.receipt["n_queries"] == 30 + 1 - len(result.rejected)


# --- Entries of an archive ------------------------------------------------------------------------------------------

BAD_ENTRIES: dict[str, tuple[str, str]] = {
    "../../etc/x.png": ("leads out of the ZIP", "Pack the folder itself"),
    "lamp/../../x.png": ("leads out of the ZIP", "Pack the folder itself"),
    "..\\..\\x.png": ("leads out of the ZIP", "Pack the folder itself"),
    "/etc/x.png": ("begins at the root of a disk", "Pack the folder itself"),
    "C:\\Users\\me\\x.png": ("begins at the root of a disk", "Pack the folder itself"),
    "c:/x.png": ("begins at the root of a disk", "Pack the folder itself"),
    "lamp/more.zip": ("is an archive within the ZIP", "Unpack it"),
    "lamp/more.tar.gz": ("is an archive within the ZIP", "Unpack it"),
    "lamp/more.rar": ("is an archive within the ZIP", "Unpack it"),
    "lamp/notes.docx": ("is no picture by its name", "save it as JPEG"),
    "lamp/no-ending": ("is no picture by its name", "save it as JPEG"),
    "alone.png": ("has no label", "Fill it in"),
    "stool/only.png": ("is the only picture with the label “stool”", "Add another"),
}


BAD_HEADERS: dict[str, tuple[int, bytes, str]] = {
    "encrypted": (8, b"\x01\x00", "is protected by a password"),
    "unknown method": (10, b"\x63\x00", "packed in a way that Tailor does not know"),
    "wrong check sum": (16, b"\x12\x34\x56\x78", "is damaged within the ZIP"),
    "lying size": (24, b"\x10\x00\x00\x00", "is damaged within the ZIP"),  # once unpacked
}


@pytest.mark.parametrize("name", BAD_ENTRIES)
def test_a_bad_entry_is_refused_by_name_and_the_rest_is_used(name: str, tmp_path: Path) -> None:
    cause, remedy = BAD_ENTRIES[name]
    result = prepared(write_zip(tmp_path / "set.zip", {**labelled(), name: PNG}))
    (row,) = result.rejected
    assert row["entry"] == name.replace("\\", "/") and cause in row["reason"] and remedy in row["reason"]
    assert result.receipt["n_queries"] == 30


def write_all_that_is_bad(path: Path) -> dict[str, tuple[str, str]]:
    """A ZIP of thirty good pictures, and among them everything bad of this page: {entry: (cause, remedy)}."""
    files, bad = dict(labelled()), dict[str, tuple[str, str]]()
    for name, (content, cause, remedy) in BAD_PICTURES.items():
        files[f"lamp/{name}"], bad[f"lamp/{name}"] = content, (cause, remedy)
    for name, told in BAD_ENTRIES.items():
        files[name], bad[name.replace("\\", "/")] = PNG, told
    for name, (_, _, cause) in BAD_HEADERS.items():
        files[f"vase/{name}.png"], bad[f"vase/{name}.png"] = PNG, (cause, "")
    write_zip(path, files)
    add_link(path, "lamp/link.png", "/etc/passwd")
    patch_entries(path, {f"vase/{name}.png": (offset, new) for name, (offset, new, _) in BAD_HEADERS.items()})
    return bad | {"lamp/link.png": ("is a link", "Pack the file itself")}


def test_sixty_bad_ones_at_once_have_a_row_each_and_no_good_one_is_lost(tmp_path: Path) -> None:
    bad = write_all_that_is_bad(tmp_path / "set.zip")
    result = prepared(tmp_path / "set.zip")
    assert len(bad) >= 60
    assert sorted(row["entry"] for row in result.rejected) == sorted(bad)
    for row in result.rejected:
        cause, remedy = bad[row["entry"]]
        assert row["file"] == "set.zip" and cause in row["reason"] and remedy in row["reason"], row
    assert result.receipt["n_queries"] == 30


def test_a_link_is_refused_and_never_followed(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "set.zip", labelled())
    add_link(path, "lamp/link.png", "/etc/passwd")
    (row,) = prepared(path).rejected
    assert row["entry"] == "lamp/link.png" and "is a link" in row["reason"] and "Pack the file itself" in row["reason"]


def test_the_same_name_twice_is_refused(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "set.zip", labelled())
    with pytest.warns(UserWarning), zipfile.ZipFile(path, "a") as archive:
        archive.writestr("lamp/0.png", PNG)
    result = prepared(path)
    (row,) = result.rejected
    assert "more than once" in row["reason"] and result.receipt["n_queries"] == 29


@pytest.mark.parametrize("name", BAD_HEADERS)
def test_one_entry_with_a_bad_header_is_refused(tmp_path: Path, name: str) -> None:
    offset, new, cause = BAD_HEADERS[name]
    path = write_zip(tmp_path / "set.zip", {**labelled(), "lamp/odd.png": PNG})
    patch_entries(path, {"lamp/odd.png": (offset, new)})
    result = prepared(path)
    (row,) = result.rejected
    assert row["entry"] == "lamp/odd.png" and cause in row["reason"] and result.receipt["n_queries"] == 30


def test_an_entry_whose_name_is_lost_is_refused(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "set.zip", {**labelled(), "lamp/odd.png": PNG})
    patch_entries(path, {"lamp/odd.png": (46, b"\x00")})  # the name ends before it begins
    result = prepared(path)
    (row,) = result.rejected
    assert "without a name" in row["reason"] and "under a name" in row["reason"]
    assert result.receipt["n_queries"] == 30


# --- Archives that cannot be used at all ----------------------------------------------------------------------------


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:2000])


def _encrypt_all(path: Path) -> None:
    patch_entries(path, dict.fromkeys(labelled(), (8, b"\x01\x00")))


def _overlap(path: Path) -> None:
    """Every entry points to the bytes of the first."""
    patch_entries(path, dict.fromkeys(list(labelled())[1:], (42, b"\x00\x00\x00\x00")))


def _many(path: Path) -> None:
    with zipfile.ZipFile(path, "a") as archive:
        for number in range(100_001):
            archive.writestr(zipfile.ZipInfo(f"bag/{number}.png"), b"")


def _nothing(path: Path) -> None:
    write_zip(path, {"readme.txt": b"pictures follow", "__MACOSX/a.png": PNG})


def _table_only(path: Path) -> None:
    write_zip(path, {"t.csv": b"picture,label\na.png,lamp\n"})


def _one_label(path: Path) -> None:
    write_zip(path, {name: content for name, content in labelled().items() if name.startswith("lamp")})


def _no_folders(path: Path) -> None:
    write_zip(path, {name.replace("/", "-"): content for name, content in labelled().items()})


def _few(path: Path) -> None:
    write_zip(path, labelled(3))


@pytest.mark.parametrize(
    ("spoil", "cause", "remedy"),
    [
        (_cut, "The ZIP is damaged", "new ZIP"),
        (_encrypt_all, "protected by a password", "without a password"),
        (_overlap, "lie over each other", "new ZIP"),
        (_many, "at most 100,000", "Take a part"),
        (_nothing, "neither a table nor a picture", "folders named by their label"),
        (_table_only, "no picture", "into one ZIP"),
        (_one_label, "All pictures have the same label, “lamp”", "other labels"),
        (_no_folders, "No column holds the matching picture", "Label"),
        (_few, "only 9 different pictures", "Add more"),
    ],
)
def test_a_useless_archive_is_refused_with_cause_and_remedy(
    spoil: Callable[[Path], None], cause: str, remedy: str, tmp_path: Path
) -> None:
    path = write_zip(tmp_path / "set.zip", labelled())
    spoil(path)
    with pytest.raises(DataError) as caught:
        prepared(path)
    assert cause in caught.value.cause and remedy in caught.value.remedy and "set.zip" in str(caught.value)


# --- Tables that name pictures --------------------------------------------------------------------------------------

BAD_CELLS: dict[str, tuple[str, str]] = {
    "photos/missing.jpg": ("“photos/missing.jpg”, which is not in the ZIP", "Add the picture"),
    "https://example.com/a.jpg": ("is a web address", "Put the picture itself"),
    "photos/text.jpg": ("is a text, not a picture", "Save it as JPEG"),
    "same.jpg": ("could be “a/same.jpg” and “b/same.jpg”", "folder"),
    "../../../etc/passwd": ("is not in the ZIP", "Add the picture"),
    "": ("has no matching picture", "Fill it in"),
    "x" * 5000: ("is not in the ZIP", "Add the picture"),
}


@pytest.mark.parametrize("cell", BAD_CELLS, ids=lambda cell: cell[:20] or "blank")
def test_a_bad_cell_is_refused_by_row_and_the_rest_is_used(cell: str, tmp_path: Path) -> None:
    cause, remedy = BAD_CELLS[cell]
    files = words_and_pictures()
    files["table.csv"] += f"\na search of its own,{cell}".encode()
    more = {"photos/text.jpg": b"no picture at all", "a/same.jpg": JPEG, "b/same.jpg": JPEG}
    result = prepared(write_zip(tmp_path / "set.zip", {**files, **more}), Task.TEXT_IMAGE)
    (row,) = result.rejected
    assert (row["row"], row["column"], row["entry"]) == (32, "picture", "table.csv")
    assert cause in row["reason"] and remedy in row["reason"] and result.receipt["n_queries"] == 30


def test_names_that_differ_in_capitals_only_are_told_apart_or_refused(tmp_path: Path) -> None:
    files = words_and_pictures()
    files["table.csv"] += b"\nfirst of two,photos/A.jpg\nsecond of two,photos/a.jpg\nwhich of two,PHOTOS/a.JPG"
    two = {"photos/A.jpg": encoded(picture("lamp", 1), "JPEG"), "photos/a.jpg": encoded(picture("lamp", 2), "JPEG")}
    result = prepared(write_zip(tmp_path / "set.zip", {**files, **two}), Task.TEXT_IMAGE)
    (row,) = result.rejected
    assert row["row"] == 34 and "differ only in capitals" in row["reason"] and result.receipt["n_queries"] == 32


@pytest.mark.parametrize("task", [Task.TEXT_IMAGE, Task.IMAGE_IMAGE])
def test_a_table_that_comes_alone_is_told_what_to_bring(task: Task, tmp_path: Path) -> None:
    path = tmp_path / "alone.csv"
    path.write_bytes(words_and_pictures()["table.csv"])
    with pytest.raises(
        DataError, match=r"names pictures, such as “photos/0.jpg”, but they are not in this file"
    ) as caught:
        preview(Source(path, "alone.csv"), Purpose.EXAMPLES, task=task)
    assert "into one ZIP" in caught.value.remedy


def test_a_table_from_a_browser_never_reads_the_disk_around_it(tmp_path: Path) -> None:
    files = words_and_pictures()
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError, match="not in this file"):
        prepared(tmp_path / "table.csv", Task.TEXT_IMAGE)


def test_one_picture_with_two_labels_is_left_out(tmp_path: Path) -> None:
    same = labelled()["lamp/0.png"]
    result = prepared(write_zip(tmp_path / "set.zip", {**labelled(), "vase/copy.png": same}))
    assert {row["entry"] for row in result.rejected} == {"lamp/0.png", "vase/copy.png"}
    assert all("labels “lamp” and “vase”" in row["reason"] for row in result.rejected)
    assert result.receipt["n_queries"] == 29


def swapping_profile() -> bytes:
    """A sound colour profile in which red and blue have changed places."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for old, new in ((b"rXYZ", b"----"), (b"bXYZ", b"rXYZ"), (b"----", b"bXYZ"), (b"\0s\0R\0G\0B", b"\0s\0w\0a\0p")):
        assert profile.count(old) == 1
        profile = profile.replace(old, new)
    return profile


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF", "WEBP"])
def test_the_colours_that_a_profile_means_are_kept(kind: str) -> None:
    red, lossless = Image.new("RGB", (60, 60), (255, 0, 0)), {"lossless": True} if kind == "WEBP" else {}
    found = open_picture(encoded(red, kind, icc_profile=swapping_profile(), **lossless))
    assert np.abs(np.asarray(found.getpixel((30, 30))) - (0, 0, 255)).max() <= 3
    assert "icc_profile" not in found.info
    for profile in (
        b"damaged",
        swapping_profile()[:200],
        ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes(),
    ):
        found = open_picture(encoded(red, kind, icc_profile=profile, **lossless))
        assert np.abs(np.asarray(found.getpixel((30, 30))) - (255, 0, 0)).max() <= 3


def test_a_profile_of_another_kind_of_picture_does_no_harm() -> None:
    for mode in ("L", "LA", "P", "CMYK", "RGBA"):
        kind = "TIFF" if mode == "CMYK" else "PNG"
        drawn = Image.new("RGB", (60, 60), (255, 0, 0)).convert(mode)
        found = open_picture(encoded(drawn, kind, icc_profile=swapping_profile()))
        assert found.mode == "RGB" and found.size == (60, 60)


def test_metadata_and_what_hides_behind_a_picture_are_not_kept(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x010E] = "taken at my home address"
    polyglot = encoded(picture("lamp", 50), "JPEG", exif=exif) + b"<html><script>alert(1)</script></html>"
    result = prepared(write_zip(tmp_path / "set.zip", {**labelled(), "lamp/both.jpg": polyglot}))
    assert not result.rejected and result.receipt["n_queries"] == 31
    stored = (tmp_path / "set.pictures").read_bytes()
    assert b"home address" not in stored and b"<script>" not in stored
    assert zipfile.ZipFile(io.BytesIO(stored)).testzip() is None
