"""How long a run takes: one cost model, for the estimate before the start and for the progress bar. Torch-free.

The constants are seconds on one core of a 2026 server processor, measured with minilm-l6 (see benchmarks).
"""

from dataclasses import dataclass

from trainer.config import FinetuneConfig, Preset, Tune
from trainer.data.folds import count_folds
from trainer.encoders.catalogue import find_base_model
from trainer.progress import Stage
from trainer.recipes import recipes_of

SECONDS_A_TOKEN = 0.29e-3  # to read one token with a model of REFERENCE_PARAMETERS
SECONDS_A_TEXT = 0.1e-3
TRAINING_FACTOR = 2.0  # a token in training, in bfloat16 where that is fast, against one read in float32
FAST_FACTOR = 0.6  # the same of a token that is only read, to choose by
ADAPTER_SECONDS = 0.25  # to learn one from 300 pairs
REFERENCE_PARAMETERS = 10_900_000  # of minilm-l6, without its embedding tables
LOAD_SECONDS = 6.0  # importing the libraries and opening the model
SAVE_SECONDS = 15.0  # index, map, ONNX export, and judging the smaller forms
GPU_SPEED = 200.0  # against one core: of a small GPU, which computes 15 TFLOP/s in effect
GPU_STEP_SECONDS = 0.025  # a step of training on a GPU takes this at least, to start its many small computations
USEFUL_CORES = 8
POOL_DOCUMENTS = 1_000
"""Documents that are searched to choose by, at least, where the catalogue has more."""
TOP_OF_BASE = 20
"""Of a larger catalogue so many documents are searched to choose by, or as many as the best of the base model for every
query that chooses, whichever is more."""

_TABLES = {  # parameters of the embedding tables, which cost no time
    "minilm-l6": 11_800_000,
    "bge-small-en": 11_900_000,
    "multilingual-minilm-l12": 96_200_000,
    "multilingual-e5-small": 96_200_000,
}
_UNKNOWN_PARAMETERS = 86_000_000  # of a BERT-base, the usual size of a model that someone brings along


@dataclass(frozen=True)
class Workload:
    """What a run has to do. tokens: mean of a text. parameters: those that each token passes, tables not counted.

    set_aside: whether the validation queries are not learned from.
    """

    pairs: int
    queries: int
    documents: int
    validation: int
    tokens: float
    parameters: int = REFERENCE_PARAMETERS
    device: str = "cpu"
    cores: int = 2
    set_aside: bool = False


def stage_seconds(work: Workload, config: FinetuneConfig) -> dict[Stage, float]:
    """Expected seconds of each stage."""
    cores = min(max(work.cores, 1), USEFUL_CORES) ** 0.85
    size = work.parameters / REFERENCE_PARAMETERS
    speed = GPU_SPEED if work.device == "cuda" else cores
    least = GPU_STEP_SECONDS * size**0.25 if work.device == "cuda" else 0.0
    token = SECONDS_A_TOKEN * size / speed
    text = work.tokens * token + SECONDS_A_TEXT
    catalogue = (work.documents + work.queries) * text
    fit, folds = 0.0, 1 if work.set_aside else count_folds(work.pairs, config.folds)
    pool = min(work.documents, max(POOL_DOCUMENTS, TOP_OF_BASE * work.validation // folds))
    rounds = max(folds - 1, 1)  # every pair is learned from in all turns but one
    for recipe in recipes_of(config):
        if recipe.config.tune is Tune.ADAPTER:
            fit += folds * ADAPTER_SECONDS * work.pairs / 300
            continue
        fit += (folds * pool + work.validation) * text * FAST_FACTOR
        if recipe.of_all:
            continue
        # Some negatives are drawn twice, or are another pair's match.
        share = 0.5 + 0.5 / len(recipes_of(config)) if config.race else 1.0
        learned = recipe.epochs * share * rounds * work.pairs
        texts = learned * (2 + 0.8 * recipe.config.hard_negatives)
        fit += max(texts * work.tokens * token * TRAINING_FACTOR, learned / recipe.config.batch_size * least)
        fit += folds * catalogue * FAST_FACTOR if recipe.mined_anew else 0.0
    return {
        Stage.LOAD: LOAD_SECONDS,
        Stage.BEFORE: catalogue,
        Stage.FIT: fit,
        Stage.CHOOSE: 0.1,
        Stage.AFTER: catalogue,
        Stage.SAVE: SAVE_SECONDS / cores * max(1.0, size) ** 0.5,
    }


def estimate_seconds(
    *,
    preset: Preset | str,
    n_train: int,
    n_documents: int,
    mean_characters: float,
    base_model: str,
    device: str = "cpu",
    cores: int = 2,
) -> tuple[float, float]:
    """Low and high guess of a whole run's seconds. base_model: a name; a folder is taken for a model of usual size."""
    config = FinetuneConfig.for_preset(preset).for_examples(n_train)
    info = find_base_model(base_model)
    parameters = info.parameters - _TABLES[info.name] if info else _UNKNOWN_PARAMETERS
    longest = config.max_tokens or (info.max_tokens if info else 512)
    work = Workload(
        pairs=n_train,
        queries=round(n_train * 1.5),
        documents=n_documents,
        validation=n_train,
        tokens=min(mean_characters / 5 + 2, longest),
        parameters=parameters,
        device=device,
        cores=cores,
    )
    seconds = sum(stage_seconds(work, config).values())
    return seconds * 0.7, seconds * 1.6
