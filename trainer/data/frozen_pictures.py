"""What a frozen data set says of pictures, beside what it says of texts."""

from typing import Any

from trainer.config import Task
from trainer.data.label_relevance import LabelRelevance
from trainer.data.pairs import PairDataset


def picture_fields(data: PairDataset) -> dict[str, Any]:
    """Plain values, without those that are empty: so data of texts have the bytes that they always had.

    Labels take the place of relevance, which would grow with the square of the pictures.
    """
    if data.task is Task.TEXT_TEXT:
        return {}
    fields: dict[str, Any] = {
        "labels": data.labels,
        "twins": data.twins,
        "learning_only": [document for document in data.documents if document in data.learning_only],
        "captions": data.captions,
        "alike": data.alike,
    }
    if isinstance(data.relevance, LabelRelevance):
        fields["document_labels"] = data.relevance.documents
    return {"task": data.task.value} | {name: value for name, value in fields.items() if value}


def thawed_picture_fields(plain: dict[str, Any]) -> dict[str, Any]:
    """The opposite: fields of PairDataset. Raises KeyError, TypeError or ValueError."""
    if "task" not in plain:
        return {}
    named = {name: texts(plain.get(name, {})) for name in ("labels", "twins", "captions", "alike")}
    fields: dict[str, Any] = {
        "task": Task(plain["task"]),
        "learning_only": frozenset(map(str, plain.get("learning_only", []))),
        **named,
    }
    if named["labels"]:
        fields["relevance"] = LabelRelevance(named["labels"], texts(plain["document_labels"]), named["twins"])
    return fields


def picture_fields_are_sound(data: PairDataset) -> bool:
    """Whether they fit each other and the rest of the data set."""
    if isinstance(data.relevance, LabelRelevance) and (
        set(data.relevance.documents) != set(data.documents) or set(data.labels) != set(data.queries)
    ):
        return False
    return (
        set(data.twins) <= set(data.documents)
        and set(data.twins.values()) <= set(data.queries)
        and data.learning_only <= set(data.documents)
    )


def texts(plain: dict[str, Any]) -> dict[str, str]:
    """As they are. Raises TypeError when one is no text."""
    if not all(isinstance(text, str) for text in plain.values()):
        raise TypeError("a text is no text")
    return dict(plain)
