"""Browse the rows of a data version, correct them, and save the corrections as the next version."""

from typing import Any, cast
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from webapp.accounts.models import Person
from webapp.bridge.rows import EDITABLE
from webapp.datasets import corrections
from webapp.datasets.browsing import Asked, Editing, row_number, rows_page, table_of
from webapp.datasets.cells import CellError
from webapp.datasets.changes import change_groups
from webapp.datasets.models import DatasetVersion
from webapp.datasets.new_rows import NewRow, new_row
from webapp.datasets.selectors import version_for_user
from webapp.datasets.services import RefusedError
from webapp.projects.models import Task


@require_GET
def version_rows(request: HttpRequest, project_id: int, number: int) -> HttpResponse:
    """One page of the rows; with `edit` one of them can be written anew, also named by its question and item."""
    version = version_for_user(user=request.user, project_id=project_id, number=number)
    if "question_id" in request.GET:
        found = row_number(table_of(version), request.GET["question_id"], request.GET.get("item_id", ""))
        url = reverse("version_rows", args=(project_id, number))
        # no fragment: a browser gives no field the focus where an address has one
        return redirect(f"{url}?edit={found}" if found else url)
    asked = request.GET.get("edit", "")
    editing = Editing(int(asked)) if asked.isdecimal() and len(asked) < 10 else None
    adding = new_row(version=version, asked=request.GET["add"]) if "add" in request.GET else None
    return _rows(request, version, request.GET, editing, adding)


def _rows(
    request: HttpRequest,
    version: DatasetVersion,
    sent: Any,
    editing: Editing | None,
    adding: NewRow | None = None,
    status: int = 200,
) -> HttpResponse:
    asked = Asked(sent.get("q", "")[:200], sent.get("page", ""), sent.get("finding", "")[:40])
    shown = rows_page(version=version, table=table_of(version), by=request.user, asked=asked, editing=editing)
    newest = version.project.versions.order_by("-number").values_list("number", flat=True).first() or version.number
    place = {"q": asked.search, "finding": asked.finding}
    place = {name: value for name, value in place.items() if value}
    context = {
        "project": version.project,
        "version": version,
        "next_number": newest + 1,
        "place": {**place, "page": shown["page"].number},
        "place_words": urlencode(place),
        "adding": adding,
        "can_add": version.project.task == Task.TEXT_TEXT,
        "changes": change_groups(pending=shown["pending"], findings=version.findings),
        **shown,
    }
    return render(request, "datasets/rows.html", context, status=status)


@require_POST
def row_edit(request: HttpRequest, project_id: int, number: int, row: int) -> HttpResponse:
    """Write the cells of a row anew."""
    version = version_for_user(user=request.user, project_id=project_id, number=number)
    entered = {column: request.POST[column] for column in EDITABLE if column in request.POST}
    try:
        corrections.row_edit(version=version, by=_person(request), row=row, entered=entered, table=table_of(version))
    except CellError as error:
        editing = Editing(row, entered, {error.column: str(error)})
        return _rows(request, version, request.POST, editing, status=422)
    return _back(request, version, f"#row-{row}")


@require_POST
def row_drop(request: HttpRequest, project_id: int, number: int, row: int) -> HttpResponse:
    """Leave a row out of the next version."""
    version = version_for_user(user=request.user, project_id=project_id, number=number)
    corrections.row_drop(version=version, by=_person(request), row=row, table=table_of(version))
    return _back(request, version, f"#row-{row}")


@require_POST
def row_add(request: HttpRequest, project_id: int, number: int) -> HttpResponse:
    """A row that the data does not have: written by hand, or what a person decided of a contradiction."""
    version = version_for_user(user=request.user, project_id=project_id, number=number)
    entered = {column: request.POST.get(column, "") for column in ("question", "item", "match")}
    finding = request.POST.get("decides", "")[:40]
    try:
        corrections.row_add(
            version=version, by=_person(request), entered=entered, table=table_of(version), finding=finding
        )
    except CellError as error:
        adding = NewRow(entered["question"], entered["item"], entered["match"] != "no", error.column, str(error))
        return _rows(request, version, request.POST, None, adding, status=422)
    except RefusedError as refused:
        messages.error(request, str(refused))
        return _back(request, version)
    if finding:
        return _to_finding(version, finding)
    messages.success(request, "The row is added. It waits among your changes until you save them as the next version.")
    return _back(request, version)


@require_POST
def finding_fix(request: HttpRequest, project_id: int, number: int, kind: str) -> HttpResponse:
    """What the click on a finding does; with `undo`, take it back."""
    version = version_for_user(user=request.user, project_id=project_id, number=number)
    if "undo" in request.POST:
        count = corrections.finding_undo(version=version, by=_person(request), kind=kind)
        messages.success(request, f"{count:,} change{'' if count == 1 else 's'} taken back.")
    else:
        count = corrections.finding_fix(version=version, by=_person(request), kind=kind, table=table_of(version))
        changes = "1 change waits" if count == 1 else f"{count:,} changes wait"
        messages.success(request, f"{changes} until you save them as the next version.")
    return _back(request, version) if "rows" in request.POST else _to_finding(version, kind)


@require_POST
def correction_undo(request: HttpRequest, project_id: int, number: int, correction_id: int) -> HttpResponse:
    """Take one change back."""
    version = version_for_user(user=request.user, project_id=project_id, number=number)
    corrections.correction_undo(version=version, by=_person(request), correction_id=correction_id)
    return _to_finding(version, request.POST["back"]) if request.POST.get("back") else _back(request, version)


@require_POST
def corrections_discard(request: HttpRequest, project_id: int, number: int) -> HttpResponse:
    """Take all changes back."""
    version = version_for_user(user=request.user, project_id=project_id, number=number)
    count = corrections.corrections_discard(version=version, by=_person(request))
    messages.success(request, f"{count:,} change{'' if count == 1 else 's'} discarded. The rows are as they were.")
    return _back(request, version)


@require_POST
def corrections_save(request: HttpRequest, project_id: int, number: int) -> HttpResponse:
    """Make the next version with the changes."""
    version = version_for_user(user=request.user, project_id=project_id, number=number)
    try:
        mended = corrections.version_from_corrections(version=version, by=_person(request))
    except RefusedError as refused:
        messages.error(request, str(refused))
        return _back(request, version)
    return redirect("version_detail", project_id, mended.number)


def _person(request: HttpRequest) -> Person:
    return cast(Person, request.user)


def _back(request: HttpRequest, version: DatasetVersion, anchor: str = "") -> HttpResponse:
    """To the page of rows that the person came from."""
    place = {name: value for name in ("q", "page", "finding") if (value := request.POST.get(name))}
    url = reverse("version_rows", args=(version.project_id, version.number))
    return redirect(f"{url}?{urlencode(place)}{anchor}" if place else f"{url}{anchor}")


def _to_finding(version: DatasetVersion, kind: str) -> HttpResponse:
    """To the finding on the page of the version."""
    kinds = {finding["kind"] for finding in version.findings}
    anchor = f"#finding-{kind}" if kind in kinds else ""
    return redirect(f"{reverse('version_detail', args=(version.project_id, version.number))}{anchor}")
