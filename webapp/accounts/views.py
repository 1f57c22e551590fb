"""Set-up, signing in and out, one's own account, and who else may sign in."""

import secrets
from typing import cast

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login, logout, update_session_auth_hash
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from webapp.accounts import services
from webapp.accounts.forms import ChangePasswordForm, InviteForm, JoinForm, LoginForm, RenameForm, SetupForm
from webapp.accounts.models import Person
from webapp.accounts.selectors import (
    invitation_by_token,
    invitations_for_owner,
    owner_exists,
    people_for_owner,
    person_for_owner,
)

BACKEND = "django.contrib.auth.backends.ModelBackend"
_LINK = "invitation_link"  # in the session, between making a link and showing it once


@login_not_required
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def setup(request: HttpRequest, token: str) -> HttpResponse:
    """The first visit: whoever has the one-time link becomes the owner."""
    if owner_exists():
        return redirect("login")
    if not secrets.compare_digest(token.encode(), settings.SETUP_TOKEN.encode()):
        raise Http404
    form = SetupForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            person = services.owner_create(name=given["name"], email=given["email"], password=given["password"])
        except services.AlreadySetUpError:
            return redirect("login")
        login(request, person, backend=BACKEND)
        return redirect("project_list")
    return render(request, "accounts/setup.html", {"form": form})


@login_not_required
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Signing in; before set-up, where to find the link."""
    if not owner_exists():
        return render(request, "accounts/not_set_up.html")
    asked = request.POST.get("next") or request.GET.get("next") or ""
    if not url_has_allowed_host_and_scheme(asked, {request.get_host()}, require_https=request.is_secure()):
        asked = reverse("project_list")
    if request.user.is_authenticated:
        return redirect(asked)
    form = LoginForm(request.POST or None, request=request)
    if request.method == "POST" and form.is_valid() and form.person is not None:
        login(request, form.person, backend=BACKEND)
        return redirect(asked)
    return render(request, "accounts/login.html", {"form": form, "next": asked})


@login_not_required
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """Signing out."""
    logout(request)
    return redirect("login")


@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def account(request: HttpRequest) -> HttpResponse:
    """One's own name and password: two forms, told apart by the name of the button."""
    person = cast(Person, request.user)
    changes_password = "change_password" in request.POST
    changes_name = request.method == "POST" and not changes_password
    rename = RenameForm(request.POST if changes_name else None, initial={"name": person.name})
    password = ChangePasswordForm(request.POST if changes_password else None, person=person)
    if changes_name and rename.is_valid():
        services.person_rename(person=person, name=rename.cleaned_data["name"])
        messages.success(request, "Your name is saved.")
        return redirect("account")
    if changes_password and password.is_valid():
        services.person_set_password(person=person, password=password.cleaned_data["password"])
        update_session_auth_hash(request, person)
        messages.success(request, "Your password is changed. Other browsers where you were signed in are signed out.")
        return redirect("account")
    return render(request, "accounts/account.html", {"rename_form": rename, "password_form": password})


@never_cache
@require_http_methods(["GET", "POST"])
def people(request: HttpRequest) -> HttpResponse:
    """Who may sign in, and inviting more. For the owner."""
    everyone = people_for_owner(user=cast(Person, request.user))
    form = InviteForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        _remember_link(request, services.invitation_create(email=form.cleaned_data["email"]))
        return redirect("people")
    context = {
        "form": form,
        "people": everyone,
        "invitations": invitations_for_owner(user=cast(Person, request.user)).filter(person=None),
        "link": request.session.pop(_LINK, ""),
        "days": services.INVITATION_DAYS,
    }
    return render(request, "accounts/people.html", context)


@require_POST
def invitation_withdraw(request: HttpRequest, invitation_id: int) -> HttpResponse:
    """Makes a link useless."""
    invitation = get_object_or_404(invitations_for_owner(user=cast(Person, request.user)), pk=invitation_id)
    services.invitation_withdraw(invitation=invitation)
    messages.success(request, f"The invitation of {invitation.email} is withdrawn.")
    return redirect("people")


@require_POST
def person_password_link(request: HttpRequest, person_id: int) -> HttpResponse:
    """A one-time link for someone who forgot the password."""
    person = person_for_owner(user=cast(Person, request.user), person_id=person_id)
    _remember_link(request, services.invitation_create(email=person.email, person=person))
    return redirect("people")


@require_POST
def person_deactivate(request: HttpRequest, person_id: int) -> HttpResponse:
    """Shuts a person out."""
    person = person_for_owner(user=cast(Person, request.user), person_id=person_id)
    services.person_set_active(person=person, is_active=False)
    messages.success(request, f"{person} can no longer sign in. Their projects are kept.")
    return redirect("people")


@require_POST
def person_activate(request: HttpRequest, person_id: int) -> HttpResponse:
    """Lets a person in again."""
    person = person_for_owner(user=cast(Person, request.user), person_id=person_id)
    services.person_set_active(person=person, is_active=True)
    messages.success(request, f"{person} can sign in again.")
    return redirect("people")


@login_not_required
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def join(request: HttpRequest, token: str) -> HttpResponse:
    """Where an invitation leads: choosing one's name and password."""
    invitation = invitation_by_token(token=token)
    if invitation is None:
        return render(request, "accounts/invitation_over.html", status=404)
    initial = {"name": invitation.person.name} if invitation.person else None
    form = JoinForm(request.POST or None, email=invitation.email, initial=initial)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        person = services.invitation_accept(invitation=invitation, name=given["name"], password=given["password"])
        if person is None or not person.is_active:
            return render(request, "accounts/invitation_over.html", status=404)
        login(request, person, backend=BACKEND)
        return redirect("project_list")
    return render(request, "accounts/join.html", {"form": form, "invitation": invitation})


def _remember_link(request: HttpRequest, token: str) -> None:
    path = reverse("join", args=[token])
    request.session[_LINK] = f"{settings.PUBLIC_URL}{path}" if settings.PUBLIC_URL else request.build_absolute_uri(path)
