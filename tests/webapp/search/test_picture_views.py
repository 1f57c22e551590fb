"""The live search of the tasks with pictures: who may, what is refused, and that nothing sent is kept."""

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from tests.webapp.reports.factory import realistic_ranks
from tests.webapp.reports.pictures import draw_picture, make_picture_run
from webapp.accounts.models import Person
from webapp.queue.doorbell import redis_connection
from webapp.runs.models import Run
from webapp.runs.reports import report_of
from webapp.search.answers import _Search
from webapp.search.models import Catalogue
from webapp.search.services import MOST_PICTURE_BYTES

ClientOf = Callable[[Person], Client]


@pytest.fixture
def run(owner: Person, tmp_path: Path) -> Run:
    """A finished run that finds similar pictures, with 20 test pictures and labels."""
    return make_picture_run(owner, "image-image", tmp_path, realistic_ranks(20), by_label=True)


@pytest.fixture(autouse=True)
def _no_redis(settings: Settings, tmp_path: Path) -> Iterator[None]:
    """Nobody answers: these tests are about what happens before and around the search itself."""
    settings.REDIS_URL = f"unix://{tmp_path}/nobody.sock"
    redis_connection.cache_clear()
    yield
    redis_connection.cache_clear()


def url(run: Run, name: str = "search") -> str:
    return reverse(name, args=(run.project_id, run.number))


def file_of(number: int = 0) -> SimpleUploadedFile:
    content = io.BytesIO()
    draw_picture(number).save(content, "PNG")
    return SimpleUploadedFile("shoe.png", content.getvalue(), "image/png")


def stored_queries() -> list[str]:
    return default_storage.listdir("queries")[1] if default_storage.exists("queries") else []


@pytest.mark.parametrize("name", ["search", "search_results"])
def test_only_the_owner_searches(
    name: str, run: Run, owner: Person, teammate: Person, outsider: Person, client_of: ClientOf
) -> None:
    assert client_of(owner).get(url(run, name)).status_code == 200
    assert client_of(owner).post(url(run, name), {"file": file_of()}).status_code == 200
    for person in (teammate, outsider):
        assert client_of(person).get(url(run, name), {"picture": "a"}).status_code == 404
        assert client_of(person).post(url(run, name), {"file": file_of()}).status_code == 404
    assert "/login/" in Client().post(url(run, name), {"file": file_of()})["Location"]


def test_a_form_from_another_site_is_refused(run: Run, owner: Person) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(owner)
    assert strict.post(url(run, "search_results"), {"file": file_of()}).status_code == 403


def test_the_page_offers_drop_file_camera_and_test_pictures(run: Run, owner: Person, client_of: ClientOf) -> None:
    page = client_of(owner).get(url(run)).content.decode()
    assert 'enctype="multipart/form-data"' in page
    assert 'accept="image/*" capture="environment"' in page
    assert page.count('href="?picture=') == 12
    assert 'alt="shapes/picture-6' in page
    assert "style=" not in page


def test_a_picture_of_the_data_stands_in_the_address(run: Run, owner: Person, client_of: ClientOf) -> None:
    part = client_of(owner).get(url(run, "search_results"), {"picture": "abc.png"})
    text = part.content.decode()
    assert "The search is not running at the moment." in text
    assert f'hx-get="{url(run, "search_results")}?picture=abc.png"' in text
    assert part["HX-Replace-Url"] == f"{url(run)}?picture=abc.png"


@pytest.mark.parametrize("name", ["file", "photo"])
def test_a_sent_picture_is_not_kept_even_when_nobody_answers(
    name: str, run: Run, owner: Person, client_of: ClientOf
) -> None:
    part = client_of(owner).post(url(run, "search_results"), {name: file_of()})
    text = part.content.decode()
    assert "The search is not running at the moment." in text
    assert "data-again" in text  # the page sends it once more
    assert part["HX-Replace-Url"] == url(run)
    assert stored_queries() == []


def test_what_is_no_picture_to_send_is_said_in_words(run: Run, owner: Person, client_of: ClientOf) -> None:
    client = client_of(owner)
    assert "No picture came with this search." in client.post(url(run, "search_results")).content.decode()
    empty = client.post(url(run), {"file": SimpleUploadedFile("empty.png", b"")})
    assert "“empty.png” is empty (0 bytes)." in empty.content.decode()
    huge = SimpleUploadedFile("huge.png", b"x" * (MOST_PICTURE_BYTES + 1))
    assert "The picture has 21 MB." in client.post(url(run), {"file": huge}).content.decode()
    assert stored_queries() == []


def test_words_find_pictures(owner: Person, tmp_path: Path, client_of: ClientOf) -> None:
    run = make_picture_run(owner, "text-image", tmp_path, realistic_ranks(20))
    page = client_of(owner).get(url(run), {"q": "red boot"}).content.decode()
    assert 'value="red boot"' in page
    assert "Describe a picture" in page
    assert "Test searches to try" in page
    assert "data-picture-search" not in page


def test_in_a_catalogue_that_was_brought_nothing_is_said_of_what_the_own_one_has(run: Run, owner: Person) -> None:
    report = report_of(run=run)
    assert report is not None
    asked, names = report["queries"][0], list(report["documents"])[:3]
    label = report["labels"][asked["id"]]
    top = [[name, report["documents"][name], 0.5] for name in names]
    query = {"key": asked["query"], "label": label, "caption": "shoe.png"}
    found = {"before": top, "after": top, "milliseconds": 1.0, "labels": {names[0]: label}, "query": query}
    brought = Catalogue.objects.create(run=run, number=1, brought_by=owner, name="c.zip", size=3, status="done")

    def told(catalogue: Catalogue | None, **changed: object) -> dict[str, Any]:
        search = _Search(run, report, catalogue, {}, None, lambda: None)
        return search.answered(lambda: found | changed, asked["query"])

    own, other = told(None), told(brought)
    assert own["known"].n > 3 and own["label"] == label
    assert (other["known"], other["label"]) == (None, label)
    assert [result.right for result in other["lists"][0].results] == [True, False, False]
    assert told(brought, labels={})["label"] == "", "nothing there has a label to go by"
