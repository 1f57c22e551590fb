"""How long a run about pictures takes, for the estimate before the start. Torch-free.

The constants are seconds on one core of a 2026 server processor, measured with efficientnet-lite0 at 224 pixels.
"""

from trainer.config import FinetuneConfig, Preset, Task, Tune
from trainer.data.folds import count_folds
from trainer.encoders.catalogue import find_base_model
from trainer.estimate import GPU_SPEED, LOAD_SECONDS, USEFUL_CORES
from trainer.progress import Stage

SECONDS_A_PICTURE = 0.05  # to open it and to read it once; what is learned lies on top of what was read
SECONDS_A_TEXT = 0.006  # of a text to a picture
REFERENCE_PARAMETERS = 4_650_000
UNKNOWN_PARAMETERS = 86_000_000  # of a ViT-B, the usual size of a model that someone brings along
SECONDS_A_MATRIX = 0.004  # to learn what lies on top, in one training, an example
SECONDS_A_PASS = 0.015  # of an example through the upper layers and back
SAVE_SECONDS = 12.0


EPOCHS = 3  # of pictures for each that the settings ask for
FEWEST_FOLDS = 3  # of labelled pictures; pairs have one more


def picture_stage_seconds(
    config: FinetuneConfig, n_train: int, n_pictures: int, device: str = "cpu", cores: int = 2, size: float = 1.0
) -> dict[Stage, float]:
    """Expected seconds of each stage. size: of the model, against efficientnet-lite0."""
    speed = GPU_SPEED if device == "cuda" else min(max(cores, 1), USEFUL_CORES) ** 0.85
    reading = n_pictures * SECONDS_A_PICTURE * size / speed
    learned = n_train * (
        count_folds(n_train, max(config.folds, FEWEST_FOLDS)) - 1
    )  # every example in all turns but one
    fit, has_layers = learned * SECONDS_A_MATRIX, config.tune is Tune.EVERYTHING
    if has_layers:
        fit += learned * config.epochs * EPOCHS * SECONDS_A_PASS * size
    return {
        Stage.LOAD: LOAD_SECONDS,
        Stage.BEFORE: reading,
        Stage.FIT: fit / speed,
        Stage.CHOOSE: 0.1,
        Stage.AFTER: reading if has_layers else 0.5,
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
    info = find_base_model(base_model)
    size = (info.parameters if info else UNKNOWN_PARAMETERS) / REFERENCE_PARAMETERS
    queries = round(n_train * 1.5)  # those that judge among them
    pictures = n_documents + (queries if Task(task).has_picture_queries else 0)
    stages = picture_stage_seconds(FinetuneConfig.for_preset(preset), n_train, pictures, device, cores, size)
    seconds = sum(stages.values()) + (0 if Task(task).has_picture_queries else queries * SECONDS_A_TEXT)
    return seconds * 0.7, seconds * 2
