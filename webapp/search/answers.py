"""What the live search shows for one question, ready for its template."""

from collections.abc import Callable, Collection
from typing import Any
from urllib.parse import urlencode

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest

from webapp.runs.exhibits import Exhibit, Exhibits
from webapp.runs.models import Run
from webapp.runs.reports import Report
from webapp.runs.side_by_side import side_by_side
from webapp.search.examples import known_answer
from webapp.search.forms import SearchForm
from webapp.search.services import SearchUnavailable, search_both, search_by_picture, search_by_upload

Found = dict[str, Any]


def answer_to(*, run: Run, report: Report, request: HttpRequest) -> dict[str, Any]:
    """Both lists for what was asked, the problem in words, or neither where nothing was asked.

    `query`: what stands in the page's address, "q=…" or "picture=…"; empty for a picture that was sent.
    """
    if run.project.task == "image-image":
        return _by_picture(run, report, request)
    return _by_words(run, report, request)


def _by_words(run: Run, report: Report, request: HttpRequest) -> dict[str, Any]:
    form = SearchForm(request.GET if "q" in request.GET else None, task=run.project.task)
    if not form.is_valid():
        problem = SearchUnavailable(" ".join(map(str, form.errors.get("q", []))), "") if form.errors else None
        return {"form": form, "text": "", "query": "", "problem": problem}
    text = form.cleaned_data["q"]
    if not text:
        return {"form": form, "text": "", "query": ""}
    answer = _answered(report, lambda: search_both(run=run, text=text), text)
    return {"form": form, "text": text, "query": urlencode({"q": text}), **answer}


def _by_picture(run: Run, report: Report, request: HttpRequest) -> dict[str, Any]:
    if request.method == "POST":
        file = _sent(request)
        if file is None:
            problem = SearchUnavailable("No picture came with this search.", "Choose one, or drop it on the page.")
            return {"query": "", "problem": problem}
        answer = _answered(report, lambda: search_by_upload(run=run, file=file), "")
        return {"query": "", "file_name": file.name, **answer}
    key = request.GET.get("picture", "").strip()[:100]
    if not key:
        return {"query": ""}
    return {"query": urlencode({"picture": key}), **_answered(report, lambda: search_by_picture(run=run, key=key), key)}


def _sent(request: HttpRequest) -> UploadedFile | None:
    """The file that was chosen, or the photo that was taken."""
    files = (request.FILES.get(name) for name in ("file", "photo"))
    return next((file for file in files if isinstance(file, UploadedFile)), None)


def _answered(report: Report, search: Callable[[], Found], asked: str) -> dict[str, Any]:
    """asked: the text, or the picture's key where it is known before the search."""
    try:
        found = search()
    except SearchUnavailable as problem:
        return {"problem": problem}
    told = Exhibits.of_report(report)
    exhibits = Exhibits(
        told.picture_queries,
        told.picture_documents,
        {**told.captions, **found.get("captions", {})},
        {**told.labels, **found.get("labels", {})},
    )
    query = found.get("query", {})
    known = known_answer(report, query.get("key", asked))
    label = query.get("label") or _label_of(report, query.get("key", ""))
    right = {*(known.ids if known else ()), *_of_label(found, label)}
    lists = side_by_side(before=found["before"], after=found["after"], right=right, exhibits=exhibits)
    return {
        "lists": lists,
        "known": known,
        "label": label,
        "searched_with": _searched_with(exhibits, query, label),
        "thumbnail": query.get("thumbnail", ""),
        "same": [each.document_id for each in lists[0].results] == [each.document_id for each in lists[1].results],
        "milliseconds": round(found["milliseconds"]),
    }


def _label_of(report: Report, key: str) -> str:
    """The label of a test picture; empty where it is none, or where pairs say what matches."""
    ids = (str(query["id"]) for query in report["queries"] if key and query["query"] == key)
    labels: dict[str, str] = report.get("labels") or {}
    return next((labels[name] for name in ids if name in labels), "")


def _of_label(found: Found, label: str) -> Collection[str]:
    return {name for name, its in found.get("labels", {}).items() if label and its == label}


def _searched_with(exhibits: Exhibits, query: dict[str, str], label: str) -> Exhibit | None:
    if not query:
        return None
    return Exhibit(exhibits.picture(query["key"]).text, query["key"], label)
