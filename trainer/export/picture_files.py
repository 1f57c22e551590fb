"""What of a picture model is packed. Light: archives of text models are written without what reads pictures."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from trainer.encoders.model_folders import Kind

LIBRARIES: dict[Kind, tuple[str, ...]] = {
    "timm": ("timm", "torch", "torchvision", "safetensors", "pillow"),
    "open_clip": ("open_clip_torch", "torch", "torchvision", "safetensors", "pillow"),
    "dual": ("sentence-transformers", "timm", "transformers", "torch", "torchvision", "safetensors", "pillow"),
}

PICTURE_ONNX: dict[Kind, str] = {"timm": "model.onnx", "open_clip": "picture.onnx", "dual": "picture.onnx"}

TEXT_ONNX = "text.onnx"


def int8_name(onnx: str) -> str:
    """Of the file with weights of 8 bits beside the ONNX file of this name."""
    return onnx.replace(".onnx", "_int8.onnx")


@dataclass(frozen=True)
class ExportedPictures:
    """A picture model on its way into an archive.

    folder: a stock folder of the `kind`. texts, pictures: samples; the pictures as PNG files by their names in the
    archive. golden: embeddings {"texts", "pictures"} of those there are, each (n, dim) float32. onnx: a folder with the
    ONNX files that exist. no_onnx: why one is missing, or "". int8_difference: of any number that the picture tower
    with weights of 8 bits gives, to `golden`; None without such a file.
    """

    folder: Path
    kind: Kind
    texts: list[str]
    pictures: dict[str, bytes]
    golden: dict[str, np.ndarray]
    onnx: Path
    no_onnx: str
    int8_difference: float | None = None

    @property
    def int8_file(self) -> Path:
        """The picture tower's, if there is one (`int8_difference`)."""
        return self.onnx / int8_name(PICTURE_ONNX[self.kind])

    @property
    def int8_bytes(self) -> int:
        """Size of the small file, and of the text tower's that is used with it where the model has one."""
        text = self.onnx / TEXT_ONNX
        return self.int8_file.stat().st_size + (text.stat().st_size if text.exists() else 0)

    @property
    def weight_bytes(self) -> int:
        """Size of the weights in the saved folder."""
        return sum(file.stat().st_size for file in self.folder.rglob("*.safetensors"))
