"""Checks this model folder: that every file is the one that was packed, and that the model gives the same vectors.

Run it in the unpacked folder: python verify.py
It needs only the libraries that golden.json names; with onnxruntime installed the ONNX models are checked too. It uses
no network.
Exit status 0: all is well. 1: something is wrong, said in words.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent


class CheckFailedError(Exception):
    """A check that failed, in words."""


def main() -> int:
    """Run every check and print one line for each."""
    os.environ["HF_HUB_OFFLINE"] = "1"
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    os.environ.setdefault("TQDM_DISABLE", "1")  # progress bars
    try:
        print(f"ok: {check_sums()} files are as they were packed")
        golden = json.loads((FOLDER / "golden.json").read_text(encoding="utf-8"))
        repair_torchvision()
        for line in check_text(golden) if golden.get("kind", "text") == "text" else check_towers(golden):
            print(line)
    except CheckFailedError as failure:
        print(f"FAILED: {failure}")
        return 1
    print("All is well: this is the model that was measured.")
    return 0


def check_sums() -> int:
    """Compare every file with SHA256SUMS; gives how many there are."""
    sums = FOLDER / "SHA256SUMS"
    if not sums.is_file():
        raise CheckFailedError("SHA256SUMS is missing. Unpack the archive again, completely.")
    lines = sums.read_text(encoding="utf-8").splitlines()
    for line in lines:
        expected, _, name = line.partition("  ")
        if not (FOLDER / name).is_file():
            raise CheckFailedError(f"{name} is missing. Unpack the archive again, completely.")
        if digest(FOLDER / name) != expected:
            raise CheckFailedError(
                f"{name} is not the file that was packed: it was changed or damaged. Download again."
            )
    return len(lines)


def digest(path: Path) -> str:
    """SHA-256 of a file, read in parts."""
    total = hashlib.sha256()
    with path.open("rb") as file:
        while part := file.read(1 << 20):
            total.update(part)
    return total.hexdigest()


def check_text(golden: dict[str, Any]) -> list[str]:
    """A text model: its vectors by sentence-transformers, then by its ONNX files. One line for each."""
    model, expected = load_model(), load_expected()["embeddings"]
    vectors = model.encode(golden["texts"], normalize_embeddings=True, show_progress_bar=False)
    lines = [f"ok: {compare(vectors, expected, golden['tolerance'], 'the model')}"]
    inputs = text_inputs(model, golden["texts"])
    lines.append(check_onnx("model.onnx", inputs, expected, golden["onnx_tolerance"]))
    if (FOLDER / "onnx" / "model_int8.onnx").is_file():
        lines.append(check_onnx("model_int8.onnx", inputs, expected, golden["int8_tolerance"]))
    return lines


def load_model() -> Any:
    """The model, on the CPU, by sentence-transformers alone."""
    try:
        from sentence_transformers import SentenceTransformer
    except ImportError:
        raise CheckFailedError("sentence-transformers is not installed: pip install sentence-transformers") from None
    try:
        return SentenceTransformer(str(FOLDER), device="cpu", local_files_only=True)
    except Exception as error:
        raise CheckFailedError(f"sentence-transformers cannot open the model: {error}") from error


def load_expected() -> dict[str, Any]:
    """The vectors that the model gave when it was measured, each (texts or pictures, numbers)."""
    from safetensors.numpy import load_file

    return dict(load_file(FOLDER / "golden.safetensors"))


def compare(vectors: Any, expected: Any, tolerance: float, what: str) -> str:
    """Fail when any number differs by more than `tolerance`; else say how near they are."""
    if vectors.shape != expected.shape:
        raise CheckFailedError(f"{what} gives vectors of shape {vectors.shape} instead of {expected.shape}.")
    difference = float(abs(vectors - expected).max())
    if not difference <= tolerance:
        raise CheckFailedError(
            f"{what} gives other vectors than when it was measured: they differ by {difference:.1g}."
        )
    same = "the same" if tolerance < 1e-3 else "nearly the same"
    return f"{what} gives {same} {len(expected)} vectors (largest difference {difference:.0e})"


def text_inputs(model: Any, texts: Sequence[str]) -> dict[str, Any]:
    """What an ONNX file takes of texts: tokens, padded, with the prompt that the model puts before each."""
    prompt = (model.prompts or {}).get(model.default_prompt_name or "") or ""
    prompted = [prompt + text for text in texts]
    tokens = model.tokenizer(
        prompted, padding=True, truncation=True, max_length=model.max_seq_length, return_tensors="np"
    )
    return {name: values.astype("int64") for name, values in tokens.items()}


def check_onnx(name: str, inputs: dict[str, Any], expected: Any, tolerance: float) -> str:
    """The same comparison for an ONNX file, where there is one and onnxruntime can run it."""
    path = FOLDER / "onnx" / name
    if not path.is_file():
        return f"skipped: there is no {name} in this folder"
    try:
        import onnxruntime
    except ImportError:
        return f"skipped: onnxruntime is not installed, so {name} was not run"
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    wanted = {node.name: inputs[node.name] for node in session.get_inputs()}
    return f"ok: {compare(session.run(None, wanted)[0], expected, tolerance, f'the ONNX model ({name})')}"


def check_towers(golden: dict[str, Any]) -> list[str]:
    """A model of pictures, or of texts and pictures: the same for each of its towers."""
    from PIL import Image

    items: dict[str, Any] = {"texts": golden["texts"]}
    items["pictures"] = [Image.open(FOLDER / name).convert("RGB") for name in golden["pictures"]]
    try:
        towers = load_towers(golden["kind"], FOLDER)
    except ImportError as error:
        libraries = " ".join(golden["libraries"])
        raise CheckFailedError(f"a library is missing ({error}): pip install {libraries}") from None
    except Exception as error:
        raise CheckFailedError(f"the model cannot be opened: {error}") from error
    lines = []
    for name, expected in load_expected().items():
        tower, what = towers[name], f"the model of {name}"
        lines.append(f"ok: {compare(tower.embed(items[name]), expected, golden['tolerance'], what)}")
        inputs = tower.inputs(items[name])
        lines.append(check_onnx(tower.onnx, inputs, expected, golden["onnx_tolerance"]))
        small = tower.onnx.replace(".onnx", "_int8.onnx")
        if (FOLDER / "onnx" / small).is_file():
            lines.append(check_onnx(small, inputs, expected, golden["int8_tolerance"]))
    return lines


@dataclass(frozen=True)
class Tower:
    """How texts or pictures become vectors: by the standard library, and what its ONNX file takes of them."""

    onnx: str
    embed: Callable[[Sequence[Any]], Any]
    inputs: Callable[[Sequence[Any]], dict[str, Any]]


def load_towers(kind: str, folder: Path) -> dict[str, Tower]:
    """The towers of a folder of the kind "timm", "open_clip" or "dual", on the CPU, by standard libraries alone."""
    return {"timm": _timm_towers, "open_clip": _open_clip_towers, "dual": _dual_towers}[kind](folder)


def _timm_towers(folder: Path) -> dict[str, Tower]:
    import timm
    from timm.data import create_transform, resolve_data_config
    from torch.nn.functional import normalize

    model = timm.create_model(f"local-dir:{folder}", pretrained=True).eval()
    pixels = _stacking(create_transform(**resolve_data_config({}, model=model)))
    return {"pictures": _torch_tower("model.onnx", "pixels", pixels, lambda batch: normalize(model(batch), dim=1))}


def _open_clip_towers(folder: Path) -> dict[str, Tower]:
    import open_clip

    model, _, transform = open_clip.create_model_and_transforms(f"local-dir:{folder}", **_text_half(folder))
    tokenizer = open_clip.get_tokenizer(f"local-dir:{folder}")
    model.eval()
    return {
        "texts": _torch_tower("text.onnx", "tokens", tokenizer, lambda batch: model.encode_text(batch, normalize=True)),
        "pictures": _torch_tower(
            "picture.onnx", "pixels", _stacking(transform), lambda batch: model.encode_image(batch, normalize=True)
        ),
    }


def _text_half(folder: Path) -> dict[str, Any]:
    """What open_clip must be told where the text half is a model of transformers: its configuration is in this folder,
    and need not be asked of a hub."""
    if not (folder / "text_model").is_dir():
        return {}
    settings = json.loads((folder / "open_clip_config.json").read_text(encoding="utf-8"))["model_cfg"]["text_cfg"]
    return {"text_cfg": {**settings, "hf_model_name": str(folder / "text_model"), "hf_model_pretrained": False}}


def _dual_towers(folder: Path) -> dict[str, Tower]:
    spec = importlib.util.spec_from_file_location("load_model", folder / "load_model.py")
    assert spec is not None and spec.loader is not None
    loader = importlib.util.module_from_spec(spec)
    sys.modules["load_model"] = loader  # as `import` does
    spec.loader.exec_module(loader)
    model = loader.load_model(folder)
    pixels = _stacking(model.transform)
    return {
        "texts": Tower("text.onnx", model.encode_texts, lambda texts: text_inputs(model.text, texts)),
        "pictures": Tower("picture.onnx", model.encode_pictures, lambda pictures: {"pixels": pixels(pictures).numpy()}),
    }


def _torch_tower(onnx: str, name: str, prepare: Callable[[Any], Any], embed: Callable[[Any], Any]) -> Tower:
    import torch

    def embed_items(items: Sequence[Any]) -> Any:
        with torch.inference_mode():
            return embed(prepare(items)).float().numpy()

    return Tower(onnx, embed_items, lambda items: {name: prepare(items).numpy()})


def _stacking(transform: Callable[[Any], Any]) -> Callable[[Sequence[Any]], Any]:
    import torch

    return lambda pictures: torch.stack([transform(picture) for picture in pictures])


def repair_torchvision() -> None:
    """Where torchvision does not fit torch, it cannot be imported, nor what imports it. Only its resizing is needed,
    which works once two operators are declared."""
    try:
        import torchvision  # noqa: F401
    except ImportError:
        return
    except RuntimeError:
        import torch

        library = torch.library.Library("torchvision", "DEF")
        for name in ("nms", "qnms"):
            library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        repair_torchvision.kept = library  # type: ignore[attr-defined]


if __name__ == "__main__":
    sys.exit(main())
