"""What each column of a table is for."""

from dataclasses import dataclass
from enum import StrEnum

from trainer.errors import DataError


class Role(StrEnum):
    """The roles that a person can give a column by menu."""

    QUERY = "query"
    DOCUMENT = "document"
    NEGATIVE = "negative"
    LABEL = "label"
    SCORE = "score"
    SEGMENT = "segment"
    IGNORE = "ignore"


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


def check_roles(columns: tuple[str, ...], roles: dict[str, Role], purpose: Purpose) -> None:
    """Raise DataError, in plain words, unless `roles` make a file of this purpose usable.

    A column without a role is ignored.
    """
    for column in roles:
        if column not in columns:
            raise DataError(f"There is no column “{column}”.", f"The columns are: {', '.join(columns)}.")
    named = {role: [column for column in columns if roles.get(column) == role] for role in Role}
    matches = named[Role.DOCUMENT] + named[Role.LABEL]
    if not matches:
        raise DataError(
            "No column holds the matching item.",
            "Choose “item” for one column."
            if purpose is Purpose.CATALOGUE
            else "Choose “matching item” or “label” for one.",
        )
    if named[Role.DOCUMENT] and named[Role.LABEL]:
        raise DataError(
            "Both an item and a label are chosen as the match.", "Keep one of the two, and ignore the other."
        )
    if purpose is Purpose.CATALOGUE:
        if len(matches) > 1:
            raise DataError(f"{len(matches)} columns hold the item.", "Choose one, and ignore the others.")
        return
    if not named[Role.QUERY]:
        raise DataError(
            "No column holds the question.", "Choose “question” for the column with what people search for."
        )
    for role, word in (
        (Role.QUERY, "question"),
        (Role.LABEL, "label"),
        (Role.SCORE, "score"),
        (Role.SEGMENT, "segment"),
    ):
        if len(named[role]) > 1:
            raise DataError(
                f"{len(named[role])} columns are chosen as the {word}.", "Choose one, and ignore the others."
            )
