"""Training losses: functions of embeddings, so that texts and pictures share them."""

from trainer.losses.cosent import cosent
from trainer.losses.info_nce import symmetric_info_nce
from trainer.losses.labels import make_label_loss
from trainer.losses.matryoshka import over_sizes
from trainer.losses.supervised_contrastive import supervised_contrastive
from trainer.losses.triplet import triplet_margin

__all__ = [
    "cosent",
    "make_label_loss",
    "over_sizes",
    "supervised_contrastive",
    "symmetric_info_nce",
    "triplet_margin",
]
