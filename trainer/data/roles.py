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


ROLE_WORDS = {
    Role.QUERY: "Question",
    Role.DOCUMENT: "Item that matches",
    Role.NEGATIVE: "Item that does not match",
    Role.LABEL: "Label (same label, same group)",
    Role.SCORE: "Score (how well they match)",
    Role.SEGMENT: "Segment (to compare groups)",
    Role.IGNORE: "Not used",
}
"""The roles as the menus call them."""


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
            f"Choose {_menu(Role.DOCUMENT)} for one column."
            if purpose is Purpose.CATALOGUE
            else f"Choose {_menu(Role.DOCUMENT)} or {_menu(Role.LABEL)} for one column.",
        )
    if named[Role.DOCUMENT] and named[Role.LABEL]:
        raise DataError(
            f"Both {_menu(Role.DOCUMENT)} and {_menu(Role.LABEL)} are chosen.",
            f"Keep one of the two, and choose {_menu(Role.IGNORE)} for the other.",
        )
    if purpose is Purpose.CATALOGUE:
        if len(matches) > 1:
            raise DataError(f"{len(matches)} columns hold the item.", _KEEP_ONE)
        return
    if not named[Role.QUERY]:
        raise DataError(
            "No column holds the question.",
            f"Choose {_menu(Role.QUERY)} for the column with what people search for.",
        )
    for role in (Role.QUERY, Role.LABEL, Role.SCORE, Role.SEGMENT):
        if len(named[role]) > 1:
            raise DataError(f"{len(named[role])} columns are chosen as {_menu(role)}.", _KEEP_ONE)


def _menu(role: Role) -> str:
    """As the menu calls it, without what it says in brackets."""
    return f"“{ROLE_WORDS[role].partition(' (')[0]}”"


_KEEP_ONE = f"Keep one, and choose {_menu(Role.IGNORE)} for the others."
