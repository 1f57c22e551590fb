"""What people search with and what they find, in the words of each task. Light: the web process calls it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from trainer.config import Task


@dataclass(frozen=True)
class TaskWords:
    """The words for one task. question, item: one of what is asked and of what is found; an_item: with its article.

    right_item: what a question looks for: "the right item" where there is usually one, "a right picture" where a whole
    label is right. subject: what can be known from training, or new.
    """

    question: str
    questions: str
    item: str
    items: str
    an_item: str
    right_item: str
    subject: str
    subjects: str

    def say(self, sentence: str) -> str:
        """The sentence with {question}, {item} and so on filled in; {Question} and so on begin with a capital."""
        return sentence.format_map(self.by_name())

    def by_name(self) -> dict[str, str]:
        """Every word by its name, and by its name with a capital: {"item": "picture", "Item": "Picture", …}."""
        words = asdict(self)
        return words | {name.capitalize(): f"{word[0].upper()}{word[1:]}" for name, word in words.items()}


_TEXTS = TaskWords("question", "questions", "item", "items", "an item", "the right item", "item", "items")
_PICTURES = TaskWords(
    "search", "searches", "picture", "pictures", "a picture", "the right picture", "picture", "pictures"
)
_BY_LABEL = TaskWords("search", "searches", "picture", "pictures", "a picture", "a right picture", "label", "labels")


def task_words(task: str, *, by_label: bool = False) -> TaskWords:
    """by_label: whether labels say what is right, so that many pictures are."""
    if not Task(task).has_picture_documents:
        return _TEXTS
    return _BY_LABEL if by_label else _PICTURES


def words_of(report: Mapping[str, Any]) -> TaskWords:
    """The words for what a report is about."""
    return task_words(report["task"], by_label=bool(report.get("labels")))
