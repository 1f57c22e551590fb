"""What every page of a share link has in common: the check, the headers, the one answer where there is nothing."""

import threading
from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render

from webapp.bridge import report_words
from webapp.runs.reports import Report, report_of
from webapp.sharing.models import ShareLink
from webapp.sharing.selectors import link_by_token
from webapp.sharing.without_texts import without_texts

PublicView = Callable[..., HttpResponseBase]
REFERRER, REFERRER_OF_FORMS = "no-referrer", "same-origin"
"""Neither tells another site where somebody came from. With the first a browser does not tell this server either, and
then a form cannot be told from one of another site: pages with forms have the second."""

MOST_KEPT = 3
_kept: dict[str, tuple[Report, Report]] = {}  # {file: its report, the same without texts}
_lock = threading.Lock()


def shared(*, needs: str = "", forms: bool = False, kept: int = 0) -> Callable[[PublicView], PublicView]:
    """A page for whoever has the address: `view(request, link, report, …)`.

    needs: what the link must allow, such as "with_search". forms: whether the page sends any. kept: seconds for which a
    browser, and nobody on the way, may keep the answer. Unknown, expired and revoked addresses, and what a link does
    not allow, have the same answer. A link without texts has a report without.
    """

    def decorated(view: PublicView) -> PublicView:
        @login_not_required
        @wraps(view)
        def answered(request: HttpRequest, token: str, **more: Any) -> HttpResponseBase:
            try:
                link, report = _opened(token, needs)
                response = view(request, link, report, **more)
            except Http404:
                response = _nothing(request)
            response.headers["Referrer-Policy"] = REFERRER_OF_FORMS if forms else REFERRER
            may_keep = kept and response.status_code == HTTPStatus.OK
            response.headers["Cache-Control"] = f"private, max-age={kept}" if may_keep else "private, no-store"
            response.headers["X-Robots-Tag"] = "noindex, nofollow"
            return response

        return answered

    return decorated


def _opened(token: str, needs: str) -> tuple[ShareLink, Report]:
    link = link_by_token(token=token)
    report = report_of(run=link.run) if link else None
    if link is None or report is None or (needs and not getattr(link, needs)):
        raise Http404
    link.token = token
    return link, report if link.with_texts else _numbered(str(link.run.report.name), report)


def _numbered(name: str, report: Report) -> Report:
    """The report without texts, kept for the next page that asks: making one takes long where there are very many
    questions. name: of the report's file."""
    with _lock:
        source, told = _kept.get(name, (None, None))
        if told is None or source is not report:
            words = report_words(report).by_name()
            told = without_texts(report, query_word=words["Question"], item_word=words["Item"])
            _kept[name] = (report, told)
        while len(_kept) > MOST_KEPT:
            del _kept[next(iter(_kept))]
        return told


def _nothing(request: HttpRequest) -> HttpResponse:
    return render(request, "sharing/nothing.html", status=404)


@shared()
def nothing_here(request: HttpRequest, link: ShareLink, report: Report, **more: str) -> HttpResponse:
    """Any other address below a link."""
    raise Http404


def frame(link: ShareLink, report: Report) -> dict[str, Any]:
    """What templates need to stand in the frame of a link: no way into the application."""
    return {
        "share": link,
        "frame": "sharing/frame.html",
        "run": link.run,
        "project": None,
        "words": report_words(report).by_name(),
    }
