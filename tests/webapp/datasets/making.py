"""Small, real parts of data tests: tables, uploads that were really read, versions that were really frozen."""

import csv
import io
from collections.abc import Mapping, Sequence

from django.core.files.base import ContentFile
from openpyxl import Workbook

from webapp.datasets.corrections import version_from_corrections
from webapp.datasets.jobs import freeze_version, read_upload
from webapp.datasets.models import DatasetVersion, Purpose, Upload
from webapp.datasets.services import upload_store, version_create
from webapp.projects.models import Project

THINGS = ("password", "printer", "laptop", "badge", "phone", "screen", "router", "scanner")
ACTS = ("Reset", "Order", "Repair", "Return", "Clean")
ASKS = ("who can {} my {}", "need somebody to {} the {}", "please {} this {} today", "the {1} again: {0} it")


def rows_of_examples(count: int = 60) -> list[tuple[str, str]]:
    """Questions, all different, about forty items."""
    rows = []
    for number in range(count):
        act, thing = ACTS[number % 5], THINGS[number % 8]
        ask = ASKS[(number // 40) % 4].format(act.lower(), thing)
        rows.append((f"{ask} in room {chr(97 + number % 26)}{number}", f"{act} a {thing}"))
    return rows


def csv_bytes(rows: Sequence[tuple[str, ...]], header: tuple[str, ...] = ("question", "answer")) -> bytes:
    """A CSV in UTF-8."""
    stream = io.StringIO()
    csv.writer(stream).writerows([header, *rows])
    return stream.getvalue().encode()


def workbook_bytes(sheets: Mapping[str, Sequence[tuple[str, ...]]]) -> bytes:
    """An XLSX with these sheets."""
    book = Workbook()
    book.remove(book.worksheets[0])
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def store(
    project: Project, content: bytes | None = None, name: str = "tickets.csv", purpose: Purpose = Purpose.EXAMPLES
) -> Upload:
    """An upload that waits to be read."""
    content = csv_bytes(rows_of_examples()) if content is None else content
    return upload_store(project=project, user=project.owner, purpose=purpose, file=ContentFile(content, name=name))


def read(upload: Upload) -> Upload:
    """Run the real job."""
    read_upload(upload.pk, upload.attempt)
    upload.refresh_from_db()
    return upload


def stored_and_read(
    project: Project, content: bytes | None = None, name: str = "tickets.csv", purpose: Purpose = Purpose.EXAMPLES
) -> Upload:
    """An upload that was really read."""
    return read(store(project, content, name, purpose))


def frozen_version(project: Project, split_kind: str = "") -> DatasetVersion:
    """A data version that was really checked and frozen."""
    version = version_create(project=project, examples=stored_and_read(project), split_kind=split_kind)
    freeze_version(version.pk, version.attempt)
    version.refresh_from_db()
    return version


def mended_version(version: DatasetVersion) -> DatasetVersion:
    """The owner's pending changes as the next version, really checked and frozen."""
    mended = version_from_corrections(version=version, by=version.project.owner)
    freeze_version(mended.pk, mended.attempt)
    mended.refresh_from_db()
    return mended
