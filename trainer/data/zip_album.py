"""A ZIP of pictures, with a table or with folders named by label. Nothing of it is ever unpacked to a named place."""

import lzma
import posixpath
import re
import stat
import struct
import zipfile
import zlib
from pathlib import Path

from trainer.data.albums import NameIndex, slashed
from trainer.data.limits import ReadLimits
from trainer.data.picture_files import MOST_BYTES, PictureFault, is_picture_name
from trainer.data.table import RejectedRow
from trainer.errors import DataError, Place

MOST_ENTRIES = 100_000
TABLE_ENDINGS = (".csv", ".tsv", ".xlsx", ".jsonl", ".ndjson", ".json", ".txt")
UNPACKED_TIMES = 4
"""All pictures together may be so many times as large, unpacked, as a file may be: BMP and TIFF pack well."""

_ARCHIVES = (".zip", ".rar", ".7z", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".jar")
_NO_ONE_NEEDS = re.compile(r"(^|/)(__MACOSX/|\.(?!\.?(/|$))|Thumbs\.db$|desktop\.ini$)", re.IGNORECASE)
_TEXT_FILES = re.compile(r"(^|/)(readme|licen[cs]e|copying|notes?|changelog)[^/]*$", re.IGNORECASE)
_DRIVE = re.compile(r"[A-Za-z]:")
_UTF8_NAME, _ENCRYPTED = 0x800, 0x1
_OTHER_NAMES = ("utf-8", "cp1252", "cp850", "mac-roman", "cp932", "gb18030")
"""Encodings in which programs have written names that they called cp437."""
_DAMAGE = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError, OSError, RuntimeError, ValueError)
"""What zipfile raises at damaged entries; ValueError for names that are no text."""
_PACK_AGAIN = "Pack the pictures into a new ZIP and upload that."


class ZipAlbum:
    """Pictures and tables of one ZIP. rejected: entries that are refused whatever names them."""

    place = "the ZIP"

    def __init__(self, path: Path, name: str, limits: ReadLimits) -> None:
        """Raises DataError when the ZIP as a whole cannot be used."""
        self.name = name
        self._archive = _opened(path, name)
        self._left = UNPACKED_TIMES * limits.max_bytes
        self.folder = ""  # of the table
        self.rejected: list[RejectedRow] = []
        self._entries: dict[str, zipfile.ZipInfo] = {}
        self._faults: dict[str, str] = {}
        self._twice: set[str] = set()
        others: dict[str, str] = {}
        for entry in _checked(self._archive, name):
            self._add(entry, others)
        for file in self._twice:
            self._refuse(file, "is in the ZIP more than once, under the very same name. Give each file its own name.")
        self._index = NameIndex([*self._entries, *self._faults], others)

    def _add(self, entry: zipfile.ZipInfo, others: dict[str, str]) -> None:
        file = slashed(_best_name(entry))
        if _is_folder(entry) or _NO_ONE_NEEDS.search(file):
            return
        if reason := _hazard(entry, file):
            self._refuse(file, reason)
        elif file in self._entries:
            self._twice.add(file)
        else:
            self._entries[file] = entry
            others.update({slashed(reading): file for reading in _other_names(entry)})

    def _refuse(self, file: str, reason: str) -> None:
        self._entries.pop(file, None)
        self._faults[file] = reason
        self.rejected.append(RejectedRow.of(Place(self.name, entry=file[:200]), reason))

    @property
    def pictures(self) -> list[str]:
        """Files whose names say that they are pictures, in the order of the ZIP."""
        return [file for file in self._entries if is_picture_name(file)]

    @property
    def tables(self) -> list[str]:
        """Files that can be the table, those least deep in folders first."""
        found = [
            file for file in self._entries if file.lower().endswith(TABLE_ENDINGS) and not _TEXT_FILES.search(file)
        ]
        return sorted(found, key=lambda file: (file.count("/"), file.lower().endswith(".txt"), file))

    @property
    def others(self) -> list[str]:
        """Files that are neither picture nor table."""
        return [
            file for file in self._entries if not is_picture_name(file) and not file.lower().endswith(TABLE_ENDINGS)
        ]

    def find(self, named: str) -> str | None:
        """The file that a cell of the table names. Raises PictureFault when it could be one of several."""
        return self._index.find(named, self.folder)

    def read(self, file: str) -> bytes:
        """The content of a file; real bytes are counted, for sizes in headers lie. Raises PictureFault or DataError."""
        if file in self._faults:
            raise PictureFault(self._faults[file])
        content = self._read(file, MOST_BYTES + 1)
        self._left -= len(content)
        if self._left < 0:
            raise DataError(
                "What is in the ZIP is far larger than the ZIP itself.",
                "Make the pictures smaller, or save them as JPEG, and pack them again.",
                Place(self.name, entry=file),
            )
        return content

    def unpack_table(self, file: str, to: Path, limits: ReadLimits) -> None:
        """Copies a table out, so that it can be read like any other. Raises DataError."""
        try:
            content = self._read(file, limits.max_bytes + 1)
        except PictureFault as fault:
            raise DataError(f"The table in the ZIP {fault.reason}", "", Place(self.name, entry=file)) from fault
        to.write_bytes(content)

    def _read(self, file: str, most: int) -> bytes:
        try:
            with self._archive.open(self._entries[file]) as stream:
                return stream.read(most)
        except NotImplementedError as error:
            words = "is packed in a way that Tailor does not know. Pack it with the means of your operating system."
            raise PictureFault(words) from error
        except _DAMAGE as error:
            raise PictureFault(f"is damaged within the ZIP. {_PACK_AGAIN}") from error


def is_zip(path: Path) -> bool:
    """Whether a file begins like a ZIP; workbooks do as well."""
    with path.open("rb") as file:
        return file.read(4) in (b"PK\x03\x04", b"PK\x05\x06")


def is_workbook(path: Path) -> bool:
    """Whether a ZIP is an office document; one that cannot be opened is none."""
    try:
        with zipfile.ZipFile(path) as archive:
            return "[Content_Types].xml" in archive.NameToInfo or "mimetype" in archive.NameToInfo
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, UnicodeDecodeError):
        return False


def _opened(path: Path, name: str) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, UnicodeDecodeError) as error:
        raise DataError("The ZIP is damaged: it is cut off or was changed on the way.", _PACK_AGAIN, Place(name)) from (
            error
        )


def _checked(archive: zipfile.ZipFile, name: str) -> list[zipfile.ZipInfo]:
    """The entries of a ZIP that as a whole is sound."""
    entries = archive.infolist()
    if len(entries) > MOST_ENTRIES:
        raise DataError(
            f"The ZIP has {len(entries):,} entries; at most {MOST_ENTRIES:,} can be read.",
            "Take a part of the pictures: a few hundred to a few thousand are enough to learn from.",
            Place(name),
        )
    files = [entry for entry in entries if not _is_folder(entry)]
    if files and all(entry.flag_bits & _ENCRYPTED for entry in files):
        raise DataError("The ZIP is protected by a password.", "Pack it again without a password.", Place(name))
    ends = 0
    for entry in sorted(entries, key=lambda entry: entry.header_offset):
        if entry.header_offset < ends:
            raise DataError(
                "Entries of the ZIP lie over each other, which no ordinary program makes. It was not read.",
                _PACK_AGAIN,
                Place(name, entry=entry.filename[:200]),
            )
        ends = entry.header_offset + 30 + entry.compress_size
    return entries


def _is_folder(entry: zipfile.ZipInfo) -> bool:
    return entry.filename.endswith("/")  # entry.is_dir() fails where a damaged entry has no name at all


def _hazard(entry: zipfile.ZipInfo, file: str) -> str:
    """Why an entry is refused, whatever is in it; empty when nothing speaks against it."""
    if not file:
        return "is an entry without a name. Pack the file again under a name."
    if entry.flag_bits & _ENCRYPTED:
        return "is protected by a password. Pack it again without one."
    if stat.S_ISLNK(entry.external_attr >> 16):
        return "is a link to another file. Pack the file itself."
    if file.startswith("/") or _DRIVE.match(file):
        return "has a name that begins at the root of a disk. Pack the folder itself, so that names begin within it."
    if ".." in file.split("/"):
        return "has a name that leads out of the ZIP (“..”). Pack the folder itself, so that names stay within it."
    if not posixpath.basename(file) or "\0" in file:
        return "has no proper name. Rename it and pack it again."
    if file.lower().endswith(_ARCHIVES):
        return "is an archive within the ZIP. Unpack it, and pack the pictures in it instead."
    return ""


def _best_name(entry: zipfile.ZipInfo) -> str:
    """The name; bytes that are sound UTF-8 are taken for it even where the ZIP forgot to say so."""
    raw = _raw_name(entry)
    if raw is not None:
        try:
            return raw.decode()
        except UnicodeDecodeError:
            pass
    return entry.filename


def _raw_name(entry: zipfile.ZipInfo) -> bytes | None:
    """The bytes of a name that is not ASCII and whose encoding the ZIP does not tell."""
    if entry.flag_bits & _UTF8_NAME or entry.filename.isascii():
        return None
    return entry.filename.encode("cp437", errors="ignore")


def _other_names(entry: zipfile.ZipInfo) -> list[str]:
    """What the name reads in other encodings, so that a table finds it, whatever program packed it."""
    raw = _raw_name(entry)
    readings = []
    for encoding in _OTHER_NAMES if raw is not None else ():
        try:
            readings.append((raw or b"").decode(encoding))
        except UnicodeDecodeError:
            continue
    return readings
