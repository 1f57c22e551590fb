"""How long a run about pictures takes, for the estimate before the start. Torch-free.

The constants are seconds on one core of a 2026 server processor. Measured: those of efficientnet-lite0 and of CLIP
ViT-B/32 at 224 pixels; those of other models follow from theirs by how much more there is to compute.
"""

from dataclasses import dataclass

from trainer.config import FinetuneConfig, Preset, Task, Tune
from trainer.data.folds import count_folds
from trainer.encoders.catalogue import find_base_model
from trainer.estimate import GPU_SPEED, LOAD_SECONDS, USEFUL_CORES
from trainer.progress import Stage

SECONDS_A_MATRIX = 0.008  # to learn what lies on top, in one training, an example
SAVE_SECONDS = 12.0

EPOCHS = 3  # of pictures for each that the settings ask for
FEWEST_FOLDS = 3  # of labelled pictures; pairs have one more


@dataclass(frozen=True)
class Cost:
    """Seconds of one core. picture, text: to read one once. upper: share of that which the upper layers take to read
    it again. learning: to take a picture through the upper layers and back, against reading it once. is_solved: words
    and pictures are brought together in closed form, and upper layers mostly go no further than the first turn.
    text_learns: whether upper layers of the text tower learn, too."""

    picture: float
    text: float = 0.0
    upper: float = 0.5
    learning: float = 1.6
    is_solved: bool = False
    text_learns: bool = True


LITE0 = Cost(0.05, upper=0.1, learning=0.3, text_learns=False)
_COSTS = {
    "efficientnet-lite0": LITE0,
    "minilm-effnet": Cost(0.05, 0.006, upper=0.1, learning=0.3, is_solved=True, text_learns=False),
    "clip-vit-b-32": Cost(0.10, 0.08),
    "clip-vit-b-16": Cost(0.4, 0.08),
    "clip-vit-l-14": Cost(1.9, 0.18),
    "siglip-b-16": Cost(0.4, 0.14),
    "clip-multilingual": Cost(0.10, 0.17),
    "dinov2-small": Cost(0.9),
    "convnext-tiny": Cost(0.11),
    "mobilenetv3-large": Cost(0.05),
}
UNKNOWN = _COSTS["clip-vit-b-16"]
"""Of a folder that someone brings along: the usual size."""


def cost_of(base_model: str) -> Cost:
    """Of a name in the catalogue; another is taken for a model of usual size."""
    info = find_base_model(base_model)
    return _COSTS.get(info.name, UNKNOWN) if info else UNKNOWN


def picture_stage_seconds(
    config: FinetuneConfig,
    n_train: int,
    n_pictures: int,
    device: str = "cpu",
    cores: int = 2,
    cost: Cost = LITE0,
    n_texts: int = 0,
) -> dict[Stage, float]:
    """Expected seconds of each stage. n_texts: that are read, where words are searched by."""
    speed = GPU_SPEED if device == "cuda" else min(max(cores, 1), USEFUL_CORES) ** 0.85
    reading = n_pictures * cost.picture + n_texts * cost.text
    folds = count_folds(n_train, max(config.folds, FEWEST_FOLDS))
    learned = n_train * (folds - 1)  # every example in all turns but one
    fit, has_layers = learned * SECONDS_A_MATRIX, config.tune is Tune.EVERYTHING
    if has_layers:
        an_example = cost.picture * cost.learning + (2 * cost.text if cost.text_learns and n_texts else 0.0)
        layers = learned * config.epochs * EPOCHS * an_example + folds * reading * cost.upper
        fit += layers / folds * 1.3 if cost.is_solved and config.race else layers
    return {
        Stage.LOAD: LOAD_SECONDS,
        Stage.BEFORE: reading / speed,
        Stage.FIT: fit / speed,
        Stage.CHOOSE: 0.1,
        Stage.AFTER: reading / speed if has_layers else 0.5,
        Stage.SAVE: SAVE_SECONDS,
    }


def estimate_picture_seconds(
    *,
    task: Task | str,
    preset: Preset | str,
    n_train: int,
    n_documents: int,
    base_model: str,
    device: str = "cpu",
    cores: int = 2,
) -> tuple[float, float]:
    """Low and high guess of a whole run's seconds. base_model: a name; a folder is taken for a model of usual size."""
    queries = round(n_train * 1.5)  # those that judge among them
    has_picture_queries = Task(task).has_picture_queries
    stages = picture_stage_seconds(
        FinetuneConfig.for_preset(preset),
        n_train,
        n_documents + (queries if has_picture_queries else 0),
        device,
        cores,
        cost_of(base_model),
        0 if has_picture_queries else queries,
    )
    seconds = sum(stages.values())
    return seconds * 0.7, seconds * 2
