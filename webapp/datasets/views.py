"""The data pages: upload a file, look at its columns, check the data, read the receipt."""

from typing import Any, cast

from django.conf import settings
from django.contrib import messages
from django.core.files import File
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from webapp.accounts.models import Person
from webapp.arrivals.protocol import Announced
from webapp.arrivals.selectors import arrival_for_user
from webapp.arrivals.services import arrival_hand_on
from webapp.arrivals.views import arrival_begun
from webapp.datasets import services
from webapp.datasets.columns_instead import instead_of_each
from webapp.datasets.corrections import version_from_corrections
from webapp.datasets.forms import ReadingForm, RolesForm, UploadForm, VersionForm
from webapp.datasets.incoming import ArrivingZip
from webapp.datasets.models import Purpose, Upload
from webapp.datasets.presenters import column_cards, purpose_sections, reading_words, version_page
from webapp.datasets.sample import sample_project_create
from webapp.datasets.selectors import (
    is_in_use,
    upload_for_user,
    uploads_to_add,
    usable_uploads,
    version_for_user,
    versions_to_continue,
    versions_to_list,
)
from webapp.projects.models import Project, Task
from webapp.projects.selectors import project_for_user
from webapp.queue.models import QueuedWork, WorkStatus
from webapp.queue.selectors import queue_position


@require_POST
def project_sample(request: HttpRequest) -> HttpResponse:
    """A ready project with the sample data of a task, in one click."""
    asked = request.POST.get("task", "")
    task = Task(asked) if asked in Task.values else Task.TEXT_TEXT
    version = sample_project_create(owner=request.user, task=task)  # type: ignore[arg-type]
    return redirect(_version_url(version, then_start=True))


@require_GET
def data(request: HttpRequest, project_id: int) -> HttpResponse:
    """The files of a project by purpose, and its data versions."""
    project = project_for_user(user=request.user, project_id=project_id)
    return _data_page(request, project)


def _data_page(request: HttpRequest, project: Project, status: int = 200, **more: Any) -> HttpResponse:
    versions = versions_to_list(project=project)
    context = {
        "project": project,
        "sections": purpose_sections(project=project, user=request.user, refused=more.pop("refused", {})),
        "version_form": more.pop("version_form", None) or VersionForm(project),
        "usable_examples": bool(usable_uploads(project=project, purpose=Purpose.EXAMPLES)),
        "versions": versions,
        "next_number": versions[0].number + 1 if versions else 1,
        "limit_bytes": settings.MAX_UPLOAD_BYTES,
        "limit_words": f"{settings.MAX_UPLOAD_BYTES / 2**20:,.0f} MB",
        "suffixes": services.accepted_suffixes(project.task),
        "resumable_bytes": settings.RESUMABLE_BYTES,
        "most_files": settings.DATA_UPLOAD_MAX_NUMBER_FILES,
        **more,
    }
    return render(request, "datasets/data.html", context, status=status)


@csrf_exempt  # checked below: the check reads the form, and before that the handler must be in its place
@require_POST
def upload_create(request: HttpRequest, project_id: int) -> HttpResponse:
    """Take a file, or many pictures. A script gets JSON ({"url"} or {"cause", "remedy"}); a plain form gets a page."""
    project = project_for_user(user=request.user, project_id=project_id)
    arriving = ArrivingZip(request)
    request.upload_handlers.insert(0, arriving)
    return _upload_taken(request, project, arriving)


@csrf_protect
def _upload_taken(request: HttpRequest, project: Project, arriving: ArrivingZip) -> HttpResponse:
    form = UploadForm(request.POST)
    wants_json = request.accepts("application/json") and not request.accepts("text/html")
    try:
        url = _store(request, project, form, arriving)
    except services.RefusedError as refused:
        if wants_json:
            return JsonResponse({"cause": refused.cause, "remedy": refused.remedy}, status=422)
        return _data_page(request, project, status=422, refused={request.POST.get("purpose", ""): refused})
    return JsonResponse({"url": url}, status=201) if wants_json else redirect(url)


def _store(request: HttpRequest, project: Project, form: UploadForm, arriving: ArrivingZip) -> str:
    if not form.is_valid():
        causes = [str(message) for errors in form.errors.values() for message in errors]
        raise services.RefusedError(" ".join(causes), "")

    def stored(file: File) -> str:
        upload = services.upload_store(
            project=project,
            user=request.user,  # type: ignore[arg-type]
            purpose=form.cleaned_data["purpose"],
            file=file,
        )
        return reverse("upload_detail", args=(project.pk, upload.pk))

    if form.cleaned_data["arrived"]:  # it came in parts, before this form
        arrival = arrival_for_user(user=request.user, key=form.cleaned_data["arrived"])
        return arrival_hand_on(arrival=arrival, store=stored)
    sent = request.FILES.getlist("file")
    return stored(services.incoming_file(task=project.task, sent=sent, arrived=arriving.file()))


@require_http_methods(["OPTIONS", "POST"])
def upload_begin(request: HttpRequest, project_id: int, purpose: str) -> HttpResponse:
    """Begin a file that comes in parts; once it is complete, the form of `upload_create` names it in `arrived`."""
    project = project_for_user(user=request.user, project_id=project_id)
    if purpose not in Purpose.values:
        raise Http404("No such purpose")

    def check(file: Announced) -> None:
        services.check_upload(name=services.shown_name(file.name), size=file.size, task=project.task)

    return arrival_begun(request, project=project, place=purpose, check=check)


@require_http_methods(["GET", "POST"])
def upload_detail(request: HttpRequest, project_id: int, upload_id: int) -> HttpResponse:
    """A file's first rows, and a menu for what each column is."""
    upload = upload_for_user(user=request.user, project_id=project_id, upload_id=upload_id)
    if request.method == "GET":
        return render(request, "datasets/upload.html", _upload_context(upload))
    form = RolesForm(upload, request.POST)
    try:
        return _roles_set(request, upload, form)
    except services.RefusedError as refused:
        context = _upload_context(upload, form=form, refused=refused)
        return render(request, "datasets/upload.html", context, status=422)


def _roles_set(request: HttpRequest, upload: Upload, form: RolesForm) -> HttpResponse:
    if not form.is_valid() or not form.columns:
        raise services.RefusedError("Not every column has a known role.", "Choose one from each menu.")
    better = instead_of_each(upload=upload).get(request.POST.get("instead", ""))
    services.upload_set_roles(upload=upload, roles=better.roles(form.roles()) if better else form.roles())
    if better:
        messages.success(request, f"“{better.better}” is the {better.what} now, in place of “{better.column}”.")
        return redirect("upload_detail", upload.project_id, upload.pk)
    if request.POST.get("then") == "add":
        asked = request.POST.get("to", "")
        to = next((each for each in versions_to_continue(upload=upload) if str(each.number) == asked), None)
        if to is None:
            raise services.RefusedError("This file cannot be added to that data version.", "Choose another version.")
        return redirect(_version_url(version_from_corrections(version=to, by=_person(request), added=upload)))
    if request.POST.get("then") != "check":
        messages.success(request, f"The columns of “{upload.name}” are saved.")
        return redirect("data", upload.project_id)
    others = {purpose: _newest_usable(upload.project, purpose) for purpose in (Purpose.QUESTIONS, Purpose.CATALOGUE)}
    version = services.version_create(
        project=upload.project,
        examples=upload,
        questions=others[Purpose.QUESTIONS],
        catalogue=others[Purpose.CATALOGUE],
    )
    return redirect(_version_url(version))


def _person(request: HttpRequest) -> Person:
    return cast(Person, request.user)


def _newest_usable(project: Project, purpose: Purpose) -> Upload | None:
    return next(iter(usable_uploads(project=project, purpose=purpose)), None)


def _upload_context(upload: Upload, form: RolesForm | None = None, **more: Any) -> dict[str, Any]:
    form = form or RolesForm(upload)
    return {
        "project": upload.project,
        "upload": upload,
        "form": form,
        "cards": column_cards(upload=upload, form=form),
        **reading_words(upload=upload),
        "in_use": is_in_use(upload=upload),
        "to_continue": versions_to_continue(upload=upload),
        **_waiting(upload),
        **more,
    }


def _waiting(work: QueuedWork) -> dict[str, Any]:
    """The place in line, and a word that changes whenever a polled page has something new to show."""
    position = queue_position(work=work)
    return {"position": position, "seen": f"{work.status}-{work.attempt}-{position}"}


def _if_new(request: HttpRequest, seen: str) -> HttpResponse | None:
    """204 to a poll when nothing changed: a screen reader would read the same words out every second."""
    return HttpResponse(status=204) if request.GET.get("seen") == seen else None


@require_GET
def upload_status(request: HttpRequest, project_id: int, upload_id: int) -> HttpResponse:
    """The changing part of the file's page, polled until the file was read."""
    upload = upload_for_user(user=request.user, project_id=project_id, upload_id=upload_id)
    context = _upload_context(upload)
    return _if_new(request, context["seen"]) or render(request, "datasets/_upload.html", context)


@require_POST
def upload_reread(request: HttpRequest, project_id: int, upload_id: int) -> HttpResponse:
    """Read the stored file again, another way or once more."""
    upload = upload_for_user(user=request.user, project_id=project_id, upload_id=upload_id)
    form = ReadingForm(request.POST)
    if form.is_valid():
        services.upload_reread(upload=upload, **form.reading())
    return redirect("upload_detail", upload.project_id, upload.pk)


@require_POST
def upload_delete(request: HttpRequest, project_id: int, upload_id: int) -> HttpResponse:
    """Delete a file that no data version rests on."""
    upload = upload_for_user(user=request.user, project_id=project_id, upload_id=upload_id)
    try:
        services.upload_delete(upload=upload)
        messages.success(request, f"“{upload.name}” was deleted.")
    except services.RefusedError as refused:
        messages.error(request, f"{refused.cause} {refused.remedy}")
    return redirect("data", project_id)


@require_POST
def version_create(request: HttpRequest, project_id: int) -> HttpResponse:
    """Check the data: the next numbered version."""
    project = project_for_user(user=request.user, project_id=project_id)
    form = VersionForm(project, request.POST)
    try:
        if not form.is_valid():
            raise services.RefusedError("No file of examples is ready.", "Upload one and look at its columns first.")
        return redirect(_version_url(services.version_create(project=project, **form.cleaned_data)))
    except services.RefusedError as refused:
        return _data_page(request, project, status=422, version_form=form, version_refused=refused)


def _version_url(version: Any, then_start: bool = False) -> str:
    url = reverse("version_detail", args=(version.project_id, version.number))
    return f"{url}?then=start" if then_start else url


@require_GET
def version_detail(request: HttpRequest, project_id: int, number: int) -> HttpResponse:
    """The data check and the split's receipt of one version."""
    version = version_for_user(user=request.user, project_id=project_id, number=number)
    then_start = request.GET.get("then") == "start"
    if then_start and version.status == WorkStatus.DONE:
        return redirect(_start_url(version))
    context = {**version_page(version=version, by=request.user), **_waiting(version), "then_start": then_start}
    return render(request, "datasets/version.html", context)


@require_GET
def version_status(request: HttpRequest, project_id: int, number: int) -> HttpResponse:
    """The changing part of the version's page, polled while it is prepared."""
    version = version_for_user(user=request.user, project_id=project_id, number=number)
    then_start = request.GET.get("then") == "start"
    if then_start and version.status == WorkStatus.DONE:
        return HttpResponse(status=200, headers={"HX-Redirect": _start_url(version)})
    context = {**version_page(version=version, by=request.user), **_waiting(version), "then_start": then_start}
    return _if_new(request, context["seen"]) or render(request, "datasets/_version.html", context)


def _start_url(version: Any) -> str:
    return f"{reverse('run_create', args=(version.project_id,))}?data={version.number}"


@require_POST
def version_continue(request: HttpRequest, project_id: int, number: int) -> HttpResponse:
    """The next version: this one, with the person's changes, and the examples of another file."""
    version = version_for_user(user=request.user, project_id=project_id, number=number)
    chosen = request.POST.get("added", "")
    added = next((each for each in uploads_to_add(version=version) if str(each.pk) == chosen), None)
    if added is None or version.status != WorkStatus.DONE:
        messages.error(request, "No other file of examples is ready. Upload one and look at its columns first.")
        return redirect(_version_url(version))
    try:
        return redirect(_version_url(version_from_corrections(version=version, by=_person(request), added=added)))
    except services.RefusedError as refused:
        messages.error(request, str(refused))
        return redirect(_version_url(version))


@require_POST
def version_retry(request: HttpRequest, project_id: int, number: int) -> HttpResponse:
    """Check a failed version once more."""
    version = version_for_user(user=request.user, project_id=project_id, number=number)
    services.version_retry(version=version)
    return redirect(_version_url(version))
