"""What a run about pictures tries: a matrix on top of the base model, and its upper layers with it. Torch-free data."""

import math
from dataclasses import replace

from trainer.config import FinetuneConfig, Tune
from trainer.pictures.clip_network import ClipNetwork
from trainer.pictures.dual_network import DualNetwork
from trainer.pictures.fit import Settings
from trainer.pictures.network import Network

LABELS = Settings("on top", False, epochs=40, batch_size=128, matrix_rate=1e-3, decay=0.01, warmup=0.0)
PAIRS = Settings("on top", False, epochs=60, batch_size=128, matrix_rate=5e-4, decay=0.1, warmup=0.0)
"""Of the matrix, measured. For words and the embedded model it is found in closed form."""

LOOKS = (0.25, 0.5)
"""Shares of a training's epochs after which its matrix is looked at as well: the best may come before the end."""

LAYERS_RATE = 1.5
"""Of the learning rate of the settings (2e-4), which is that of a text model."""

SOLVED_RATE = 0.25
CLIP_RATE = 0.05

LEAD, LEAD_OF_SOLVED = -1.0, 1.0
"""Of upper layers; see Settings. One turn in three of 300 labelled product photos said that they were no better than
the matrix alone, and dropping them cost .014 of MAP@10, so that they go on unless they are surely behind. Beside a
matrix in closed form they were behind on the whole, and took nine tenths of the time: they go on where they lead."""

USUAL_BATCH = 32
"""Pictures at least, if that is no more than twice as many as a batch has of texts."""

EPOCHS = 3
"""Times the epochs of the settings: pictures need more passes than texts."""


def picture_recipes(config: FinetuneConfig, network: Network, has_labels: bool) -> list[Settings]:
    """In the order in which they learn: each goes on from the matrix that the one before has learned in the same turn,
    the last one is the strongest."""
    recipes: list[Settings] = []
    if isinstance(network, DualNetwork):
        recipes.append(Settings(name="on top", layers=False, epochs=0, batch_size=1, matrix_rate=0.0))
    elif network.has_matrix:
        recipes.append(_on_top(config, has_labels))
    if config.tune is Tune.EVERYTHING or not network.has_matrix:
        recipes.append(_of_layers(config, network))
    return recipes


def _on_top(config: FinetuneConfig, has_labels: bool) -> Settings:
    constants = LABELS if has_labels else PAIRS
    return replace(constants, seed=config.seed, looks=tuple(math.ceil(constants.epochs * share) for share in LOOKS))


def _of_layers(config: FinetuneConfig, network: Network) -> Settings:
    """A CLIP model learns at a small rate: it knows both pictures and words. Below a matrix in closed form, which
    stays, layers learn at a quarter: they are quick to learn words by heart."""
    is_solved, is_clip = isinstance(network, DualNetwork), isinstance(network, ClipNetwork)
    share = SOLVED_RATE if is_solved else CLIP_RATE if is_clip else LAYERS_RATE
    return Settings(
        name="upper layers",
        layers=True,
        epochs=config.epochs * EPOCHS,
        batch_size=max(config.batch_size, min(2 * config.batch_size, USUAL_BATCH)),
        matrix_rate=config.learning_rate / 2 if network.has_matrix and not is_solved else 0.0,
        layers_rate=config.learning_rate * share,
        decay=config.weight_decay,
        flips=not is_clip,
        seed=config.seed,
        warmup=config.warmup,
        lead=LEAD_OF_SOLVED if is_solved else LEAD,
    )
