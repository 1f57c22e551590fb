"""Settle what the review list of a data version has."""

from typing import cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from webapp.accounts.models import Person
from webapp.datasets.browsing import table_of
from webapp.datasets.corrections import doubt_accept
from webapp.datasets.doubts import doubt_dismiss, doubt_reopen, doubtful_pair_of
from webapp.datasets.models import DoubtfulPair
from webapp.datasets.selectors import version_for_user
from webapp.datasets.services import RefusedError


@require_POST
def doubt_settle(request: HttpRequest, project_id: int, number: int, pair_id: int) -> HttpResponse:
    """Dismiss a pair, with `reopen` bring it back, or with `accept` correct it in the next version."""
    version = version_for_user(user=request.user, project_id=project_id, number=number)
    pair = doubtful_pair_of(version=version, pair_id=pair_id)
    if "reopen" in request.POST:
        doubt_reopen(pair=pair)
        messages.success(request, "The pair is on the review list again.")
    elif "accept" in request.POST:
        _accept(request, pair)
    else:
        doubt_dismiss(pair=pair, by=cast(Person, request.user))
        messages.success(request, "The pair is dismissed. It stays below, and in the download.")
    return redirect(f"{reverse('version_detail', args=(project_id, number))}#doubts")


def _accept(request: HttpRequest, pair: DoubtfulPair) -> None:
    try:
        doubt_accept(pair=pair, by=cast(Person, request.user), table=table_of(pair.version))
        messages.success(request, "Corrected. It waits among your changes until you save them as the next version.")
    except RefusedError as refused:
        messages.error(request, str(refused))
