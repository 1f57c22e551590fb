"""Catalogues that people bring to the live search: taking in, limits, embedding, searching, forgetting."""

import io
import os
import zipfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.flows.conftest import tiny_model  # noqa: F401  fixture
from tests.trainer.data.pictures import encoded, picture
from tests.webapp.arrivals import sending
from tests.webapp.datasets.making import workbook_bytes
from tests.webapp.reports.factory import make_report, realistic_ranks
from tests.webapp.reports.rows import make_run, make_version
from tests.webapp.search.picture_models import make_searchable_run
from tests.webapp.search.test_services import finished_run
from webapp.accounts.models import Person
from webapp.datasets.services import RefusedError
from webapp.projects.models import Project
from webapp.queue.models import WorkStatus
from webapp.runs.models import Run
from webapp.search import catalogues, models_cache
from webapp.search.catalogues import (
    catalogue_delete,
    catalogue_retry,
    catalogue_store,
    catalogue_used,
    catalogues_sweep,
)
from webapp.search.jobs import embed_catalogue, search_by_picture, search_pair
from webapp.search.models import Catalogue
from webapp.search.services import SearchUnavailable, search_both

pytestmark = pytest.mark.django_db
ClientOf = Callable[[Person], Client]


@pytest.fixture(autouse=True)
def nothing_warm() -> None:
    """What another test loaded may have been of a run of the same number."""
    models_cache._warm.clear()
    models_cache._warm_catalogues.clear()


def lines(text: str = "babo cedi\ndufa gilo\nhame kipu\n", name: str = "items.txt") -> ContentFile:
    return ContentFile(text.encode(), name=name)


@pytest.fixture
def run(owner: Person) -> Run:
    """A finished run of the owner, with a report and no real model."""
    return make_run(make_version(owner), make_report(realistic_ranks(30)))


def url(run: Run, name: str, *more: object) -> str:
    return reverse(name, args=(run.project_id, run.number, *more))


def test_a_file_is_stored_numbered_and_queued(run: Run, owner: Person) -> None:
    first = catalogue_store(run=run, user=owner, file=lines())
    second = catalogue_store(run=run, user=owner, file=lines(name="C:\\me\\stock.csv"))
    assert [(each.number, each.name, each.status) for each in (first, second)] == [
        (1, "items.txt", WorkStatus.QUEUED),
        (2, "stock.csv", WorkStatus.QUEUED),
    ]
    assert default_storage.open(str(first.file.name)).read().startswith(b"babo")


@pytest.mark.parametrize(
    ("file", "words"),
    [
        (lines("", "items.txt"), "empty"),
        (lines(name="photo.png"), "not a kind of file"),
        (lines(name="a.xls"), "old Excel"),
    ],
)
def test_what_cannot_be_a_catalogue_is_refused(file: ContentFile, words: str, run: Run, owner: Person) -> None:
    with pytest.raises(RefusedError, match=words) as caught:
        catalogue_store(run=run, user=owner, file=file)
    assert caught.value.remedy
    assert not run.catalogues.exists()


def test_only_so_many_at_a_time_and_nothing_is_left_of_the_one_too_many(run: Run, owner: Person) -> None:
    for _ in range(catalogues.MOST):
        catalogue_store(run=run, user=owner, file=lines())
    there = default_storage.listdir(f"catalogues/{run.pk}")[1]
    with pytest.raises(RefusedError, match="has 3 catalogues of your own already"):
        catalogue_store(run=run, user=owner, file=lines())
    assert default_storage.listdir(f"catalogues/{run.pk}")[1] == there
    catalogue_delete(catalogue=run.catalogues.get(number=1))
    assert catalogue_store(run=run, user=owner, file=lines()).number == 4


@pytest.mark.django_db(transaction=True)
def test_the_job_embeds_it_and_the_search_finds_in_it(
    tiny_model: Path,  # noqa: F811
    tmp_path: Path,
    owner: Person,
) -> None:
    run = finished_run(tiny_model, tmp_path)
    brought = catalogue_store(run=run, user=owner, file=lines("babo cedi\ndufa gilo\nbabo cedi\n\n"))
    with pytest.raises(SearchUnavailable, match=r"“items\.txt” cannot be searched yet"):
        search_both(run=run, text="babo", catalogue=brought)
    came = str(brought.file.name)
    embed_catalogue(brought.pk, 1)
    brought.refresh_from_db()
    assert (brought.status, brought.fraction, brought.error) == (WorkStatus.DONE, 1.0, {})
    assert (brought.facts["n_items"], brought.facts["n_duplicates"], brought.facts["column"]) == (2, 1, "line")
    assert not brought.file
    assert not default_storage.exists(came)
    found = search_pair(run.pk, "dufa gilo", 5, brought.pk)
    assert [text for _, text, _ in found["before"]] == ["dufa gilo", "babo cedi"]
    own = search_pair(run.pk, "dufa gilo", 5)
    assert len(own["before"]) == 5
    pk = brought.pk
    catalogue_delete(catalogue=brought)
    models_cache.cache_sweep()
    assert search_pair(run.pk, "dufa", 5, pk)["problem"]["cause"] == "This catalogue is no longer kept."
    assert not default_storage.exists(str(brought.index.name))


@pytest.mark.django_db(transaction=True)
def test_a_file_that_asks_waits_and_can_be_read_another_way(
    tiny_model: Path,  # noqa: F811
    tmp_path: Path,
    owner: Person,
    outsider: Person,
    client_of: ClientOf,
) -> None:
    run = finished_run(tiny_model, tmp_path)
    Project.objects.filter(pk=run.project_id).update(owner=owner)
    sheets: dict[str, list[tuple[str, ...]]] = {
        "Old": [("item",), ("babo cedi",), ("gilo hame",)],
        "New": [("item", "code"), ("dufa gilo", "hame"), ("kipu babo", "cedi")],
    }
    file = ContentFile(workbook_bytes(sheets), name="stock.xlsx")
    brought = catalogue_store(run=run, user=owner, file=file)

    def embedded() -> str:
        brought.refresh_from_db()
        embed_catalogue(brought.pk, brought.attempt)
        brought.refresh_from_db()
        assert (brought.status, brought.error) == (WorkStatus.DONE, {})
        return client_of(owner).get(url(run, "catalogues_status"), {"in": "1"}).content.decode()

    def found(text: str) -> set[str]:
        return {item for _, item, _ in search_pair(run.pk, text, 5, brought.pk)["before"]}

    page = embedded()
    assert "Which sheet of “stock.xlsx” has your items?" in page and "Use this sheet" in page and "kipu babo" in page
    again = url(run, "catalogue_reread", 1)
    assert client_of(outsider).post(again, {"sheet": "New"}).status_code == 404
    client_of(owner).post(again, {"sheet": "New"})
    page = embedded()
    assert "The items are those of the column “item”" in page and "code: hame" in page
    assert found("babo") == {"dufa gilo", "kipu babo"}
    first = str(brought.index.name)
    choices = {"sheet": "New", "header": "yes", "column": "code"}
    there = "http://testserver" + url(run, "search") + "?q=babo&in=1"
    answer = client_of(owner).post(again, choices, headers={"Referer": there})
    assert answer["Location"] == f"{url(run, 'search')}?q=babo&in=1", "what was asked stays"
    assert "column “code”" in embedded() and found("babo") == {"hame", "cedi"}
    assert not default_storage.exists(first)
    # of another sheet, a column of this one says nothing
    client_of(owner).post(again, {**choices, "sheet": "Old"})
    assert "column “item”" in embedded() and found("babo") == {"babo cedi", "gilo hame"}
    kept = str(brought.file.name)
    catalogue_delete(catalogue=brought)
    assert not default_storage.exists(kept)


@pytest.mark.django_db(transaction=True)
def test_pictures_are_embedded_and_searched_by_words_and_by_picture(
    owner: Person, tmp_path: Path, client_of: ClientOf
) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for number, label in enumerate(("vase", "lamp")):
            archive.writestr(f"{label}/{number}.png", encoded(picture(label, number)))
    for task in ("text-image", "image-image"):
        run = make_searchable_run(owner, task, tmp_path / task, queries=6)
        brought = catalogue_store(run=run, user=owner, file=ContentFile(stream.getvalue(), name="shop.zip"))
        embed_catalogue(brought.pk, 1)
        brought.refresh_from_db()
        assert brought.error == {}
        if task == "text-image":
            found = search_pair(run.pk, "anything", 5, brought.pk)
        else:
            key = next(name for name in zipfile.ZipFile(brought.pictures.open("rb")).namelist() if "/" not in name)
            found = search_by_picture(run.pk, key, 5, brought.pk)
            assert (found["query"]["label"], found["query"]["caption"]) == ("vase", "0.png")
            assert [found["labels"][name] for name, _, _ in found["before"]] == ["lamp"]
        assert set(found["captions"].values()) <= {"0.png", "1.png"}
        assert found["before"]
        page = client_of(owner).get(reverse("search", args=(run.project_id, run.number))).content.decode()
        assert "2 pictures</small>" in page


@pytest.mark.django_db(transaction=True)
def test_a_file_without_items_fails_in_words_and_can_be_tried_again(run: Run, owner: Person) -> None:
    brought = catalogue_store(run=run, user=owner, file=lines("<html>no</html>"))
    embed_catalogue(brought.pk, 1)
    brought.refresh_from_db()
    assert brought.status == WorkStatus.FAILED
    assert "items.txt: This is a web page" in brought.error["cause"]
    assert default_storage.exists(str(brought.file.name)), "for another try"
    assert catalogue_retry(catalogue=brought)
    assert (brought.status, brought.attempt) == (WorkStatus.QUEUED, 2)


@pytest.mark.django_db(transaction=True)
def test_what_nobody_searches_is_forgotten_and_so_are_files_of_deleted_runs(run: Run, owner: Person) -> None:
    old, fresh = (catalogue_store(run=run, user=owner, file=lines()) for _ in range(2))
    long_ago = timezone.now() - catalogues.KEPT - timedelta(hours=1)
    Catalogue.objects.all().update(used_at=long_ago, status=WorkStatus.DONE)
    catalogue_used(catalogue=fresh)
    catalogues_sweep()
    assert list(run.catalogues.all()) == [fresh]
    assert not default_storage.exists(str(old.file.name))
    run.delete()
    catalogues_sweep()
    assert default_storage.exists(str(fresh.file.name)), "it may be of a file that is just arriving"
    long_past = timezone.now() - catalogues.ARRIVING - timedelta(hours=1)
    default_storage_set_time(str(fresh.file.name), long_past.timestamp())
    catalogues_sweep()
    assert not default_storage.exists(str(fresh.file.name))


def default_storage_set_time(name: str, seconds: float) -> None:
    os.utime(default_storage.path(name), (seconds, seconds))


@pytest.mark.parametrize("name", ["catalogue_cancel", "catalogue_retry", "catalogue_delete"])
def test_only_the_owner_changes_it(
    name: str, run: Run, owner: Person, teammate: Person, outsider: Person, client_of: ClientOf
) -> None:
    brought = catalogue_store(run=run, user=owner, file=lines())
    for person in (teammate, outsider):
        assert client_of(person).post(url(run, name, brought.number)).status_code == 404
    brought.refresh_from_db()
    assert (brought.status, brought.attempt) == (WorkStatus.QUEUED, 1)
    assert client_of(owner).get(url(run, name, brought.number)).status_code == 405
    answer = client_of(owner).post(url(run, name, brought.number))
    assert answer["Location"].startswith(url(run, "search"))
    assert client_of(owner).post(url(run, name, 99)).status_code == 404


def test_only_the_owner_brings_one_and_sees_it(
    run: Run, owner: Person, teammate: Person, outsider: Person, client_of: ClientOf
) -> None:
    def sent() -> dict[str, SimpleUploadedFile]:
        return {"file": SimpleUploadedFile("items.txt", b"babo\ndufa\n")}

    for person in (teammate, outsider):
        assert client_of(person).post(url(run, "catalogue_create"), sent()).status_code == 404
        assert client_of(person).get(url(run, "catalogues_status")).status_code == 404
    assert not run.catalogues.exists()
    answer = client_of(owner).post(url(run, "catalogue_create"), sent(), headers={"Accept": "application/json"})
    assert (answer.status_code, answer.json()) == (201, {"url": f"{url(run, 'search')}?in=1"})
    refused = client_of(owner).post(url(run, "catalogue_create"), {}, headers={"Accept": "application/json"})
    assert (refused.status_code, refused.json()["cause"]) == (422, "No file was chosen.")
    part = client_of(owner).get(url(run, "catalogues_status"), {"in": "1"})
    assert "next in line" in part.content.decode()
    seen = {"seen": f"1{WorkStatus.QUEUED}0-1", "in": "1"}
    assert client_of(owner).get(url(run, "catalogues_status"), seen).status_code == 204


def test_a_large_one_comes_in_parts(run: Run, owner: Person, teammate: Person, client_of: ClientOf) -> None:
    client, begins = client_of(owner), url(run, "catalogue_begin")
    assert sending.begin(client_of(teammate), run.project, 10, "items.txt", begins).status_code == 404
    where = sending.begin(client, run.project, 10, "items.txt", begins)["Location"]
    sending.part(client, where, 0, b"babo\n")
    page = client.get(url(run, "search")).content.decode()
    assert f'data-arrival="{where}" data-name="items.txt" data-size="10"' in page
    sending.part(client, where, 5, b"dufa\n")
    form = {"arrived": where.split("/")[-2], "asked": "?q=babo"}
    answers = [client.post(url(run, "catalogue_create"), form, headers=sending.TUS) for _ in range(2)]
    assert [answer.json() for answer in answers] == [{"url": f"{url(run, 'search')}?q=babo&in=1"}] * 2
    assert default_storage.open(str(run.catalogues.get().file.name)).read() == b"babo\ndufa\n"
    for _ in range(catalogues.MOST - 1):
        catalogue_store(run=run, user=owner, file=lines())
    full = sending.begin(client, run.project, 10, "items.txt", begins)
    assert (full.status_code, "3 catalogues" in full.json()["cause"]) == (422, True)  # type: ignore[attr-defined]


def test_it_is_sent_with_a_token_only(run: Run, owner: Person) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(owner)
    assert client.post(url(run, "catalogue_create"), {"file": lines()}).status_code == 403
    assert not run.catalogues.exists()


def test_the_page_says_where_it_searches_and_what_is_gone(run: Run, owner: Person, client_of: ClientOf) -> None:
    brought = catalogue_store(run=run, user=owner, file=lines())
    facts = {"n_items": 1204, "column": "title", "n_duplicates": 2, "n_rejected": 1}
    facts |= {"rejected": [{"row": 3, "reason": "is empty."}]}
    Catalogue.objects.filter(pk=brought.pk).update(status=WorkStatus.DONE, index="catalogues/x.zip", facts=facts)
    page = client_of(owner).get(url(run, "search"), {"in": "1"}).content.decode()
    for words in ("1,204", "column “title”", "2</span> that came twice count once", "row 3 is empty."):
        assert words in page
    gone = client_of(owner).get(url(run, "search_results"), {"q": "keys", "in": "7"}).content.decode()
    assert "no longer kept" in gone
    asked = client_of(owner).get(url(run, "search_results"), {"q": "keys", "in": "1"})
    assert asked["HX-Replace-Url"] == f"{url(run, 'search')}?q=keys&in=1"
