"""How long a run about pictures takes, for the estimate before the start. Torch-free.

The constants are seconds on one core of a 2026 server processor, measured with efficientnet-lite0 at 224 pixels.
"""

from trainer.config import FinetuneConfig, Preset, Task
from trainer.data.folds import count_folds
from trainer.encoders.catalogue import find_base_model
from trainer.estimate import GPU_SPEED, LOAD_SECONDS, USEFUL_CORES

SECONDS_A_PICTURE = 0.05  # to open it and to read it once; what is learned lies on top of what was read
SECONDS_A_TEXT = 0.006  # of a text to a picture
REFERENCE_PARAMETERS = 4_650_000
UNKNOWN_PARAMETERS = 86_000_000  # of a ViT-B, the usual size of a model that someone brings along
FIT_SECONDS = {Preset.QUICK: 0.004, Preset.BALANCED: 0.014, Preset.THOROUGH: 0.04}  # of one training, an example
SAVE_SECONDS = 12.0


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
    speed = GPU_SPEED if device == "cuda" else min(max(cores, 1), USEFUL_CORES) ** 0.85
    queries = round(n_train * 1.5)  # those that judge among them
    pictures = n_documents + (queries if Task(task).has_picture_queries else 0)
    texts = 0 if Task(task).has_picture_queries else queries
    reading = (pictures * SECONDS_A_PICTURE * size + texts * SECONDS_A_TEXT) / speed
    trainings = count_folds(n_train, FinetuneConfig.for_preset(preset).folds) + 1
    fit = trainings * n_train * FIT_SECONDS[Preset(preset)] / speed
    seconds = LOAD_SECONDS + reading + fit + SAVE_SECONDS
    return seconds * 0.7, seconds * 2
