"""Writes the downloadable ZIP of a finished text model: one folder that the standard libraries load by themselves."""

import hashlib
import json
import os
import re
import tempfile
import unicodedata
import zipfile
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import save_file
from sentence_transformers import SentenceTransformer

from trainer.encoders.base import Encoder
from trainer.errors import TrainingError
from trainer.export.card import model_card
from trainer.export.onnx_model import ONNX_TOLERANCE, write_onnx
from trainer.report import Report, report_bytes

TOLERANCE = 1e-5
"""Largest allowed difference of any number of a golden vector, on whatever CPU the model is loaded."""

JUDGED_TOLERANCE = 1e-3
"""The same between the saved folder and the model that was judged, which may have run on a GPU."""

_WEIGHTS = {".safetensors", ".onnx"}  # hardly compressible, and large: stored as they are

_CHUNK = 1 << 20


def write_archive(
    *, folder: Path, report: Report, encoder: Encoder, sample_texts: list[str], destination: Path, name: str
) -> None:
    """Write `destination`, a ZIP, whole or not at all.

    folder: the saved SentenceTransformer folder. encoder: the model that was judged; raises TrainingError when the
    folder does not give its embeddings. sample_texts: at least one; they become the golden vectors. name: a title in
    any script; the folder inside the ZIP has a plain form of it.
    """
    if not sample_texts:
        raise ValueError("sample_texts must have at least one text")
    destination.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".archive-", dir=destination.parent) as temporary:
        extra = Path(temporary) / "extra"
        (extra / "onnx").mkdir(parents=True)
        model = _open(folder)
        golden = _golden(model, encoder, sample_texts)
        _write_golden(extra, sample_texts, golden)
        no_onnx = write_onnx(model, sample_texts, golden, extra / "onnx" / "model.onnx")
        prompts = [key for key, prompt in (model.prompts or {}).items() if prompt]
        root = folder_name(name)
        (extra / "README.md").write_text(model_card(report, name, root, prompts, no_onnx), encoding="utf-8")
        (extra / "report.json").write_bytes(report_bytes(report))
        (extra / "verify.py").write_bytes(Path(__file__).with_name("verify.py").read_bytes())
        made = datetime.fromisoformat(report["created"])
        partial = Path(temporary) / "archive.zip"
        _write_zip(partial, root, _files(folder) | _files(extra), made)
        partial.replace(destination)


def folder_name(name: str) -> str:
    """A name that every file system takes: letters, digits, dot and hyphen of ASCII; "model" when nothing is left."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9.]+", "-", plain).strip("-.")[:60].rstrip("-.") or "model"


def _open(folder: Path) -> SentenceTransformer:
    """The folder as any other program would open it, on the CPU."""
    return SentenceTransformer(
        str(folder), device="cpu", local_files_only=True, model_kwargs={"dtype": torch.float32}
    ).eval()


def _golden(model: SentenceTransformer, encoder: Encoder, texts: list[str]) -> np.ndarray:
    """Embeddings (texts, dim) float32 of the saved folder; they must be those of the model that was judged."""
    golden = np.asarray(model.encode(texts, normalize_embeddings=True, show_progress_bar=False), dtype=np.float32)
    if not np.abs(golden - encoder.encode(texts)).max() <= JUDGED_TOLERANCE:  # so that NaN fails as well
        raise TrainingError(
            "The saved model does not give the embeddings of the model that was judged, so it is not published.",
            "Run again; if it happens again, choose another base model.",
        )
    return golden


def _write_golden(folder: Path, texts: list[str], golden: np.ndarray) -> None:
    save_file({"embeddings": np.ascontiguousarray(golden)}, folder / "golden.safetensors")
    libraries = ("sentence-transformers", "transformers", "torch", "safetensors")
    content = {
        "format": 1,
        "texts": texts,
        "normalised": True,
        "tolerance": TOLERANCE,
        "onnx_tolerance": ONNX_TOLERANCE,
        "libraries": {library: version(library) for library in libraries},
    }
    (folder / "golden.json").write_text(json.dumps(content, indent=1), encoding="utf-8")


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
