"""The report as one file to pass on."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from webapp.reports.offline import offline_report
from webapp.reports.views import file_stem, with_report
from webapp.runs.models import Run
from webapp.runs.reports import Report


@require_GET
@with_report
def report_html(request: HttpRequest, run: Run, report: Report) -> HttpResponse:
    """One HTML file, always as a download: it has a policy of its own, and is no page of this server."""
    return html_download(run=run, report=report)


def html_download(*, run: Run, report: Report) -> HttpResponse:
    """The one-file report as a download."""
    disposition = f'attachment; filename="{file_stem(run)}-report.html"'
    content = offline_report(run=run, report=report)
    return HttpResponse(content, content_type="text/html; charset=utf-8", headers={"Content-Disposition": disposition})
