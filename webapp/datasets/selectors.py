"""Read uploads and data versions, always through the project that the person may see."""

from django.contrib.auth.models import AnonymousUser
from django.db.models import Count, Prefetch, Q
from django.http import Http404

from webapp.accounts.models import Person
from webapp.datasets.models import Correction, DatasetVersion, Purpose, Upload
from webapp.projects.models import Project
from webapp.projects.selectors import project_for_user, projects_of_user
from webapp.queue.models import WorkStatus

_LONG_OF_EARLIER = ("mended_from__rejected", "mended_from__finding_rows", "mended_from__gallery")
"""What may be megabytes of the version that one was made from, and is not asked for."""


def upload_for_user(*, user: Person | AnonymousUser, project_id: int, upload_id: int) -> Upload:
    """This upload of this project, if the person may see it; else 404."""
    project = project_for_user(user=user, project_id=project_id)
    upload = project.uploads.filter(pk=upload_id).first()
    if upload is None:
        raise Http404("No such file")
    upload.project = project
    return upload


def version_for_user(*, user: Person | AnonymousUser, project_id: int, number: int) -> DatasetVersion:
    """This data version of this project, if the person may see it; else 404."""
    project = project_for_user(user=user, project_id=project_id)
    files = project.versions.select_related("examples", "questions", "catalogue", "mended_from", "added")
    version = files.defer("rejected", "finding_rows", *_LONG_OF_EARLIER).filter(number=number).first()
    if version is None:
        raise Http404("No such data version")
    version.project = project
    return version


def versions_to_list(*, project: Project) -> list[DatasetVersion]:
    """All data versions with their files, newest first; `to_review` says how many doubtful pairs each has."""
    doubted = Count("doubtful_pairs", filter=Q(doubtful_pairs__dismissed_at=None))
    versions = project.versions.select_related("examples", "questions", "catalogue", "mended_from", "added")
    versions = versions.defer("rejected", "finding_rows", *_LONG_OF_EARLIER, "mended_from__findings")
    kinds = Prefetch("corrections", Correction.objects.only("kind", "saved_as"))  # one click may have made thousands
    # the model's own ordering does not hold where rows are counted
    return list(versions.annotate(to_review=doubted).prefetch_related(kinds).order_by("-number"))


def version_by_id_for_user(*, user: Person | AnonymousUser, version_id: int) -> DatasetVersion:
    """This data version, if the person may see its project; else 404."""
    version = DatasetVersion.objects.filter(pk=version_id, project__in=projects_of_user(user=user)).first()
    if version is None:
        raise Http404("No such data version")
    return version


def uploads_by_purpose(*, project: Project) -> dict[str, list[Upload]]:
    """The project's files of each purpose, newest first."""
    found: dict[str, list[Upload]] = {purpose.value: [] for purpose in Purpose}
    for upload in project.uploads.all():
        found[upload.purpose].append(upload)
    return found


def usable_uploads(*, project: Project, purpose: Purpose) -> list[Upload]:
    """The files of this purpose that a data version can be made from, newest first."""
    return [upload for upload in project.uploads.filter(purpose=purpose) if is_usable(upload)]


def uploads_to_add(*, version: DatasetVersion) -> list[Upload]:
    """The files of examples that the version can be continued with: those that are not in it."""
    found = usable_uploads(project=version.project, purpose=Purpose.EXAMPLES)
    there = _files_in(version)
    return [upload for upload in found if upload.pk not in there]


def versions_to_continue(*, upload: Upload) -> list[DatasetVersion]:
    """The data versions that the examples of this file can be added to, newest first."""
    if upload.purpose != Purpose.EXAMPLES:
        return []
    ready = upload.project.versions.filter(status=WorkStatus.DONE)
    return [version for version in ready if upload.pk not in _files_in(version)]


def _files_in(version: DatasetVersion) -> set[int | None]:
    """The keys of the files of examples that are in a version, those that earlier versions were continued with, too."""
    found: set[int | None] = set()
    known: dict[int, DatasetVersion] = {each.pk: each for each in version.project.versions.all()}
    at: DatasetVersion | None = version
    while at is not None:
        found |= {at.examples_id, at.added_id}
        at = known.get(at.mended_from_id or 0)
    return found


def is_usable(upload: Upload) -> bool:
    """Whether the file was read and its columns are known."""
    return bool(upload.roles) and not upload.question and upload.status == WorkStatus.DONE


def is_in_use(*, upload: Upload) -> bool:
    """Whether a data version was made from this file, which must then be kept."""
    return upload.pk in uploads_in_use(project=upload.project)


def uploads_in_use(*, project: Project) -> set[int]:
    """The keys of all files that data versions of the project were made from."""
    rows = project.versions.values_list(*(purpose.value for purpose in Purpose), "added")
    return {key for row in rows for key in row if key is not None}
