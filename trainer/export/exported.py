"""The model's files as they will be packed: the saved folder, its golden vectors, and the ONNX files made from it."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from sentence_transformers import SentenceTransformer

from trainer.encoders.base import Encoder
from trainer.errors import TrainingError
from trainer.export.onnx_model import write_int8, write_onnx

JUDGED_TOLERANCE = 1e-3
"""Largest difference of any number between the saved folder and the model that was judged, maybe on a GPU."""


@dataclass(frozen=True)
class Exported:
    """A model on its way into an archive.

    folder: a SentenceTransformer folder. model: that folder, opened on the CPU. texts, golden: sample texts and their
    embeddings (texts, dim) float32. onnx: a folder with `model.onnx` and `model_int8.onnx`, those that exist.
    no_onnx: why there is no model.onnx, or "". int8_difference: of any number to `golden`; None without an int8 file.
    """

    folder: Path
    model: SentenceTransformer
    texts: list[str]
    golden: np.ndarray
    onnx: Path
    no_onnx: str
    int8_difference: float | None

    @property
    def int8_file(self) -> Path:
        """Where the file is, if there is one (`int8_difference`)."""
        return self.onnx / "model_int8.onnx"

    @property
    def weight_bytes(self) -> int:
        """Size of the weights in the saved folder."""
        return sum(file.stat().st_size for file in self.folder.rglob("*.safetensors"))


def export(
    folder: Path, *, encoder: Encoder, sample_texts: list[str], typical: list[str], int8: bool, onnx: Path
) -> Exported:
    """Opens a saved SentenceTransformer folder as any other program would, and writes the ONNX files to `onnx`.

    encoder: the model that was judged; raises TrainingError when the folder does not give its embeddings.
    sample_texts: at least one; they become the golden vectors. typical: some texts of the kind that will be read.
    int8: whether to write `model_int8.onnx`, too.
    """
    if not sample_texts:
        raise ValueError("sample_texts must have at least one text")
    onnx.mkdir(parents=True, exist_ok=True)
    for file in onnx.iterdir():
        file.unlink()  # of a run that was interrupted
    model = SentenceTransformer(
        str(folder), device="cpu", local_files_only=True, model_kwargs={"dtype": torch.float32}
    ).eval()
    golden = _golden(model, encoder, sample_texts)
    exact = onnx / "model.onnx"
    no_onnx = write_onnx(model, sample_texts, golden, exact)
    difference = None
    if int8 and not no_onnx:
        difference = write_int8(model, typical or sample_texts, sample_texts, golden, exact, onnx / "model_int8.onnx")
    return Exported(folder, model, sample_texts, golden, onnx, no_onnx, difference)


def _golden(model: SentenceTransformer, encoder: Encoder, texts: list[str]) -> np.ndarray:
    """Embeddings (texts, dim) float32 of the saved folder; they must be those of the model that was judged."""
    golden = np.asarray(model.encode(texts, normalize_embeddings=True, show_progress_bar=False), dtype=np.float32)
    if not np.abs(golden - encoder.encode(texts)).max() <= JUDGED_TOLERANCE:  # so that NaN fails as well
        raise TrainingError(
            "The saved model does not give the embeddings of the model that was judged, so it is not published.",
            "Run again; if it happens again, choose another base model.",
        )
    return golden
