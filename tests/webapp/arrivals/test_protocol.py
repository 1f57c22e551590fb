"""tus: begin, continue, break off, take over, end; and who may do so."""

import errno
import os
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, given, settings, strategies
from pytest_django.fixtures import Settings

from tests.webapp.arrivals.sending import PART, TUS, Breaking, begin, begun, hand_on, offset, part
from webapp.accounts.models import Person
from webapp.arrivals import parts, services
from webapp.arrivals.models import Arrival
from webapp.projects.models import Project

pytestmark = pytest.mark.django_db
ClientOf = Callable[[Person], Client]
BIG = bytes(range(256)) * 1_000  # four blocks, none alike


def bytes_on_disk(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()] if folder.exists() else []


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=strategies.binary(min_size=1, max_size=600), cuts=strategies.lists(strategies.integers(0, 600)))
def test_any_split_into_parts_arrives_equal(
    content: bytes, cuts: list[int], signed_in: Client, project: Project, folder: Path
) -> None:
    url = begun(signed_in, project, len(content))
    edges = sorted({0, len(content), *(cut for cut in cuts if cut < len(content))})
    for start, end in pairwise(edges):
        answer = part(signed_in, url, start, content[start:end])
        assert (answer.status_code, answer["Upload-Offset"]) == (204, str(end))
    assert hand_on(signed_in, project, url).status_code == 201
    assert project.uploads.latest("pk").file.read() == content
    assert bytes_on_disk(folder) == []


def test_it_goes_on_where_a_part_broke_off(signed_in: Client, project: Project, folder: Path) -> None:
    url = begun(signed_in, project, len(BIG))
    part(signed_in, url, 0, BIG, **{"wsgi.input": Breaking(BIG[:100_000])})
    come = offset(signed_in, url)
    assert come == 100_000
    refused = hand_on(signed_in, project, url)
    assert (refused.status_code, project.uploads.count()) == (422, 0)
    assert "100,000 of 256,000 bytes" in refused.json()["cause"]  # type: ignore[attr-defined]
    assert part(signed_in, url, come, BIG[come:])["Upload-Offset"] == str(len(BIG))
    answer = hand_on(signed_in, project, url)
    upload = project.uploads.get()
    assert answer.json() == {"url": reverse("upload_detail", args=(project.pk, upload.pk))}  # type: ignore[attr-defined]
    assert (upload.file.read(), upload.name, upload.size) == (BIG, "tickets.csv", len(BIG))


def test_an_answer_that_was_lost_is_given_again(signed_in: Client, project: Project, folder: Path) -> None:
    url = begun(signed_in, project, 3)
    part(signed_in, url, 0, b"a,b")
    first, second = hand_on(signed_in, project, url), hand_on(signed_in, project, url)
    assert first.json() == second.json()  # type: ignore[attr-defined]
    assert project.uploads.count() == 1
    assert offset(signed_in, url) == 3


def test_what_cannot_be_stored_is_not_lost(
    signed_in: Client, project: Project, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = begun(signed_in, project, 3)
    part(signed_in, url, 0, b"a,b")
    with monkeypatch.context() as patched:
        patched.setattr("webapp.datasets.services.work_enqueue", lambda **_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            hand_on(signed_in, project, url)
    assert (project.uploads.count(), offset(signed_in, url)) == (0, 3)
    assert hand_on(signed_in, project, url).status_code == 201
    assert project.uploads.get().file.read() == b"a,b"
    assert bytes_on_disk(folder) == []


def test_a_part_that_does_not_follow_is_refused_and_changes_nothing(
    signed_in: Client, project: Project, folder: Path
) -> None:
    url = begun(signed_in, project, 10)
    part(signed_in, url, 0, b"0123")
    for wrong in (0, 3, 5):
        answer = part(signed_in, url, wrong, b"x")
        assert (answer.status_code, answer["Upload-Offset"]) == (409, "4")
    assert part(signed_in, url, 4, b"456789x").status_code == 413
    assert next(folder.iterdir()).read_bytes() == b"0123"


def test_who_wakes_up_late_spoils_nothing(tmp_path: Path) -> None:
    path = tmp_path / "file"

    def of_a_broken_line() -> "object":
        yield b"0123"
        taken_over = parts.append(path, offset=4, blocks=[b"45", b"6789"])  # by the same sender's next request
        assert taken_over == 10
        yield b"4567"

    with pytest.raises(parts.OffsetError) as refused:
        parts.append(path, offset=0, blocks=of_a_broken_line())  # type: ignore[arg-type]
    assert refused.value.received == 10
    assert path.read_bytes() == b"0123456789"


def test_others_know_nothing_of_it(
    signed_in: Client, project: Project, folder: Path, client_of: ClientOf, teammate: Person
) -> None:
    url = begun(signed_in, project, 3)
    part(signed_in, url, 0, b"a")
    other = client_of(teammate)
    assert begin(other, project, 3).status_code == 404
    answers = [other.head(url, headers=TUS), part(other, url, 1, b",b"), other.delete(url, headers=TUS)]
    answers.append(other.post(reverse("arrival_discard", args=(url.split("/")[-2],))))
    assert [answer.status_code for answer in answers] == [404] * 4
    without_token = Client(enforce_csrf_checks=True)
    without_token.cookies = signed_in.cookies
    assert part(without_token, url, 1, b",b").status_code == 403
    assert "/login/" in Client().head(url, headers=TUS)["Location"]
    assert offset(signed_in, url) == 1
    page = signed_in.get(reverse("data", args=(project.pk,))).content.decode()
    assert f'data-arrival="{url}" data-name="tickets.csv" data-size="3" data-modified="123"' in page


def test_a_file_that_would_not_be_taken_is_refused_before_it_is_sent(
    signed_in: Client, project: Project, settings: Settings
) -> None:
    settings.MAX_UPLOAD_BYTES = 5 * 2**20
    large = begin(signed_in, project, 6 * 2**20)
    assert large.status_code == 413
    assert "is 6 MB; the limit is 5 MB" in large.json()["cause"]  # type: ignore[attr-defined]
    letter = begin(signed_in, project, 10, "letter.docx")
    assert letter.status_code == 422
    assert "not a kind of file" in letter.json()["cause"]  # type: ignore[attr-defined]
    for _ in range(services.MOST_TIMES_LIMIT):
        begun(signed_in, project, 5 * 2**20)
    full = begin(signed_in, project, 1)
    assert full.status_code == 422
    assert "unfinished uploads of 20 MB" in full.json()["cause"]  # type: ignore[attr-defined]
    assert Arrival.objects.count() == services.MOST_TIMES_LIMIT


def test_a_full_disk_is_said_and_what_came_is_kept(
    signed_in: Client, project: Project, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = begun(signed_in, project, 200_000)
    written: list[int] = []

    def small_disk(descriptor: int, block: memoryview) -> int:
        if sum(written) + len(block) > 100_000:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        written.append(len(block))
        return write(descriptor, block)

    write = os.write
    monkeypatch.setattr(parts.os, "write", small_disk)
    answer = part(signed_in, url, 0, BIG[:200_000])
    assert (answer.status_code, answer.json()["cause"]) == (507, "The disk is full.")  # type: ignore[attr-defined]
    assert offset(signed_in, url) == sum(written) > 0
    monkeypatch.setattr(services.shutil, "disk_usage", lambda _: SimpleNamespace(free=10))
    assert begin(signed_in, project, 3).status_code == 507


def test_an_upload_that_is_ended_leaves_nothing(signed_in: Client, project: Project, folder: Path) -> None:
    for end in ("DELETE", "discard"):
        url = begun(signed_in, project, 10)
        part(signed_in, url, 0, b"012")
        if end == "DELETE":
            assert signed_in.delete(url, headers=TUS).status_code == 204
        else:
            page = reverse("data", args=(project.pk,))
            answer = signed_in.post(f"{url}discard/", {"page": page}, follow=True)
            assert answer.redirect_chain == [(page, 302)]
            assert "“tickets.csv” was removed" in answer.content.decode()
        assert signed_in.head(url, headers=TUS).status_code == 404
        assert (Arrival.objects.count(), bytes_on_disk(folder)) == (0, [])


def test_what_is_not_finished_in_time_is_swept_away(signed_in: Client, project: Project, folder: Path) -> None:
    late, kept = (begun(signed_in, project, 10) for _ in range(2))
    for url in (late, kept):
        part(signed_in, url, 0, b"012")
    Arrival.objects.filter(key=late.split("/")[-2]).update(begun_at="2020-01-01T00:00Z")
    assert part(signed_in, late, 3, b"3").status_code == 410
    (folder / ("0" * 32)).write_bytes(b"of a project that was deleted")
    services.arrivals_sweep()
    assert bytes_on_disk(folder) == [kept.split("/")[-2]]
    assert signed_in.head(late, headers=TUS).status_code == 404
    assert offset(signed_in, kept) == 3


def test_clients_learn_what_is_spoken_here(signed_in: Client, project: Project, settings: Settings) -> None:
    url = begun(signed_in, project, 10)
    for address in (url, reverse("upload_begin", args=(project.pk, "examples"))):
        told = signed_in.options(address)
        assert (told["Tus-Version"], told["Tus-Max-Size"]) == ("1.0.0", str(settings.MAX_UPLOAD_BYTES))
        assert told["Tus-Extension"] == "creation,expiration,termination"
    head = signed_in.head(url, headers=TUS)
    assert (head["Upload-Length"], head["Cache-Control"], head["Tus-Resumable"]) == ("10", "no-store", "1.0.0")
    assert head["Upload-Metadata"].endswith(",modified MTIz") and head["Upload-Expires"].endswith("GMT")
    assert signed_in.head(url).status_code == 412
    override = TUS | {"X-HTTP-Method-Override": "PATCH", "Upload-Offset": "0"}
    assert signed_in.post(url, b"012", content_type=PART, headers=override)["Upload-Offset"] == "3"
    assert signed_in.patch(url, b"3", content_type="text/csv", headers=override).status_code == 415
    for headers in ({"Upload-Length": "-1"}, {"Upload-Length": ""}, {"Upload-Metadata": "filename ???"}):
        assert begin(signed_in, project, 10, **headers).status_code == 400
