"""Use another column of a file where the data check finds codes in the place of words."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from webapp.datasets.columns_instead import finding_instead
from webapp.datasets.selectors import version_for_user
from webapp.datasets.services import RefusedError, upload_set_roles, version_again


@require_POST
def finding_column(request: HttpRequest, project_id: int, number: int, kind: str) -> HttpResponse:
    """The next version: the same file with another column in the place of one that holds codes."""
    version = version_for_user(user=request.user, project_id=project_id, number=number)
    better = finding_instead(version=version, kind=kind)
    if better is None:
        raise Http404("No other column")
    try:
        upload_set_roles(upload=version.examples, roles=better.roles(version.examples.roles))
        made = version_again(version=version)
    except RefusedError as refused:
        messages.error(request, str(refused))
        made = version
    return redirect("version_detail", project_id, made.number)
