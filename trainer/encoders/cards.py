"""The base models on offer, as their cards show them."""

from dataclasses import dataclass
from typing import Literal

from trainer.config import Task
from trainer.encoders.packaged import LITE0_PACKAGE, MINILM_PACKAGE

Source = Literal["package", "folder", "hub"]


@dataclass(frozen=True)
class BaseModelInfo:
    """A base model as its card shows it.

    name: what a run stores and `resolve_base_model` takes. dimension: of an embedding. parameters: count.
    megabytes: of the weights file. max_tokens: longest text that is read to its end.
    package: the Python package that carries it; hub: its name on the Hugging Face hub.
    """

    name: str
    title: str
    good_at: str
    languages: str
    dimension: int
    parameters: int
    megabytes: int
    licence: str
    max_tokens: int
    tasks: tuple[Task, ...]
    source: Source
    package: str = ""
    hub: str = ""


_TEXT = (Task.TEXT_TEXT,)

_WORDS_AND_PICTURES = (Task.TEXT_IMAGE, Task.IMAGE_IMAGE)

_PICTURES = (Task.IMAGE_IMAGE,)

BASE_MODELS = (
    BaseModelInfo(
        name="minilm-l6",
        title="MiniLM L6 (English)",
        good_at="Short English texts. Small and fast: the right start, and often enough.",
        languages="English",
        dimension=384,
        parameters=22_713_216,
        megabytes=91,
        licence="Apache-2.0",
        max_tokens=256,
        tasks=_TEXT,
        source="package",
        package=MINILM_PACKAGE,
        hub="sentence-transformers/all-MiniLM-L6-v2",
    ),
    BaseModelInfo(
        name="bge-small-en",
        title="BGE small (English)",
        good_at="English questions and longer passages, up to a page.",
        languages="English",
        dimension=384,
        parameters=33_360_000,
        megabytes=133,
        licence="MIT",
        max_tokens=512,
        tasks=_TEXT,
        source="hub",
        hub="BAAI/bge-small-en-v1.5",
    ),
    BaseModelInfo(
        name="multilingual-minilm-l12",
        title="MiniLM L12 (multilingual)",
        good_at="Short texts in about 50 languages, and searching across them.",
        languages="about 50 languages",
        dimension=384,
        parameters=117_653_760,
        megabytes=471,
        licence="Apache-2.0",
        max_tokens=128,
        tasks=_TEXT,
        source="hub",
        hub="sentence-transformers/paraphrase-multilingual-MiniLM-L12-v2",
    ),
    BaseModelInfo(
        name="multilingual-e5-small",
        title="E5 small (multilingual)",
        good_at="Questions and passages in about 100 languages.",
        languages="about 100 languages",
        dimension=384,
        parameters=117_653_760,
        megabytes=471,
        licence="MIT",
        max_tokens=512,
        tasks=_TEXT,
        source="hub",
        hub="intfloat/multilingual-e5-small",
    ),
    BaseModelInfo(
        name="efficientnet-lite0",
        title="EfficientNet Lite0",
        good_at="Photographs and product pictures. Small and fast on any machine: the right start.",
        languages="",
        dimension=1280,
        parameters=3_371_008,
        megabytes=14,
        licence="Apache-2.0",
        max_tokens=0,
        tasks=_PICTURES,
        source="package",
        package=LITE0_PACKAGE,
    ),
    BaseModelInfo(
        name="minilm-effnet",
        title="MiniLM with EfficientNet Lite0 (English)",
        good_at=(
            "Everyday things in photographs, once it has learned from your pictures. A text model and a picture model "
            "that never met, joined: it needs no network and runs anywhere, but a CLIP model is better."
        ),
        languages="English",
        dimension=384,
        parameters=28_096_360,
        megabytes=113,
        licence="Apache-2.0",
        max_tokens=256,
        tasks=(Task.TEXT_IMAGE,),
        source="package",
        package=LITE0_PACKAGE,
    ),
    BaseModelInfo(
        name="clip-vit-b-32",
        title="CLIP ViT-B/32 (English)",
        good_at="Any kind of picture, by English words. The quickest CLIP model.",
        languages="English",
        dimension=512,
        parameters=151_277_313,
        megabytes=605,
        licence="MIT",
        max_tokens=77,
        tasks=_WORDS_AND_PICTURES,
        source="hub",
        hub="laion/CLIP-ViT-B-32-laion2B-s34B-b79K",
    ),
    BaseModelInfo(
        name="clip-vit-b-16",
        title="CLIP ViT-B/16 (English)",
        good_at="As ViT-B/32 and sees smaller things; about three times the time.",
        languages="English",
        dimension=512,
        parameters=149_620_737,
        megabytes=599,
        licence="MIT",
        max_tokens=77,
        tasks=_WORDS_AND_PICTURES,
        source="hub",
        hub="laion/CLIP-ViT-B-16-laion2B-s34B-b88K",
    ),
    BaseModelInfo(
        name="clip-vit-l-14",
        title="CLIP ViT-L/14 (English)",
        good_at="The best of the three for fine differences. Wants a GPU.",
        languages="English",
        dimension=768,
        parameters=427_616_513,
        megabytes=1_710,
        licence="MIT",
        max_tokens=77,
        tasks=_WORDS_AND_PICTURES,
        source="hub",
        hub="laion/CLIP-ViT-L-14-laion2B-s32B-b82K",
    ),
    BaseModelInfo(
        name="siglip-b-16",
        title="SigLIP ViT-B/16 (English)",
        good_at="Any kind of picture, by English words; often better than CLIP of the same size.",
        languages="English",
        dimension=768,
        parameters=203_155_970,
        megabytes=813,
        licence="Apache-2.0",
        max_tokens=64,
        tasks=_WORDS_AND_PICTURES,
        source="hub",
        hub="timm/ViT-B-16-SigLIP",
    ),
    BaseModelInfo(
        name="clip-multilingual",
        title="CLIP ViT-B/32 with XLM-R (multilingual)",
        good_at="Any kind of picture, by words of about 100 languages.",
        languages="about 100 languages",
        dimension=512,
        parameters=366_121_473,
        megabytes=1_465,
        licence="MIT",
        max_tokens=77,
        tasks=_WORDS_AND_PICTURES,
        source="hub",
        hub="laion/CLIP-ViT-B-32-xlm-roberta-base-laion5B-s13B-b90k",
    ),
    BaseModelInfo(
        name="dinov2-small",
        title="DINOv2 ViT-S/14",
        good_at="Fine differences between pictures of one kind: parts, patterns, materials. Wants a GPU.",
        languages="",
        dimension=384,
        parameters=22_056_576,
        megabytes=88,
        licence="Apache-2.0",
        max_tokens=0,
        tasks=_PICTURES,
        source="hub",
        hub="timm/vit_small_patch14_dinov2.lvd142m",
    ),
    BaseModelInfo(
        name="convnext-tiny",
        title="ConvNeXt Tiny",
        good_at="Photographs of all kinds; more exact than EfficientNet Lite0, about six times the time.",
        languages="",
        dimension=768,
        parameters=28_589_128,
        megabytes=114,
        licence="Apache-2.0",
        max_tokens=0,
        tasks=_PICTURES,
        source="hub",
        hub="timm/convnext_tiny.in12k_ft_in1k",
    ),
    BaseModelInfo(
        name="mobilenetv3-large",
        title="MobileNetV3 Large",
        good_at="Photographs and product pictures, as fast as EfficientNet Lite0.",
        languages="",
        dimension=1280,
        parameters=5_483_032,
        megabytes=22,
        licence="Apache-2.0",
        max_tokens=0,
        tasks=_PICTURES,
        source="hub",
        hub="timm/mobilenetv3_large_100.ra_in1k",
    ),
)
