"""Files to take away: example tables to start from, and the rows that were left out."""

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from webapp.datasets.doubts import doubts_workbook
from webapp.datasets.examples import EXAMPLE_FILES, PICTURE_FILES, example_file
from webapp.datasets.rejected import rejected_workbook
from webapp.datasets.selectors import version_for_user

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TYPES = {"csv": "text/csv; charset=utf-8", "xlsx": XLSX}


@require_GET
def template_file(request: HttpRequest, name: str) -> HttpResponse:
    """An example table to start from, as CSV or XLSX."""
    if name not in EXAMPLE_FILES and name not in PICTURE_FILES:
        raise Http404("No such example file")
    return _download(example_file(name=name), name)


@require_GET
def version_rejected(request: HttpRequest, project_id: int, number: int) -> HttpResponse:
    """The rows that were left out, with the reasons, as a workbook."""
    version = version_for_user(user=request.user, project_id=project_id, number=number)
    return _download(rejected_workbook(rows=version.rejected), f"left out of version {version.number}.xlsx")


@require_GET
def version_doubts(request: HttpRequest, project_id: int, number: int) -> HttpResponse:
    """The pairs that people doubt, for correcting the labels, as a workbook."""
    version = version_for_user(user=request.user, project_id=project_id, number=number)
    return _download(doubts_workbook(version=version), f"doubtful pairs of version {version.number}.xlsx")


def _download(content: bytes, name: str) -> HttpResponse:
    kind = TYPES[name.rsplit(".", 1)[-1]]
    return HttpResponse(content, content_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})
