"""Guessing what the columns of a table are for: by their headings, then by their contents."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from trainer.data.heading_words import AS_DOCUMENT, AS_QUERY, heading_key, known_role, likely_role
from trainer.data.own_split import split_guess
from trainer.data.roles import Purpose, Role, RoleGuess
from trainer.data.scores import read_score
from trainer.data.table import Table
from trainer.data.texts import is_code

_LOOKED_AT = 2000
_NUMBER = re.compile(r"[-+]?[0-9]+([.,][0-9]+)?\s*%?")
_FEW = 20  # a column of so few different short texts names groups
_LONGEST_ABBREVIATION = 5  # characters, all of them capitals
_WORD = re.compile(r"[^\W\d_]{4,}")  # shorter ones are in texts about anything


@dataclass(frozen=True)
class _Column:
    """What the first rows of a column look like. Shares are 0…1 of the filled cells (`filled`: of all); codes: numbers
    among them; at_most_one: no number over 1."""

    name: str
    filled: float
    numbers: float
    codes: float
    unique: float
    n_unique: int
    at_most_one: bool

    @property
    def groups(self) -> bool:
        """Whether its texts are few, and each stands there many times."""
        return self.n_unique <= _FEW and self.unique < 0.2

    @property
    def words(self) -> bool:
        """Whether it mostly has words, of many kinds."""
        return self.codes < 0.5 <= self.filled and not self.groups


def guess_roles(table: Table, purpose: Purpose = Purpose.EXAMPLES) -> dict[str, RoleGuess]:
    """{column: its guessed role}, for every column, in their order. The guess need not pass `check_roles`."""
    columns = [_look_at(name, index, table) for index, name in enumerate(table.columns)]
    guesses = _by_headings(columns) if table.has_header else {}
    if purpose is Purpose.CATALOGUE:
        guesses = _for_catalogue(columns, guesses)
    else:
        _prefer_pairs(columns, guesses, table)
        if purpose is Purpose.EXAMPLES:
            guesses.update(split_guess(table, [name for name in table.columns if name not in guesses]))
        _complete(columns, guesses)
    ignored = RoleGuess(Role.IGNORE, "Nothing says that this column is needed.", 0.5)
    return {column.name: guesses.get(column.name, ignored) for column in columns}


def _look_at(name: str, index: int, table: Table) -> _Column:
    cells = [row[index].strip() for row in table.rows[:_LOOKED_AT]]
    texts = [cell for cell in cells if cell]
    count = max(len(texts), 1)
    return _Column(
        name=name,
        filled=len(texts) / max(len(cells), 1),
        numbers=sum(_NUMBER.fullmatch(text) is not None for text in texts) / count,
        codes=sum(map(_abbreviates, texts)) / count,
        unique=len(set(texts)) / count,
        n_unique=len(set(texts)),
        at_most_one=all(0 <= (read_score(text) or 0.0) <= 1 for text in texts),
    )


def _abbreviates(text: str) -> bool:
    """Whether a text is a number, a code or an abbreviation such as “EUR” rather than words."""
    return is_code(text) or (len(text) <= _LONGEST_ABBREVIATION and text.isupper())


def _by_headings(columns: list[_Column]) -> dict[str, RoleGuess]:
    guesses: dict[str, RoleGuess] = {}
    for column in columns:
        role = known_role(column.name)
        if role is not None:
            guesses[column.name] = RoleGuess(role, f"The heading “{column.name}” says so.", 1.0)
        elif (role := likely_role(column.name)) is not None:
            guesses[column.name] = RoleGuess(role, f"A word of the heading “{column.name}” says so.", 0.8)
    chosen = {guess.role for guess in guesses.values()}
    for column in columns:
        guess = guesses.get(column.name)
        if guess is None or guess.role is not Role.LABEL or not {Role.QUERY, Role.DOCUMENT} <= chosen:
            continue
        if column.numbers > 0.95:
            guesses[column.name] = RoleGuess(
                Role.SCORE, "Numbers beside a question and an item say how well they match.", 0.9
            )
        else:
            guesses[column.name] = RoleGuess(Role.SEGMENT, "There is an item already, so the label names a group.", 0.7)
    _keep_one(columns, guesses, (Role.QUERY, Role.LABEL, Role.SCORE, Role.SEGMENT))
    _keep_items_alike(guesses)
    return guesses


def _keep_items_alike(guesses: dict[str, RoleGuess]) -> None:
    """Of several columns with items, those that are called so; or the first where only a word of the heading says so,
    and those that differ from it by their number: “Right answer 1”, “Right answer 2”."""
    items = [(name, guess.confidence) for name, guess in guesses.items() if guess.role is Role.DOCUMENT]
    if not items:
        return
    first, surest = max(items, key=lambda item: item[1])
    for name, confidence in items:
        if confidence < surest or (surest < 1 and _without_number(name) != _without_number(first)):
            guesses[name] = RoleGuess(Role.IGNORE, f"The column “{first}” is taken already.", 0.6)


def _without_number(heading: str) -> str:
    return heading_key(heading).rstrip("0123456789")


def _keep_one(columns: list[_Column], guesses: dict[str, RoleGuess], roles: Iterable[Role]) -> None:
    """Of several columns with a role that only one can have, the first keeps it."""
    for role in roles:
        several = [column.name for column in columns if column.name in guesses and guesses[column.name].role is role]
        for name in several[1:]:
            guesses[name] = RoleGuess(Role.IGNORE, f"The column “{several[0]}” is taken already.", 0.6)


def _prefer_pairs(columns: list[_Column], guesses: dict[str, RoleGuess], table: Table) -> None:
    """Where only a word of a heading speaks for a label of a few groups, and two columns beside it say the same in
    other words, these are question and item, and the label names the group."""
    labels = [name for name, guess in guesses.items() if guess.role is Role.LABEL and guess.confidence < 1]
    if len(labels) != 1 or _has(guesses, Role.DOCUMENT):
        return
    label = next(column for column in columns if column.name == labels[0])
    free = [column for column in _free_texts(columns, guesses, 1) if column.words]
    asked = [column for column in columns if column.name in guesses and guesses[column.name].role is Role.QUERY]
    pair = [*asked, *free][:2]
    if len(pair) < 2 or not label.groups or not _share_words(pair, table):
        return
    reason = f"Its texts share words with those of “{pair[0].name}”."
    guesses[pair[1].name] = RoleGuess(Role.DOCUMENT, reason, 0.6)
    segment = Role.IGNORE if _has(guesses, Role.SEGMENT) else Role.SEGMENT
    guesses[label.name] = RoleGuess(segment, f"It has {label.n_unique} different texts, which name groups.", 0.6)


def _share_words(pair: list[_Column], table: Table) -> bool:
    """Whether in most rows the cells of two columns have a word in common."""
    first, second = (table.columns.index(column.name) for column in pair)
    shared = filled = 0
    for row in table.rows[:_LOOKED_AT]:
        words = set(_WORD.findall(row[first].casefold()))
        filled += bool(words)
        shared += not words.isdisjoint(_WORD.findall(row[second].casefold()))
    return shared > 0.5 * max(filled, 1)


def _complete(columns: list[_Column], guesses: dict[str, RoleGuess]) -> None:
    """Fill in a missing question, then a missing item, by weaker headings and then by contents."""
    if not _has(guesses, Role.QUERY):
        needed = 1 if _has(guesses, Role.DOCUMENT, Role.LABEL) else 2
        free = _free_texts(columns, guesses, needed)
        if len(free) >= needed:
            column, reason, confidence = _weak(free, AS_QUERY) or _likeliest_query(free)
            guesses[column.name] = RoleGuess(Role.QUERY, reason, confidence)
    if not _has(guesses, Role.DOCUMENT, Role.LABEL):
        free = _free_texts(columns, guesses, 1)
        if free:
            column, reason, confidence = _weak(free, AS_DOCUMENT) or (
                free[0],
                "It is the next column with texts.",
                0.6,
            )
            guesses[column.name] = RoleGuess(
                Role.LABEL if column.groups else Role.DOCUMENT,
                f"It has {column.n_unique} different texts, each many times." if column.groups else reason,
                confidence,
            )
    if _has(guesses, Role.DOCUMENT) and not _has(guesses, Role.SCORE):
        _find_score(columns, guesses)


def _has(guesses: dict[str, RoleGuess], *roles: Role) -> bool:
    return any(guess.role in roles for guess in guesses.values())


def _free_texts(columns: list[_Column], guesses: dict[str, RoleGuess], needed: int) -> list[_Column]:
    """The columns with texts that are free; those with words alone, where these are enough."""
    texts = [column for column in columns if column.name not in guesses and column.numbers < 0.5 and column.filled > 0]
    words = [column for column in texts if column.words]
    return words if len(words) >= needed else texts


def _weak(columns: list[_Column], words: tuple[str, ...]) -> tuple[_Column, str, float] | None:
    for word in words:
        for column in columns:
            if heading_key(column.name) == word:
                return column, f"The heading “{column.name}” fits, and no other column fits better.", 0.7
    return None


def _likeliest_query(columns: list[_Column]) -> tuple[_Column, str, float]:
    """People ask in many ways and find few items: the question varies most. Between equals, the left one."""
    first = columns[0]
    second = columns[1] if len(columns) > 1 else first
    if second.unique > first.unique + 0.1:
        return second, "Its texts vary more than those of the column beside it.", 0.6
    return first, "It is the first column with texts.", 0.6


def _find_score(columns: list[_Column], guesses: dict[str, RoleGuess]) -> None:
    for column in columns:
        if column.name not in guesses and column.numbers > 0.95 and column.filled > 0.9 and column.n_unique > 1:
            # Running numbers are all different and soon more than 1.
            if column.unique < 0.5 or column.at_most_one:
                reason = (
                    "Its numbers lie between 0 and 1." if column.at_most_one else "Its numbers repeat, as scores do."
                )
                guesses[column.name] = RoleGuess(Role.SCORE, reason, 0.5)
            return


def _for_catalogue(columns: list[_Column], guesses: dict[str, RoleGuess]) -> dict[str, RoleGuess]:
    """Exactly one item: by heading, by a weaker heading, or the column whose texts vary most."""
    for role in (Role.DOCUMENT, Role.LABEL):
        for column in columns:
            if column.name in guesses and guesses[column.name].role is role:
                return {column.name: RoleGuess(Role.DOCUMENT, guesses[column.name].reason, 1.0)}
    texts = [column for column in columns if column.numbers < 0.5 and column.filled > 0] or columns
    found = _weak(texts, AS_DOCUMENT)
    if found is None:
        best = max(texts, key=lambda column: (round(column.unique, 1), column.filled))
        found = (best, "It is the column whose texts vary most.", 0.6)
    column, reason, confidence = found
    return {column.name: RoleGuess(Role.DOCUMENT, reason, confidence)}
