"""Tiny real picture models with random weights, and pictures drawn by code."""

import copy
import json
from pathlib import Path
from typing import Any

import numpy as np
import open_clip
import timm
import torch
from open_clip.push_to_hf_hub import save_for_hf
from open_clip.tokenizer import HFTokenizer
from PIL import Image, ImageDraw
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace
from tokenizers.processors import TemplateProcessing
from transformers import PreTrainedTokenizerFast

from trainer.data.picture_store import PictureStore, PictureWriter
from trainer.encoders.text_half import TEXT_HALF_FOLDER, text_settings_with, write_text_half
from trainer.encoders.timm_models import save_network

COLOURS = ("red", "green", "blue", "orange", "purple", "black")

CLIP_CONFIG: dict[str, Any] = {
    "model_cfg": {
        "embed_dim": 16,
        "vision_cfg": {"image_size": 32, "layers": 2, "width": 32, "head_width": 16, "patch_size": 16},
        "text_cfg": {"context_length": 16, "vocab_size": 49408, "width": 16, "heads": 2, "layers": 1},
    },
    "preprocess_cfg": {"mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5], "interpolation": "bicubic"},
}


def draw(number: int, size: int = 80) -> Image.Image:
    """A picture of a few coloured shapes, another for every number."""
    random = np.random.default_rng(number)
    picture = Image.new("RGB", (size, size + number % 30), "white")
    for _ in range(4):
        x, y = random.integers(0, size - 20, 2).tolist()
        ImageDraw.Draw(picture).ellipse((x, y, x + 30, y + 20), fill=str(random.choice(COLOURS)))
    return picture


def make_store(file: Path, pictures: list[Image.Image]) -> tuple[PictureStore, list[str]]:
    """A real store of pictures, and their keys in order."""
    with PictureWriter(file) as writer:
        keys = [writer.add(picture) for picture in pictures]
    return PictureStore(file), keys


def make_tiny_timm(folder: Path, name: str = "test_efficientnet", classes: int = 7) -> Path:
    """A timm `local-dir:` folder of a model that tells classes apart; a few hundred thousand parameters."""
    torch.manual_seed(0)
    save_network(timm.create_model(name, num_classes=classes), folder, is_embedding=False)
    return folder


_VISION = CLIP_CONFIG["model_cfg"]["vision_cfg"]
_WORDS = {"context_length": 16, "vocab_size": 60, "width": 16, "heads": 2, "layers": 1}

CLIP_MODELS: dict[str, dict[str, Any]] = {
    "clip": CLIP_CONFIG["model_cfg"],
    "siglip": {
        "embed_dim": 64,
        "init_logit_bias": -10,
        "custom_text": True,
        "vision_cfg": {"image_size": 160, "timm_model_name": "test_vit", "timm_pool": "map", "timm_proj": "none"},
        "text_cfg": {**_WORDS, "hf_tokenizer_name": "tiny", "no_causal_mask": True, "proj_bias": True}
        | {"pool_type": "last", "tokenizer_kwargs": {"clean": "canonicalize"}},
    },
    "coca": {
        "embed_dim": 16,
        "custom_text": True,
        "vision_cfg": {**_VISION, "attentional_pool": True, "attn_pooler_heads": 2, "output_tokens": True},
        "text_cfg": {**_WORDS, "vocab_size": 49408, "embed_cls": True, "output_tokens": True},
        "multimodal_cfg": {**_WORDS, "vocab_size": 49408, "attn_pooler_heads": 2},
    },
    "multilingual": {
        "embed_dim": 16,
        "vision_cfg": _VISION,
        "text_cfg": {"hf_model_name": "somebody/tiny-roberta", "hf_tokenizer_name": "somebody/tiny-roberta"}
        | {"context_length": 16, "hf_pooler_type": "mean_pooler"},
    },
}
"""As open_clip's own ViT-B-32, ViT-B-16-SigLIP, coca_ViT-B-32 and xlm-roberta-base-ViT-B-32, but tiny."""

TEXT_HALF: dict[str, Any] = {
    "model_type": "xlm-roberta",
    "vocab_size": 60,
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 64,
    "max_position_embeddings": 40,
    "pad_token_id": 1,
}


def make_tiny_clip(folder: Path, kind: str = "clip", *, width: int = 0) -> Path:
    """An open_clip `local-dir:` folder, saved by open_clip itself. kind: one of CLIP_MODELS; of a multilingual one the
    configuration of its text half lies in text_model/. width: of both towers and of embeddings, with smaller patches:
    from 64 on, what random layers make of colours and words is enough to learn from."""
    folder.mkdir(parents=True)
    model_config = copy.deepcopy(CLIP_MODELS[kind])
    if width:
        model_config["embed_dim"] = width
        model_config["vision_cfg"] |= {"width": width, "patch_size": 8}
        model_config["text_cfg"] |= {"width": width}
    with text_settings_with(TEXT_HALF if kind == "multilingual" else None, model_config["text_cfg"]) as settings:
        (folder / "open_clip_config.json").write_text(json.dumps(CLIP_CONFIG | {"model_cfg": model_config}))
        torch.manual_seed(0)
        model = open_clip.create_model(f"local-dir:{folder}", load_weights=False, text_cfg=settings)
    tokenizer = _tokenizer(folder.with_name(f"{folder.name}-tokenizer"))
    save_for_hf(model, tokenizer, model_config, str(folder), safe_serialization=True)
    if kind == "multilingual":
        write_text_half(TEXT_HALF, folder / TEXT_HALF_FOLDER)
    return folder


def _tokenizer(folder: Path) -> HFTokenizer:
    """Of a few whole words."""
    words = [
        "<s>",
        "<pad>",
        "</s>",
        "<unk>",
        "a",
        *("red", "green", "blue", "yellow", "shoe", "disc"),
        *(f"word{n}" for n in range(40)),
    ]
    plain = Tokenizer(WordLevel({word: place for place, word in enumerate(words)}, unk_token="<unk>"))
    plain.pre_tokenizer = Whitespace()
    plain.post_processor = TemplateProcessing(single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)])
    special = {"bos_token": "<s>", "pad_token": "<pad>", "eos_token": "</s>", "unk_token": "<unk>"}
    PreTrainedTokenizerFast(tokenizer_object=plain, **special).save_pretrained(folder)
    return HFTokenizer(str(folder), context_length=16)
