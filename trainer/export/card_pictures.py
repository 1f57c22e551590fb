"""The model card of a picture model: as that of a text model, but for what it is and how to use it."""

import json

from trainer.encoders.model_folders import Kind
from trainer.export.card import head, limits, made_from, measured
from trainer.export.picture_files import PICTURE_ONNX, int8_name
from trainer.report import Report

_LIBRARY: dict[Kind, str] = {"timm": "timm", "open_clip": "open_clip", "dual": "sentence-transformers"}
_PIPELINE: dict[Kind, str] = {
    "timm": "image-feature-extraction",
    "open_clip": "zero-shot-image-classification",
    "dual": "feature-extraction",
}

_WHAT: dict[Kind, str] = {
    "timm": "A picture embedding model for search: it turns pictures into vectors whose inner product says how alike "
    "they are. A stock timm model: its output, given length 1, is the embedding.",
    "open_clip": "A model of texts and pictures for search: it turns both into vectors whose inner product says how "
    "well they match. A stock open_clip model.",
    "dual": "A model of texts and pictures for search: it turns both into vectors whose inner product says how well "
    "they match. It joins a stock sentence-transformers model (`text/`) and a stock timm model (`image/`): a picture "
    "lies where the words for what the timm model sees in it lie, moved by a learned part of its features. "
    "`load_model.py`, 30 lines of code on the standard libraries, says how; `joint.safetensors` holds what joins "
    "them. **A CLIP model is better**: this one knows a picture by the 1,000 things of ImageNet and what it learned, a "
    "CLIP model by the words of millions of captions. Where you can get one (any open_clip folder), fit that instead.",
}

_CODE: dict[Kind, str] = {
    "timm": """import timm
import torch
from PIL import Image
from timm.data import create_transform, resolve_data_config

model = timm.create_model("local-dir:" + FOLDER, pretrained=True).eval()
transform = create_transform(**resolve_data_config({}, model=model))
pictures = [Image.open(FOLDER + "/golden/1.png").convert("RGB")]
with torch.inference_mode():
    vectors = model(torch.stack([transform(picture) for picture in pictures]))
vectors = torch.nn.functional.normalize(vectors, dim=1)
scores = vectors @ vectors.T""",
    "open_clip": """import open_clip
import torch
from PIL import Image

model, _, transform = open_clip.create_model_and_transforms("local-dir:" + FOLDER)
tokenizer = open_clip.get_tokenizer("local-dir:" + FOLDER)
model.eval()
pictures = [Image.open(FOLDER + "/golden/1.png").convert("RGB")]
with torch.inference_mode():
    vectors = model.encode_image(torch.stack([transform(picture) for picture in pictures]), normalize=True)
    scores = model.encode_text(tokenizer(["a red shoe"]), normalize=True) @ vectors.T""",
    "dual": """import sys
from PIL import Image

sys.path.insert(0, FOLDER)
from load_model import load_model

model = load_model(FOLDER)
vectors = model.encode_pictures([Image.open(FOLDER + "/golden/1.png")])
scores = model.encode_texts(["a red shoe"]) @ vectors.T""",
}

_WITH_TEXT_HALF = """import json

import open_clip
import torch
from PIL import Image

# The text half's configuration lies in text_model/; without this, open_clip would ask the hub for it.
with open(FOLDER + "/open_clip_config.json", encoding="utf-8") as file:
    text_cfg = json.load(file)["model_cfg"]["text_cfg"]
text_cfg.update(hf_model_name=FOLDER + "/text_model", hf_model_pretrained=False)
model, _, transform = open_clip.create_model_and_transforms("local-dir:" + FOLDER, text_cfg=text_cfg)
"""

_PIXELS = (
    "takes `pixels`, (batch, 3, height, width) float32, resized and scaled as the code above does it, and gives "
    "`unit_embedding`, (batch, dim) float32 of length 1"
)

_ONNX: dict[Kind, str] = {
    "timm": f"`onnx/model.onnx` {_PIXELS}.",
    "open_clip": f"`onnx/picture.onnx` {_PIXELS}; `onnx/text.onnx`, where it is, takes `tokens`, (batch, context) "
    "int64, of the tokenizer above.",
    "dual": f"`onnx/picture.onnx` {_PIXELS}; `onnx/text.onnx` takes `input_ids`, `attention_mask` and "
    "`token_type_ids`, (batch, sequence) int64, of the tokenizer in `text/`, and gives `sentence_embedding`.",
}


def _code(kind: Kind, has_text_half: bool) -> str:
    """How to load the model and use it."""
    if not has_text_half:
        return _CODE[kind]
    return _WITH_TEXT_HALF + _CODE[kind].partition('"local-dir:" + FOLDER)\n')[2]


def _with_it(kind: Kind) -> str:
    return "It has" if kind == "timm" else "With `onnx/text.onnx`, where it is, it has"


def _int8(report: Report, kind: Kind) -> list[str]:
    """What the small file is, and what was measured of it."""
    name = int8_name(PICTURE_ONNX[kind])
    what = f"`onnx/{name}` takes and gives the same with weights of 8 bits, but needs onnxruntime."
    found = [variant for variant in report.get("variants", []) if variant["kind"] == "int8"]
    if not found:
        return [what]
    small, step = found[0], found[0]["difference"]
    low, high = step["ci95"]
    return [
        f"{what} {_with_it(kind)} {small['model_bytes'] / 1e6:.0f} MB; on the test questions its ranking score "
        f"(nDCG@10) differs from the whole model's by {step['mean']:+.3f} (95% interval {low:+.3f} to {high:+.3f}). "
        f"When the model was made it read {small['speed']:.1f} times as many pictures a second as torch, with as many "
        "threads; that depends on the processor (int8 wants one with VNNI or the like)."
    ]


def picture_card(
    report: Report,
    name: str,
    folder_name: str,
    *,
    kind: Kind,
    no_onnx: str,
    has_int8: bool = False,
    has_text_half: bool = False,
) -> str:
    """README.md. no_onnx: why an ONNX file is missing, or "" when none is.

    has_text_half: whether an open_clip model's text half is one of transformers, whose configuration lies in a folder.
    """
    return (
        "\n\n".join(
            [
                head(report, _LIBRARY[kind], _PIPELINE[kind], (_LIBRARY[kind],)),
                f"# {' '.join(name.split())}",
                f"{_WHAT[kind]} Fitted to one business's own examples with Tailor.",
                *measured(report),
                *made_from(report),
                "## Use",
                f"```python\nFOLDER = {json.dumps(folder_name)}\n{_code(kind, has_text_half)}\n```",
                f"An ONNX file is missing: {no_onnx}." if no_onnx else _ONNX[kind],
                *(_int8(report, kind) if has_int8 else []),
                "`python verify.py` checks that every file is whole and that the model gives the vectors it gave when "
                "it was measured (`golden/`, `golden.json`, `golden.safetensors`).",
                *limits(report, "`report.json`, `golden.json` and the pictures in `golden/` contain"),
            ]
        )
        + "\n"
    )
