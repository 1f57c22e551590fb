"""Make, list and revoke share links, for people of the project."""

from typing import cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from webapp.accounts.models import Person
from webapp.projects.selectors import projects_of_user
from webapp.runs.models import Run
from webapp.runs.reports import no_report_words, report_of
from webapp.runs.selectors import run_for_user
from webapp.sharing.forms import ShareForm
from webapp.sharing.selectors import address_of, link_to_revoke, links_for_user, links_of_run
from webapp.sharing.services import MOST_OPEN, TooManyError, share_link_create, share_link_revoke


@never_cache
@require_http_methods(["GET", "POST"])
def share(request: HttpRequest, project_id: int, number: int) -> HttpResponse:
    """The links of a report: what each allows, who looked, and a form for one more."""
    run = run_for_user(user=request.user, project_id=project_id, number=number)
    if report_of(run=run) is None:
        messages.info(request, no_report_words(run=run))
        return redirect("run_detail", project_id, number)
    form = ShareForm(request.POST if request.method == "POST" else None, initial={"days": 30})
    if request.method == "POST" and form.is_valid() and _made(request, run, form):
        return redirect("share", project_id, number)
    person = cast(Person, request.user)
    links = [
        {
            "link": link,
            "address": address_of(link=link, request=request) if link.is_open else "",
            "may_revoke": link.is_open and (link.created_by_id == person.pk or person.is_owner),
        }
        for link in links_of_run(run=run)
    ]
    context = {"run": run, "project": run.project, "form": form, "links": links}
    return render(request, "sharing/share.html", context, status=422 if form.errors else 200)


def _made(request: HttpRequest, run: Run, form: ShareForm) -> bool:
    try:
        share_link_create(run=run, by=cast(Person, request.user), **form.cleaned_data)
    except TooManyError:
        form.add_error(None, f"This report has {MOST_OPEN} links that work. Revoke those that nobody needs any more.")
        return False
    messages.success(request, "The link is made. Copy it below and send it.")
    return True


@require_POST
def share_revoke(request: HttpRequest, link_id: int) -> HttpResponse:
    """Make a link useless: for who made it, and for the owner of this Tailor."""
    link = link_to_revoke(user=cast(Person, request.user), link_id=link_id)
    share_link_revoke(link=link)
    messages.success(request, "The link is revoked: it leads nowhere from now on.")
    back = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts=None):
        back = reverse("share_overview")
    return redirect(back)


@never_cache
@require_GET
def share_overview(request: HttpRequest) -> HttpResponse:
    """All open links that the person may revoke. Of projects that are not theirs, the owner sees that there are links,
    and not what is behind them."""
    person = cast(Person, request.user)
    own = set(projects_of_user(user=person).values_list("pk", flat=True))
    links = [
        {"link": link, "address": address_of(link=link, request=request) if seen else "", "seen": seen}
        for link in links_for_user(user=person)
        for seen in (link.run.project_id in own,)
    ]
    return render(request, "sharing/overview.html", {"links": links})
