"""ZIPs of pictures: in folders, beside tables, with all that other programs put there."""

import io
import zipfile
from collections.abc import Iterator, Mapping
from typing import Any

from tests.trainer.data.corpus.cases import Case, refused, spared
from tests.trainer.data.pictures import encoded, labelled, picture, words_and_pictures
from trainer.config import Task

LABELS, WORDS = Task.IMAGE_IMAGE, Task.TEXT_IMAGE


def packed(files: Mapping[str, bytes], **options: Any) -> bytes:
    """A ZIP with these entries."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", **options) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return stream.getvalue()


def _labelled() -> Iterator[Case]:
    plain = labelled(8)
    odd: dict[str, dict[str, bytes]] = {
        "in folders": plain,
        "in a folder of folders": {f"photos/2026/{name}": content for name, content in plain.items()},
        "with hidden files": {**plain, ".DS_Store": b"x", "shirt/Thumbs.db": b"x", "__MACOSX/shirt/._0.png": b"x"},
        "with a note": {**plain, "README.txt": b"made in 2026", "licence.md": b"free"},
        "with empty folders": {**plain, "empty/": b"", "shirt/more/": b""},
        "with backslashes": {name.replace("/", "\\"): content for name, content in plain.items()},
        "with capital endings": {name.replace(".png", ".PNG"): content for name, content in plain.items()},
        "with letters of every kind": {name.replace("shirt", "größe 漢字"): content for name, content in plain.items()},
    }
    for word, files in odd.items():
        yield Case(f"labelled pictures {word}", "zip", packed(files), n_rows=24, task=LABELS)
    yield Case(
        "labelled pictures packed tight", "zip", packed(plain, compression=zipfile.ZIP_DEFLATED), n_rows=24, task=LABELS
    )
    yield Case(
        "labelled pictures packed as LZMA", "zip", packed(plain, compression=zipfile.ZIP_LZMA), n_rows=24, task=LABELS
    )
    kinds = {"jpg": "JPEG", "gif": "GIF", "bmp": "BMP", "tiff": "TIFF", "webp": "WEBP"}
    for ending, kind in kinds.items():
        files = {
            f"{label}/{n}.{ending}": encoded(picture(label, n), kind) for label in ("lamp", "vase") for n in range(12)
        }
        yield Case(f"labelled {kind} pictures", "zip", packed(files), n_rows=24, task=LABELS)


def _tables() -> Iterator[Case]:
    plain = words_and_pictures(24)
    table = plain["table.csv"].decode()
    rest = {name: content for name, content in plain.items() if name != "table.csv"}
    roles = {"words": "query", "picture": "document"}
    dressed = {
        "beside a CSV": ("table.csv", table),
        "beside semicolons": ("table.csv", table.replace(",", ";")),
        "beside tabs": ("table.tsv", table.replace(",", "\t")),
        "with names alone": ("table.csv", table.replace("photos/", "")),
        "with backslashes in the table": ("table.csv", table.replace("photos/", "photos\\")),
        "with a dot before the names": ("table.csv", table.replace("photos/", "./photos/")),
        "with capitals in the table": ("table.csv", table.replace(".jpg", ".JPG")),
        "with the table among the pictures": ("photos/table.csv", table.replace("photos/", "")),
        "with a mark in the table": ("table.csv", "\ufeff" + table),
    }
    for word, (name, text) in dressed.items():
        yield Case(
            f"pictures {word}",
            "zip",
            packed({name: text.encode(), **rest}),
            columns=("words", "picture"),
            n_rows=24,
            roles=roles,
            task=WORDS,
        )
    swapped = "\n".join(",".join(reversed(line.split(","))) for line in table.splitlines())
    yield Case(
        "pictures with the columns turned",
        "zip",
        packed({"t.csv": swapped.encode(), **rest}),
        n_rows=24,
        roles=roles,
        columns=("picture", "words"),
        task=WORDS,
    )
    missing = {name: content for name, content in plain.items() if name != "photos/3.jpg"}
    yield spared("pictures with one missing", "zip", packed(missing), {5: "is not in the ZIP"}, n_rows=23, task=WORDS)
    broken = {**plain, "photos/3.jpg": plain["photos/3.jpg"][:900]}
    yield spared("pictures with one cut off", "zip", packed(broken), {5: "cut off"}, n_rows=23, task=WORDS)
    afar = {**plain, "table.csv": (table + "\nmy own,https://a.example/1.jpg").encode()}
    yield spared("pictures with one on the web", "zip", packed(afar), {26: "web address"}, n_rows=24, task=WORDS)


def _bad() -> Iterator[Case]:
    plain = labelled(8)
    spoilt: dict[str, tuple[str, bytes, str]] = {
        "a text": ("lamp/no.jpg", b"to follow\n", "is a text"),
        "nothing": ("lamp/no.jpg", b"", "is empty"),
        "a web page": ("lamp/no.jpg", b"<!DOCTYPE html><p>404</p>", "is a web page"),
        "a way out": ("../no.png", encoded(picture("lamp", 50)), "leads out of the ZIP"),
        "a name from the root": ("/etc/no.png", encoded(picture("lamp", 50)), "root of a disk"),
        "a name on a drive": ("C:\\no.png", encoded(picture("lamp", 50)), "root of a disk"),
        "an archive": ("lamp/no.zip", packed({"a": b"b"}), "archive within the ZIP"),
    }
    for word, (name, content, reason) in spoilt.items():
        shown = name.replace("\\", "/")
        yield spared(
            f"pictures and {word}", "zip", packed({**plain, name: content}), {shown: reason}, n_rows=24, task=LABELS
        )
    yield refused(
        "no picture in the ZIP",
        "zip",
        packed({"a.docx": b"x"}),
        "neither a table nor a picture",
        "Pack pictures",
        task=LABELS,
    )
    yield refused(
        "nothing in the ZIP", "zip", packed({}), "neither a table nor a picture", "Pack pictures", task=LABELS
    )
    yield refused("a ZIP cut off", "zip", packed(plain)[:-60], "damaged", "new ZIP", task=LABELS)
    yield refused(
        "one label in the ZIP",
        "zip",
        packed({n: c for n, c in plain.items() if n.startswith("lamp")}),
        "same label",
        "other labels",
        task=LABELS,
    )
    yield refused(
        "a table without pictures",
        "zip",
        packed({"t.csv": b"words,picture\na,b.jpg\n"}),
        "no picture",
        "into one ZIP",
        task=WORDS,
    )
    two = {**words_and_pictures(24), "notes/other.csv": b"a,b\nc,d\n"}
    yield Case("pictures and two tables", "zip", packed(two), n_rows=24, task=WORDS)


def cases() -> Iterator[Case]:
    """All of this file."""
    yield from _labelled()
    yield from _tables()
    yield from _bad()
