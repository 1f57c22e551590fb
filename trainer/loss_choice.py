"""Which loss a run uses: the one that was asked for, or the one that its data call for. Free of torch."""

from collections import Counter

from trainer.config import FinetuneConfig, Loss
from trainer.data.pairs import SplitDataset
from trainer.errors import DataError
from trainer.examples import Examples

SENTENCES = {
    Loss.INFO_NCE: "The model learns to tell the matching item of each question from all others (InfoNCE).",
    Loss.COSENT: "Your examples carry scores, so the model also learns which matches are better than others (CoSENT).",
    Loss.SUPERVISED_CONTRASTIVE: (
        "Many of your questions share their item or label, so the model also learns which questions belong together "
        "(supervised contrastive). Items take turns, so that a frequent one does not crowd out the others."
    ),
    Loss.TRIPLET: (
        "The model learns to put the matching item of each question before its wrong items, by a margin (triplet)."
    ),
}
LABEL_SENTENCES = {
    Loss.AUTO: (
        "The model learns to bring pictures of one label together: to the middle of their label (CosFace) and to each "
        "other (supervised contrastive)."
    ),
    Loss.ARC_FACE: "The model learns to bring pictures to the middle of their label, by an angle (ArcFace).",
    Loss.INFO_NCE: "The model learns to tell each pair of pictures of one label from all others (InfoNCE).",
    Loss.SUPERVISED_CONTRASTIVE: "The model learns which pictures belong together (supervised contrastive).",
    Loss.TRIPLET: "The model learns to put pictures of one label before others, by a margin (triplet).",
}
CLOSED_FORM = (
    "The model learns where a picture belongs among words, from what is special about each text (ridge regression, in "
    "closed form)."
)

GRADES_WORTH_A_LOSS = 3
"""Scores of so many different values say more than right and wrong."""


def choose_loss(wanted: Loss, examples: Examples) -> Loss:
    """Of pairs; never AUTO. Raises DataError, naming the remedy, when the examples lack what the wanted loss needs.

    AUTO: CoSENT where scores have at least GRADES_WORTH_A_LOSS values, else InfoNCE.
    """
    if wanted is Loss.AUTO:
        return Loss.COSENT if len(_grades(examples)) >= GRADES_WORTH_A_LOSS else Loss.INFO_NCE
    if wanted is Loss.ARC_FACE:
        raise DataError(
            "The loss “ArcFace” learns from pictures with labels, and these examples are pairs.",
            f"Give each picture a label, {_OR_AUTOMATIC}",
        )
    if wanted is Loss.COSENT and len(_grades(examples)) < 2:
        raise DataError(
            "The examples to learn from carry no two different scores, which the loss “CoSENT” compares.",
            f"Choose a score column with different scores, {_OR_AUTOMATIC}",
        )
    if wanted is Loss.TRIPLET and not examples.judged:
        raise DataError(
            "No example to learn from names an item that does not match, which the loss “triplet” needs.",
            f"Add wrong items to your data, {_OR_AUTOMATIC}",
        )
    if wanted is Loss.SUPERVISED_CONTRASTIVE and max(_questions_an_item(examples).values(), default=0) < 2:
        raise DataError(
            "No two questions to learn from share an item or label, which the loss “supervised contrastive” needs.",
            f"Add more questions for the same items, {_OR_AUTOMATIC}",
        )
    return wanted


def loss_of(split: SplitDataset, config: FinetuneConfig) -> Loss:
    """That a run about pairs learns by, in all its turns. Raises what `choose_loss` raises."""
    return choose_loss(config.loss, Examples.of_training_split(split, {}))


def learning_words(split: SplitDataset, config: FinetuneConfig) -> str:
    """What a run says of its loss. Raises DataError when the data lack what it needs."""
    if split.data.labels:
        return label_words(config.loss)
    return SENTENCES[loss_of(split, config)]


def label_words(wanted: Loss) -> str:
    """The same of labelled pictures."""
    if wanted not in LABEL_SENTENCES:
        raise DataError(
            "The loss “CoSENT” compares scores, and pictures with labels carry none.",
            "Leave the loss on automatic in the advanced settings.",
        )
    return LABEL_SENTENCES[wanted]


_OR_AUTOMATIC = "or leave the loss on automatic in the advanced settings."


def _grades(examples: Examples) -> set[float]:
    return {grade for grades in examples.grades.values() for grade in grades.values()}


def _questions_an_item(examples: Examples) -> Counter[str]:
    return Counter(document_id for matches in examples.positives.values() for document_id in matches)
