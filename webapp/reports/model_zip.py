"""What is in a run's model ZIP, for the page that offers it."""

import hashlib
import logging
import zipfile
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from django.core.files.storage import default_storage

from webapp.runs.models import Run

logger = logging.getLogger("tailor.reports")

WHAT_IS_WHAT = (
    ("model.safetensors", "the model’s weights, in a format that cannot carry program code"),
    ("open_clip_model.safetensors", "the model’s weights, in a format that cannot carry program code"),
    ("text_model", "the configuration of the model’s text half, so that no hub need be asked for it"),
    ("text", "the model of texts, as sentence-transformers has it"),
    ("image", "the model of pictures, as timm has it"),
    ("joint.safetensors", "what joins the two"),
    ("load_model.py", "a page of code that loads the three together"),
    ("README.md", "a model card: what it is, what was measured, how to use it"),
    ("report.json", "every figure of this report"),
    ("onnx", "the same for other programming languages and small servers (ONNX)"),
    ("golden", "some of the pictures, which verify.py tries the model with"),
    ("verify.py", "one command that proves the model works on another machine as it did here"),
    ("SHA256SUMS", "checksums of all files"),
)

EIGHT_BITS = ", also with weights of 8 bits"


@dataclass(frozen=True)
class ModelZip:
    """megabytes: of the download. folder: the one that it opens to. parts: (name, what it is) of what is inside. kind:
    what opens it: `text` (sentence-transformers), `timm`, `open_clip`, or `dual`, which brings its own loader.
    has_text_half: whether the configuration of an open_clip model's text half lies beside it."""

    megabytes: float
    folder: str
    parts: list[tuple[str, str]]
    kind: str
    has_text_half: bool = False


def model_zip(*, run: Run) -> ModelZip | None:
    """The facts of the run's ZIP; None when there is none, or none any more."""
    if not run.model:
        return None
    try:
        return _facts(str(run.model.name), default_storage.get_modified_time(str(run.model.name)))
    except (OSError, zipfile.BadZipFile) as error:
        logger.error("The model of run %s cannot be read: %s", run.pk, error)
        return None


def model_sha256(*, run: Run) -> str:
    """The checksum of the ZIP itself, as sha256sum prints it."""
    return _sha256(str(run.model.name), default_storage.get_modified_time(str(run.model.name)))


@lru_cache(maxsize=32)
def _facts(name: str, modified: datetime) -> ModelZip:
    with default_storage.open(name) as file, zipfile.ZipFile(file) as archive:
        return facts_of(archive, default_storage.size(name))


def facts_of(archive: zipfile.ZipFile, size: int) -> ModelZip:
    """size: of the file, in bytes."""
    names = archive.namelist()
    folder = names[0].partition("/")[0]
    inside = {path.partition("/")[2].partition("/")[0] for path in names}
    parts = [(part, words) for part, words in WHAT_IS_WHAT if part in inside]
    if any("int8" in path for path in names):
        parts = [(part, words + EIGHT_BITS if part == "onnx" else words) for part, words in parts]
    return ModelZip(size / 1e6, folder, parts, _kind(inside), "text_model" in inside)


def _kind(inside: set[str]) -> str:
    if "load_model.py" in inside:
        return "dual"
    if "open_clip_config.json" in inside:
        return "open_clip"
    return "text" if "modules.json" in inside else "timm"


@lru_cache(maxsize=32)
def _sha256(name: str, modified: datetime) -> str:
    with default_storage.open(name) as file:
        digest = hashlib.sha256()
        for chunk in file.chunks(2**20):
            digest.update(chunk)
    return digest.hexdigest()
