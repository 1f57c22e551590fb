"""Browse the rows of a data version, correct them, and save the corrections as the next version."""

from typing import Any, cast
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from webapp.accounts.models import Person
from webapp.datasets import corrections
from webapp.datasets.browsing import Editing, rows_page, table_of
from webapp.datasets.models import DatasetVersion
from webapp.datasets.selectors import version_for_user
from webapp.datasets.services import RefusedError


@require_GET
def version_rows(request: HttpRequest, project_id: int, number: int) -> HttpResponse:
    """One page of the rows; with `edit` one of them can be written anew."""
    version = version_for_user(user=request.user, project_id=project_id, number=number)
    asked = request.GET.get("edit", "")
    editing = Editing(int(asked)) if asked.isdecimal() and len(asked) < 10 else None
    return _rows(request, version, request.GET, editing)


def _rows(
    request: HttpRequest, version: DatasetVersion, asked: Any, editing: Editing | None, status: int = 200
) -> HttpResponse:
    search, page = asked.get("q", "")[:200], asked.get("page", "1")
    shown = rows_page(version=version, by=request.user, search=search, page=page, editing=editing)
    newest = version.project.versions.order_by("-number").values_list("number", flat=True).first() or version.number
    context = {"project": version.project, "version": version, "next_number": newest + 1, **shown}
    return render(request, "datasets/rows.html", context, status=status)


@require_POST
def row_edit(request: HttpRequest, project_id: int, number: int, row: int) -> HttpResponse:
    """Write the cells of a row anew."""
    version = version_for_user(user=request.user, project_id=project_id, number=number)
    entered = {column: request.POST[column] for column in ("question", "item") if column in request.POST}
    try:
        corrections.row_edit(version=version, by=_person(request), row=row, entered=entered, table=table_of(version))
    except corrections.CellError as error:
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
def correction_undo(request: HttpRequest, project_id: int, number: int, correction_id: int) -> HttpResponse:
    """Take one change back."""
    version = version_for_user(user=request.user, project_id=project_id, number=number)
    corrections.correction_undo(version=version, by=_person(request), correction_id=correction_id)
    return _back(request, version)


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
    place = {name: value for name in ("q", "page") if (value := request.POST.get(name))}
    url = reverse("version_rows", args=(version.project_id, version.number))
    return redirect(f"{url}?{urlencode(place)}{anchor}" if place else f"{url}{anchor}")
