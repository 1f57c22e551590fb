"""The embedded text-picture model, minilm-effnet: a text model and a picture model that tells classes apart, joined.

A picture's place among texts is the mean of what its classes are called, each as likely as the picture model says: the
convex combination of semantic embeddings, ConSE (Norouzi et al. 2014). A learned matrix adds what the classes miss,
from the picture's features at several depths of the network.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Self

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from trainer.config import Precision
from trainer.data.picture_store import PictureStore
from trainer.encoders.base import OnShare, Side
from trainer.encoders.gloss import gloss_of
from trainer.encoders.model_folders import JOINT_FILE
from trainer.encoders.packaged import LITE0_PACKAGE, MINILM_PACKAGE, package_folder
from trainer.encoders.picture import PictureEncoder
from trainer.encoders.picture_reading import Picture, unit
from trainer.encoders.text import TextEncoder
from trainer.encoders.timm_models import open_network, save_network
from trainer.errors import ModelError

SOFTENED = 2.0
"""What logits are divided by before the softmax: with 1, nearly all weight is on one class."""


class Joint(nn.Module):
    """What joins the towers. gloss: (classes, d), what the classes are called; learning moves it. mean, std: (f,), of
    the features. matrix: (f, d), learned; zero at first.
    """

    def __init__(self, gloss: Tensor, mean: Tensor, std: Tensor, matrix: Tensor) -> None:
        super().__init__()
        self.gloss, self.mean, self.std = (nn.Buffer(part) for part in (gloss, mean, std))
        self.matrix = nn.Parameter(matrix)

    @classmethod
    def untrained(cls, gloss: Tensor, features: int) -> Self:
        """As the base model has it."""
        return cls(gloss, torch.zeros(features), torch.ones(features), torch.zeros(features, gloss.shape[1]))

    def forward(self, features: Tensor, conse: Tensor) -> Tensor:
        """Embeddings (batch, d) of length 1 from features (batch, f) and the classes' mean names (batch, d)."""
        return unit(conse + (features - self.mean) / self.std @ self.matrix)


class DualEncoder:
    """Texts on the query side, pictures on the document side. Always in evaluation mode, in training too.

    text, image: the towers' encoders. joint: what joins them. model: all of it as one module.
    """

    def __init__(self, text: TextEncoder, image: PictureEncoder, joint: Joint) -> None:
        self.text, self.image, self.joint = text, image, joint.to(image.device).eval()
        self.device, self.precision, self.reader = image.device, image.precision, image.reader
        self.model = nn.ModuleDict({"text": text.model, "image": image.model, "joint": self.joint})

    @classmethod
    def load(
        cls,
        folder: Path | None,
        *,
        pictures: PictureStore | None = None,
        device: str | None = None,
        precision: Precision = Precision.AUTO,
        max_tokens: int | None = None,
    ) -> Self:
        """Opens a folder that `save` wrote; None: the base model, from the embedded packages.

        Raises ModelError when a part is missing or does not fit the others.
        """
        device = device or ("cuda" if torch.cuda.is_available() else "cpu")
        text_folder = folder / "text" if folder else package_folder(MINILM_PACKAGE, "MiniLM L6 (English)")
        image_folder = folder / "image" if folder else package_folder(LITE0_PACKAGE, "EfficientNet Lite0")
        text = TextEncoder.load(text_folder, device=device, precision=precision, max_tokens=max_tokens)
        image = PictureEncoder(open_network(image_folder), device, pictures, precision)
        if folder is None:
            joint = Joint.untrained(gloss_of(text), sum(image.stage_sizes))
        else:
            joint = Joint(**{name: part for name, part in load_file(folder / JOINT_FILE).items() if name in _PARTS})
        if image.head is None or joint.matrix.shape != (sum(image.stage_sizes), text.embedding_size):
            raise ModelError(f"The parts of the model in {folder} do not fit each other.", "Copy its folder again.")
        return cls(text, image, joint)

    @property
    def embedding_size(self) -> int:
        """Dimensions of an embedding."""
        return self.text.embedding_size

    @property
    def feature_size(self) -> int:
        """Dimensions of a picture's features, of all depths together."""
        return sum(self.image.stage_sizes)

    @property
    def max_tokens(self) -> int:
        """Longest text that is read to its end, in tokens."""
        return self.text.max_tokens

    def set_joint(self, **parts: np.ndarray | Tensor) -> None:
        """From now on the towers are joined by these parts of `Joint`; the others stay as they are."""
        known = self.joint.state_dict()
        with torch.no_grad():
            for name, value in parts.items():
                known[name].copy_(torch.as_tensor(value))

    # --- Its parts, for training: as those of PictureEncoder ----------------------------------------------------------

    def pixels(self, items: Sequence[Picture]) -> Tensor:
        """(len(items), 3, height, width) float32 on the device."""
        return self.image.pixels(items)

    def lower(self, pixels: Tensor) -> Tensor:
        """What the picture tower makes of `pixels` up to the cut."""
        return self.image.lower(pixels)

    def upper(self, activations: Tensor) -> Tensor:
        """From what `lower` gives to the features of all depths (batch, feature_size)."""
        return self.image.upper_stages(activations)

    def upper_parameters(self) -> dict[str, nn.Parameter]:
        """Those of `upper`, by their names in `model`."""
        return {f"image.{name}": value for name, value in self.image.upper_parameters().items()}

    def conse(self, features: Tensor) -> Tensor:
        """Where the classes of pictures lie among texts: (batch, f) → (batch, d), the longer, the surer the classes."""
        return self.likely(features) @ self.joint.gloss

    def likely(self, features: Tensor) -> Tensor:
        """How likely each class is: (batch, f) → (batch, classes), each row with the sum 1."""
        logits = self.image.model.get_classifier()(features[:, : self.image.feature_size])
        return torch.softmax(logits / SOFTENED, dim=1)

    def project(self, features: Tensor) -> Tensor:
        """Embeddings (batch, embedding_size) of length 1 from features of all depths."""
        return self.joint(features, self.conse(features))

    def embed(self, pixels: Tensor) -> Tensor:
        """Embeddings (batch, embedding_size) of length 1, float32, with gradients where wanted."""
        return self.project(self.upper(self.lower(pixels)))

    def features(self, items: Sequence[Picture], *, on_share: OnShare | None = None, fast: bool = False) -> np.ndarray:
        """Features of all depths (len(items), feature_size) float32."""
        with self.reading(fast):
            found = self.reader.read(items, lambda pixels: self.upper(self.lower(pixels)), on_share)
        return found.reshape(len(items), self.feature_size)

    def activations(
        self, items: Sequence[Picture], *, on_share: OnShare | None = None, fast: bool = False
    ) -> np.ndarray:
        """What `lower` makes of pictures, (len(items), …) float32."""
        return self.image.activations(items, on_share=on_share, fast=fast)

    # --- As an encoder ------------------------------------------------------------------------------------------------

    def encode(
        self, items: Sequence[str], *, side: Side | None = None, on_share: OnShare | None = None, fast: bool = False
    ) -> np.ndarray:
        """Embeddings (len(items), embedding_size), float32, each of length 1: of pictures by their keys on the document
        side, else of texts.

        fast: in the precision of training.
        """
        if side is Side.DOCUMENT:
            return self.encode_pictures(items, on_share=on_share, fast=fast)
        return self.text.encode(items, side=side, on_share=on_share, fast=fast)

    def encode_pictures(
        self, items: Sequence[Picture], *, on_share: OnShare | None = None, fast: bool = False
    ) -> np.ndarray:
        """Embeddings of pictures, by their keys or themselves."""
        with self.reading(fast):
            return self.reader.read(items, self.embed, on_share).reshape(len(items), self.embedding_size)

    def reading(self, fast: bool) -> AbstractContextManager[None]:
        """Inside, the picture tower computes in the precision that `fast` asks for."""
        return self.image.reading(fast)

    def save(self, folder: Path) -> None:
        """Writes text/, a SentenceTransformer folder; image/, a timm folder; what joins them; and load_model.py."""
        folder.mkdir(parents=True, exist_ok=True)
        self.text.save(folder / "text")
        save_network(self.image.model, folder / "image", is_embedding=False)
        parts = {name: value.detach().cpu().contiguous() for name, value in self.joint.state_dict().items()}
        save_file(parts, folder / JOINT_FILE, metadata={"format": "pt"})
        (folder / "load_model.py").write_bytes(Path(__file__).with_name("load_model.py").read_bytes())


_PARTS = ("gloss", "mean", "std", "matrix")
