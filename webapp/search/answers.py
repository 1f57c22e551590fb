"""What the live search shows for one question, ready for its template."""

from collections.abc import Callable, Collection
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest

from webapp.runs.exhibits import Exhibit, Exhibits
from webapp.runs.models import Run
from webapp.runs.reports import Report
from webapp.runs.side_by_side import side_by_side
from webapp.search.catalogues import catalogue_used
from webapp.search.examples import KnownAnswer, folded, known_answer
from webapp.search.forms import SearchForm
from webapp.search.models import Catalogue
from webapp.search.selectors import chosen_catalogue
from webapp.search.sent import NONE_CAME, sent_picture
from webapp.search.services import (
    Found,
    SearchUnavailable,
    always,
    search_both,
    search_by_picture,
    search_by_upload,
)

GONE = SearchUnavailable(
    "The catalogue that this address names is no longer kept.", "Choose another one, or bring the file once more."
)


def answer_to(
    *, run: Run, report: Report, request: HttpRequest, brought: bool = True, admit: Callable[[], None] = always
) -> dict[str, Any]:
    """Both lists for what was asked, the problem in words, or neither where nothing was asked. brought: whether
    catalogues that people brought may be searched. admit: called before a search; raises SearchUnavailable where there
    may be none now.

    `query`: what stands in the page's address, such as "q=…", "picture=…" or "q=…&in=2"; empty where nothing was asked
    of the run's own catalogue, and for a picture that was sent. `searched_catalogue`: the one that is searched, None
    for the run's own. `chosen`: its number as the address has it.
    """
    chosen = (request.POST if request.method == "POST" else request.GET).get("in", "").strip()[:20] if brought else ""
    catalogue = chosen_catalogue(run=run, asked=chosen) if chosen else None
    where = {"in": chosen} if catalogue else {}
    told: dict[str, Any] = {"searched_catalogue": catalogue, "chosen": chosen if catalogue else ""}
    asker = _by_picture if run.project.task == "image-image" else _by_words
    gone = GONE if chosen and not catalogue else None
    return {**told, **asker(_Search(run, report, catalogue, where, gone, admit), request)}


class _Search:
    """One question's surroundings: the run, its report, and where to search."""

    def __init__(
        self,
        run: Run,
        report: Report,
        catalogue: Catalogue | None,
        where: dict[str, str],
        refusal: SearchUnavailable | None,
        admit: Callable[[], None],
    ) -> None:
        self.run, self.report, self.catalogue, self.where = run, report, catalogue, where
        self.refusal, self.admit = refusal, admit

    def query(self, **asked: str) -> str:
        return urlencode({**asked, **self.where})

    def answered(self, search: Callable[[], Found], asked: str) -> dict[str, Any]:
        """asked: the text, or the picture's key where it is known before the search."""
        if self.refusal:
            return {"problem": self.refusal}
        try:
            self.admit()
            found = search()
        except SearchUnavailable as problem:
            return {"problem": problem}
        if self.catalogue is not None:
            catalogue_used(catalogue=self.catalogue)
        return self._shown(found, asked)

    def _shown(self, found: Found, asked: str) -> dict[str, Any]:
        told = Exhibits.of_report(self.report)
        exhibits = Exhibits(
            told.picture_queries,
            told.picture_documents,
            {**told.captions, **found.get("captions", {})},
            {**told.labels, **found.get("labels", {})} if self.catalogue is None else found.get("labels", {}),
        )
        query = found.get("query", {})
        known = known_answer(self.report, query.get("key", asked))
        label = query.get("label") or _label_of(self.report, query.get("key", ""))
        right = {*self._right_ids(found, known), *_of_label(found, label)}
        lists = side_by_side(before=found["before"], after=found["after"], right=right, exhibits=exhibits)
        elsewhere = self.catalogue is not None and bool(label)  # what has the label in the run's own is not there
        return {
            "lists": lists,
            "known": None if elsewhere else known,
            "label": label if not elsewhere or found.get("labels") else "",
            "searched_with": _searched_with(exhibits, query, label),
            "thumbnail": query.get("thumbnail", ""),
            "same": [each.document_id for each in lists[0].results] == [each.document_id for each in lists[1].results],
            "milliseconds": round(found["milliseconds"]),
        }

    def _right_ids(self, found: Found, known: KnownAnswer | None) -> Collection[str]:
        """In a catalogue that somebody brought, items go by other ids: the right ones are those that say the same."""
        if known is None or self.catalogue is None:
            return known.ids if known else ()
        says = {folded(item.picture or item.text) for item in known.items}
        hits = [*found["before"], *found["after"]]
        return {name for name, content, _ in hits if folded(content) in says}


def _by_words(search: _Search, request: HttpRequest) -> dict[str, Any]:
    run = search.run
    form = SearchForm(request.GET if "q" in request.GET else None, task=run.project.task)
    if not form.is_valid():
        problem = SearchUnavailable(" ".join(map(str, form.errors.get("q", []))), "") if form.errors else search.refusal
        return {"form": form, "text": "", "query": search.query(), "problem": problem}
    text = form.cleaned_data["q"]
    if not text:
        return {"form": form, "text": "", "query": search.query(), "problem": search.refusal}
    answer = search.answered(lambda: search_both(run=run, text=text, catalogue=search.catalogue), text)
    return {"form": form, "text": text, "query": search.query(q=text), **answer}


def _by_picture(search: _Search, request: HttpRequest) -> dict[str, Any]:
    run, catalogue = search.run, search.catalogue
    if request.method == "POST":
        file = sent_picture(request)
        if file is None:
            return {"query": search.query(), "problem": NONE_CAME}
        answer = search.answered(lambda: search_by_upload(run=run, file=file, catalogue=catalogue), "")
        return {"query": search.query(), "file_name": file.name, **answer}
    key = request.GET.get("picture", "").strip()[:100]
    if not key:
        return {"query": search.query(), "problem": search.refusal}
    answer = search.answered(lambda: search_by_picture(run=run, key=key, catalogue=catalogue), key)
    return {"query": search.query(picture=key), **answer}


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
    return Exhibit(query.get("caption") or exhibits.picture(query["key"]).text, query["key"], label)
