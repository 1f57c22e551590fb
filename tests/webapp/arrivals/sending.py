"""What a client of tus does, by hand, so that a test can do it wrongly."""

import base64
from typing import Any

from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from webapp.projects.models import Project

TUS = {"Tus-Resumable": "1.0.0", "Accept": "application/json"}
PART = "application/offset+octet-stream"


def begin(
    client: Client, project: Project, size: int, name: str = "tickets.csv", url: str = "", **headers: str
) -> HttpResponse:
    """Announce a file, of examples unless the address says otherwise."""
    url = url or reverse("upload_begin", args=(project.pk, "examples"))
    metadata = f"filename {base64.b64encode(name.encode()).decode()},modified MTIz"
    return client.post(url, headers=TUS | {"Upload-Length": str(size), "Upload-Metadata": metadata} | headers)  # type: ignore[return-value]


def begun(client: Client, project: Project, size: int, name: str = "tickets.csv") -> str:
    """The address of a file that was announced."""
    answer = begin(client, project, size, name)
    assert answer.status_code == 201, answer.content
    return answer["Location"]


def part(client: Client, url: str, offset: int, content: bytes, **environment: Any) -> HttpResponse:
    """Send some bytes."""
    headers = TUS | {"Upload-Offset": str(offset)}
    return client.generic("PATCH", url, content, PART, headers=headers, **environment)  # type: ignore[return-value]


def offset(client: Client, url: str) -> int:
    """How far it has come."""
    answer = client.head(url, headers=TUS)
    assert answer.status_code == 200
    return int(answer["Upload-Offset"])


def hand_on(client: Client, project: Project, url: str) -> HttpResponse:
    """The form, once all bytes are there."""
    form = {"purpose": "examples", "arrived": url.split("/")[-2]}
    return client.post(reverse("upload_create", args=(project.pk,)), form, headers={"Accept": "application/json"})  # type: ignore[return-value]


class Breaking:
    """A body whose line breaks after some bytes."""

    def __init__(self, content: bytes) -> None:
        self._left = content

    def read(self, size: int = -1) -> bytes:
        """What comes, then the break."""
        if not self._left:
            raise ConnectionResetError
        sent, self._left = self._left[:size], self._left[size:]
        return sent

    readline = read
