"""What the prepare worker runs. Jobs take ids only, claim the row, and delegate."""

from webapp.datasets.execution import freeze, read
from webapp.datasets.models import DatasetVersion, Upload
from webapp.queue.heart import working
from webapp.queue.services import work_claim


def read_upload(pk: int, attempt: int) -> None:
    """Read an upload's first rows and guess what its columns are."""
    upload = work_claim(model=Upload, pk=pk, attempt=attempt)
    if upload is None:
        return
    with working(upload) as heart:
        read(upload, heart)


def freeze_version(pk: int, attempt: int) -> None:
    """Read, check, split and freeze a data version."""
    version = work_claim(model=DatasetVersion, pk=pk, attempt=attempt)
    if version is None:
        return
    with working(version) as heart:
        freeze(version, heart)
