"""What each column of a table is for."""

from dataclasses import dataclass
from enum import StrEnum

from trainer.config import Task
from trainer.errors import DataError


class Role(StrEnum):
    """The roles that a person can give a column by menu."""

    QUERY = "query"
    DOCUMENT = "document"
    NEGATIVE = "negative"
    LABEL = "label"
    SCORE = "score"
    SEGMENT = "segment"
    SPLIT = "split"
    IGNORE = "ignore"


ROLE_WORDS = {
    Role.QUERY: "Question",
    Role.DOCUMENT: "Item that matches",
    Role.NEGATIVE: "Item that does not match",
    Role.LABEL: "Label (same label, same group)",
    Role.SCORE: "Score (how well they match)",
    Role.SEGMENT: "Segment (to compare groups)",
    Role.SPLIT: "Own split (what learns, what judges)",
    Role.IGNORE: "Not used",
}
"""The roles as the menus call them."""

_PICTURE_WORDS = {
    Task.TEXT_TEXT: {},
    Task.TEXT_IMAGE: {
        Role.QUERY: "Words that people search with",
        Role.DOCUMENT: "Picture that matches",
        Role.NEGATIVE: "Picture that does not match",
    },
    Task.IMAGE_IMAGE: {
        Role.QUERY: "Picture",
        Role.DOCUMENT: "Picture that is similar",
        Role.NEGATIVE: "Picture that is not similar",
        Role.LABEL: "Label (same label, similar)",
    },
}


def role_words(task: Task) -> dict[Role, str]:
    """The roles that columns can have for this task, as the menus call them."""
    words = {**ROLE_WORDS, **_PICTURE_WORDS[task]}
    return {role: name for role, name in words.items() if role is not Role.LABEL or task is not Task.TEXT_IMAGE}


def picture_roles(task: Task, purpose: "Purpose") -> tuple[Role, ...]:
    """The roles whose columns name pictures."""
    if task is Task.TEXT_TEXT:
        return ()
    if task is Task.IMAGE_IMAGE and purpose is not Purpose.CATALOGUE:
        return (Role.QUERY, Role.DOCUMENT, Role.NEGATIVE)
    return (Role.DOCUMENT, Role.NEGATIVE)


class Purpose(StrEnum):
    """What a file is for."""

    EXAMPLES = "examples"  # to learn from, and to judge by where there are no own test questions
    QUESTIONS = "questions"  # the person's own test questions, with their matches
    CATALOGUE = "catalogue"  # items to search among, without questions


@dataclass(frozen=True)
class RoleGuess:
    """A guessed role. reason: in plain words; confidence: 0…1, 1 where the heading says it."""

    role: Role
    reason: str
    confidence: float


def check_roles(
    columns: tuple[str, ...], roles: dict[str, Role], purpose: Purpose, task: Task = Task.TEXT_TEXT
) -> None:
    """Raise DataError, in plain words, unless `roles` make a file of this purpose usable.

    A column without a role is ignored.
    """
    for column in roles:
        if column not in columns:
            raise DataError(f"There is no column “{column}”.", f"The columns are: {', '.join(columns)}.")
    named = {role: [column for column in columns if roles.get(column) == role] for role in Role}
    menu = {role: f"“{words.partition(' (')[0]}”" for role, words in {**ROLE_WORDS, **role_words(task)}.items()}
    keep_one = f"Keep one, and choose {menu[Role.IGNORE]} for the others."
    if len(columns) == 1 and task is Task.TEXT_TEXT and purpose is not Purpose.CATALOGUE:
        raise DataError(
            "The file was read as one column, and there is none for the other half of each example.", _APART
        )
    _check_matches(named, menu, purpose, task)
    if purpose is Purpose.CATALOGUE:
        items = named[Role.DOCUMENT] or (named[Role.LABEL] if task is Task.TEXT_TEXT else [])
        if len(items) > 1:
            raise DataError(f"{len(items)} columns hold the item.", keep_one)
        return
    if not named[Role.QUERY]:
        what = "the pictures to search with" if task.has_picture_queries else "what people search for"
        cause = "No column holds the pictures." if task.has_picture_queries else "No column holds the question."
        raise DataError(cause, f"Choose {menu[Role.QUERY]} for the column with {what}.")
    for role in (Role.QUERY, Role.LABEL, Role.SCORE, Role.SEGMENT, Role.SPLIT):
        if len(named[role]) > 1:
            raise DataError(f"{len(named[role])} columns are chosen as {menu[role]}.", keep_one)


_APART = (
    "Give questions and items a column each: in a spreadsheet, or with a tab or a semicolon between them. Then upload "
    "the file again."
)


def _check_matches(named: dict[Role, list[str]], menu: dict[Role, str], purpose: Purpose, task: Task) -> None:
    """A document or a label says what matches; in a catalogue of pictures a label stands beside them."""
    labels_match = task is Task.TEXT_TEXT or (task is Task.IMAGE_IMAGE and purpose is not Purpose.CATALOGUE)
    labels = named[Role.LABEL] if labels_match else []
    if not named[Role.DOCUMENT] and not labels:
        raise DataError(_NO_MATCH[task.has_picture_documents], _choose(purpose, task, menu))
    if named[Role.DOCUMENT] and labels:
        raise DataError(
            f"Both {menu[Role.DOCUMENT]} and {menu[Role.LABEL]} are chosen.",
            f"Keep one of the two, and choose {menu[Role.IGNORE]} for the other.",
        )


_NO_MATCH = {False: "No column holds the matching item.", True: "No column holds the matching picture."}


def _choose(purpose: Purpose, task: Task, menu: dict[Role, str]) -> str:
    if purpose is Purpose.CATALOGUE or task is Task.TEXT_IMAGE:
        return f"Choose {menu[Role.DOCUMENT]} for one column."
    return f"Choose {menu[Role.DOCUMENT]} or {menu[Role.LABEL]} for one column."
