"""Writes the downloadable ZIP of a finished model: one folder that the standard libraries load by themselves."""

import hashlib
import json
import os
import re
import tempfile
import unicodedata
import zipfile
from collections.abc import Sequence
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import save_file

from trainer.encoders.text_half import TEXT_HALF_FOLDER
from trainer.export.card import model_card
from trainer.export.card_pictures import picture_card
from trainer.export.exported import Exported
from trainer.export.onnx_model import ONNX_TOLERANCE
from trainer.export.picture_files import LIBRARIES, ExportedPictures
from trainer.report import Report, report_bytes

TOLERANCE = 1e-5
"""Largest allowed difference of any number of a golden vector, on whatever CPU the model is loaded."""

_WEIGHTS = {".safetensors", ".onnx", ".png"}  # hardly compressible, and large: stored as they are

_CHUNK = 1 << 20


def write_archive(exported: Exported | ExportedPictures, report: Report, *, destination: Path, name: str) -> None:
    """Write `destination`, a ZIP, whole or not at all. name: a title in any script; the folder inside the ZIP has a
    plain form of it."""
    destination.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".archive-", dir=destination.parent) as temporary:
        extra = Path(temporary) / "extra"
        extra.mkdir()
        root = folder_name(name)
        if isinstance(exported, ExportedPictures):
            _write_golden_pictures(extra, exported)
            card = picture_card(
                report,
                name,
                root,
                kind=exported.kind,
                no_onnx=exported.no_onnx,
                has_int8=exported.int8_difference is not None,
                has_text_half=(exported.folder / TEXT_HALF_FOLDER).is_dir(),
            )
        else:
            _write_golden(extra, exported)
            prompts = [key for key, prompt in (exported.model.prompts or {}).items() if prompt]
            has_int8 = exported.int8_difference is not None
            card = model_card(report, name, root, prompts=prompts, no_onnx=exported.no_onnx, has_int8=has_int8)
        (extra / "README.md").write_text(card, encoding="utf-8")
        (extra / "report.json").write_bytes(report_bytes(report))
        (extra / "verify.py").write_bytes(Path(__file__).with_name("verify.py").read_bytes())
        made = datetime.fromisoformat(report["created"])
        partial = Path(temporary) / "archive.zip"
        onnx = {f"onnx/{file}": path for file, path in _files(exported.onnx).items()}
        _write_zip(partial, root, _files(exported.folder) | _files(extra) | onnx, made)
        partial.replace(destination)


def folder_name(name: str) -> str:
    """A name that every file system takes: letters, digits, dot and hyphen of ASCII; "model" when nothing is left."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9.]+", "-", plain).strip("-.")[:60].rstrip("-.") or "model"


def _write_golden(folder: Path, exported: Exported) -> None:
    save_file({"embeddings": np.ascontiguousarray(exported.golden)}, folder / "golden.safetensors")
    libraries = ("sentence-transformers", "transformers", "torch", "safetensors")
    difference = exported.int8_difference or 0.0
    _describe_golden(folder, libraries, texts=exported.texts, int8_tolerance=int8_tolerance(difference))


def _write_golden_pictures(folder: Path, exported: ExportedPictures) -> None:
    save_file(exported.golden, folder / "golden.safetensors")
    for name, content in exported.pictures.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(content)
    libraries, pictures = LIBRARIES[exported.kind], list(exported.pictures)
    tolerance = int8_tolerance(exported.int8_difference or 0.0)
    described = {"texts": exported.texts, "pictures": pictures, "int8_tolerance": tolerance}
    _describe_golden(folder, libraries, kind=exported.kind, **described)


def _describe_golden(folder: Path, libraries: Sequence[str], **content: Any) -> None:
    described = {
        "format": 1,
        **content,
        "normalised": True,
        "tolerance": TOLERANCE,
        "onnx_tolerance": ONNX_TOLERANCE,
        "libraries": {library: version(library) for library in libraries},
    }
    (folder / "golden.json").write_text(json.dumps(described, indent=1), encoding="utf-8")


def int8_tolerance(measured: float) -> float:
    """What another processor may differ by: texts that are read together share a scale, and some round otherwise."""
    return round(2 * measured + 0.02, 3)


def _files(folder: Path) -> dict[str, Path]:
    """Every file below `folder` by its path within it; links are left out."""
    paths = (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    return {path.relative_to(folder).as_posix(): path for path in paths}


def _write_zip(destination: Path, root: str, files: dict[str, Path], made: datetime) -> None:
    """Stream the files, sorted by name, then SHA256SUMS; the same files and time give the same bytes."""
    sums = []
    with destination.open("wb") as stream:
        with zipfile.ZipFile(stream, "w") as archive:
            for name in sorted(files):
                digest = hashlib.sha256()
                with (
                    files[name].open("rb") as source,
                    archive.open(_entry(f"{root}/{name}", made), "w", force_zip64=True) as target,
                ):
                    while chunk := source.read(_CHUNK):
                        digest.update(chunk)
                        target.write(chunk)
                sums.append(f"{digest.hexdigest()}  {name}\n")
            archive.writestr(_entry(f"{root}/SHA256SUMS", made), "".join(sums))
        stream.flush()
        os.fsync(stream.fileno())


def _entry(name: str, made: datetime) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, made.timetuple()[:6])
    entry.external_attr = 0o644 << 16
    entry.compress_type = zipfile.ZIP_STORED if Path(name).suffix in _WEIGHTS else zipfile.ZIP_DEFLATED
    return entry
