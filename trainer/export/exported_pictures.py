"""A picture model's files as they will be packed: the saved folder, golden pictures and vectors, and the ONNX files."""

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn

from trainer.config import Task
from trainer.encoders.base import Side
from trainer.encoders.clip import ClipEncoder
from trainer.encoders.dual import DualEncoder
from trainer.encoders.loading import PicturesEncoder
from trainer.encoders.model_folders import kind_of
from trainer.encoders.picture import PictureEncoder
from trainer.errors import TrainingError
from trainer.export.exported import JUDGED_TOLERANCE
from trainer.export.int8_tower import write_int8_tower
from trainer.export.onnx_model import write_onnx
from trainer.export.onnx_tower import write_tower
from trainer.export.picture_files import ExportedPictures, int8_name
from trainer.export.verify import Tower, load_towers

PICTURES_A_PASS = 8


def export_pictures(
    folder: Path,
    *,
    encoder: PicturesEncoder,
    sample_texts: Sequence[str],
    sample_pictures: Sequence[Image.Image],
    onnx: Path,
    typical_pictures: Sequence[Image.Image] = (),
) -> ExportedPictures:
    """Opens a folder that `encoder.save` wrote as any other program would, and writes the ONNX files to `onnx`.

    encoder: the model that was judged; raises TrainingError when the folder does not give its embeddings.
    sample_pictures: at least one; with the texts, which a model of pictures alone has none of, they become golden.
    typical_pictures: some of the kind that will be read, which the int8 file is fitted to; () for none.
    """
    if not sample_pictures:
        raise ValueError("sample_pictures must have at least one picture")
    onnx.mkdir(parents=True, exist_ok=True)
    for file in onnx.iterdir():
        file.unlink()  # of a run that was interrupted
    kind, pictures = kind_of(folder, Task.IMAGE_IMAGE), [picture.convert("RGB") for picture in sample_pictures]
    towers = load_towers(kind, folder)
    golden = {"pictures": _golden(towers["pictures"], pictures, encoder.encode_pictures(pictures))}
    reasons = [_write_picture_tower(encoder, towers["pictures"], pictures, golden["pictures"], onnx)]
    difference = None
    if typical_pictures and not reasons[0]:
        difference = _write_int8(towers["pictures"], typical_pictures, pictures, golden["pictures"], onnx)
    if sample_texts and "texts" in towers:
        texts = list(sample_texts)
        golden["texts"] = _golden(towers["texts"], texts, _texts_of(encoder, texts))
        reasons.append(_write_text_tower(encoder, towers["texts"], texts, golden["texts"], onnx))
    files = {f"golden/{number}.png": _png(picture) for number, picture in enumerate(pictures, start=1)}
    no_onnx = next(filter(None, reasons), "")
    return ExportedPictures(folder, kind, list(sample_texts), files, golden, onnx, no_onnx, difference)


def _golden(tower: Tower, items: Sequence[object], judged: np.ndarray) -> np.ndarray:
    """Embeddings (items, dim) float32 by the standard library; they must be those of the model that was judged."""
    golden = np.ascontiguousarray(tower.embed(items), dtype=np.float32)
    if golden.shape != judged.shape or not np.abs(golden - judged).max() <= JUDGED_TOLERANCE:  # NaN fails as well
        raise TrainingError(
            "The saved model does not give the embeddings of the model that was judged, so it is not published.",
            "Run again; if it happens again, choose another base model.",
        )
    return golden


def _texts_of(encoder: PicturesEncoder, texts: list[str]) -> np.ndarray:
    if isinstance(encoder, DualEncoder):
        return encoder.text.encode(texts)  # golden texts are of no side
    return encoder.encode(texts, side=Side.QUERY)


class _PictureTower(nn.Module):
    """Pixels (batch, 3, height, width) in, embeddings (batch, dim) of length 1 out."""

    def __init__(self, encoder: PicturesEncoder) -> None:
        super().__init__()
        self.encoder, self.model = encoder, encoder.model

    def forward(self, pixels: Tensor) -> Tensor:
        return self.encoder.embed(pixels)


class _ClipTextTower(nn.Module):
    """Tokens (batch, context) in, embeddings (batch, dim) of length 1 out."""

    def __init__(self, encoder: ClipEncoder) -> None:
        super().__init__()
        self.encoder, self.model = encoder, encoder.model

    def forward(self, tokens: Tensor) -> Tensor:
        return self.encoder.embed_texts(tokens)


def _write_picture_tower(
    encoder: PicturesEncoder, tower: Tower, pictures: Sequence[Image.Image], golden: np.ndarray, onnx: Path
) -> str:
    (pixels,) = tower.inputs(pictures).values()
    with _on_cpu(encoder.model):
        return write_tower(
            _PictureTower(encoder), torch.from_numpy(pixels), golden, onnx / tower.onnx, input_name="pixels"
        )


def _write_int8(
    tower: Tower, typical: Sequence[Image.Image], pictures: Sequence[Image.Image], golden: np.ndarray, onnx: Path
) -> float | None:
    starts = range(0, len(typical), PICTURES_A_PASS)
    batches = [tower.inputs([x.convert("RGB") for x in typical[at : at + PICTURES_A_PASS]]) for at in starts]
    (pixels,) = tower.inputs(pictures).values()
    read = [next(iter(batch.values())) for batch in batches]
    return write_int8_tower(onnx / tower.onnx, read, pixels, golden, onnx / int8_name(tower.onnx))


def _write_text_tower(encoder: PicturesEncoder, tower: Tower, texts: list[str], golden: np.ndarray, onnx: Path) -> str:
    if isinstance(encoder, PictureEncoder):
        return ""
    with _on_cpu(encoder.model):
        if isinstance(encoder, DualEncoder):
            return write_onnx(encoder.text.model, texts, golden, onnx / tower.onnx)
        (tokens,) = tower.inputs(texts).values()
        return write_tower(
            _ClipTextTower(encoder), torch.from_numpy(tokens), golden, onnx / tower.onnx, input_name="tokens"
        )


@contextmanager
def _on_cpu(model: nn.Module) -> Iterator[None]:
    """Inside, the model that was judged is on the CPU, where ONNX files are made."""
    device = next(model.parameters()).device
    model.to("cpu")
    try:
        yield
    finally:
        model.to(device)


def _png(picture: Image.Image) -> bytes:
    """Without loss: JPEG decoders differ by a little."""
    content = io.BytesIO()
    picture.save(content, "PNG")
    return content.getvalue()
