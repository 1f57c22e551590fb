"""What guests are told who ask more than `limits` lets them."""

from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse

from webapp.accounts.addresses import network_address
from webapp.search.services import SearchUnavailable
from webapp.sharing.limits import seconds_to_wait
from webapp.sharing.models import ShareLink


class TooManySearches(SearchUnavailable):
    """More than a minute takes; `seconds` until the next one."""

    def __init__(self, seconds: int) -> None:
        super().__init__("More is asked by this link than it answers in a minute.", _go_on(seconds))
        self.seconds = seconds


def admit_search(request: HttpRequest, link: ShareLink) -> None:
    """Count a search. Raises TooManySearches where there were too many within this minute."""
    seconds = seconds_to_wait(link=link, address=network_address(request), kind="search")
    if seconds:
        raise TooManySearches(seconds)


def refused_vote(request: HttpRequest, link: ShareLink) -> str:
    """Count a vote; why it cannot be taken now, empty where it can."""
    seconds = seconds_to_wait(link=link, address=network_address(request), kind="vote")
    if not seconds:
        return ""
    return f"More votes come by this link than it takes in a minute. Nothing was counted. {_go_on(seconds)}"


def with_wait(response: HttpResponse, problem: Any, *, is_part: bool = False) -> HttpResponse:
    """The answer, which says when to come again where `problem` is of too many searches. is_part: of a page; that is
    shown only where its status is 200."""
    if isinstance(problem, TooManySearches):
        response.headers["Retry-After"] = str(problem.seconds)
        response.status_code = HTTPStatus.OK if is_part else HTTPStatus.TOO_MANY_REQUESTS
    return response


def _go_on(seconds: int) -> str:
    return f"Go on in {seconds} second{'' if seconds == 1 else 's'}."
