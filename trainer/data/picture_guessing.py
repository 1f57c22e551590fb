"""Guessing what the columns are for where some of them name pictures: by contents first, then by headings."""

from trainer.config import Task
from trainer.data.albums import ONE_ZIP, Album
from trainer.data.heading_words import heading_key, known_role
from trainer.data.own_split import split_guess
from trainer.data.picture_columns import PictureColumn, picture_columns
from trainer.data.roles import Purpose, Role, RoleGuess
from trainer.data.table import Table
from trainer.errors import DataError, Place

_LOOKED_AT = 2000
_REPEATED = 0.5
"""Labels: at most this share of the values of the column are different."""
_WORDS = frozenset(
    (
        "caption",
        "captions",
        "text",
        "title",
        "titel",
        "titre",
        "description",
        "beschreibung",
        "keywords",
        "words",
        "alt",
        "name",
    )
)
"""Headings above what people say of a picture."""


def guess_task(table: Table, album: Album | None) -> Task:
    """What is to be found, told from the data: two columns of pictures, or one beside labels or beside words."""
    pictures = picture_columns(table, album)
    if not pictures:
        return Task.TEXT_TEXT
    texts = [i for i in _texts(table, pictures) if not split_guess(table, [table.columns[i]])]
    if len(pictures) > 1 or not texts:
        return Task.IMAGE_IMAGE
    roles = {known_role(table.columns[index]) for index in texts}
    if Role.LABEL in roles and Role.QUERY not in roles:
        return Task.IMAGE_IMAGE
    if Role.QUERY in roles or any(heading_key(table.columns[index]) in _WORDS for index in texts):
        return Task.TEXT_IMAGE
    return Task.IMAGE_IMAGE if min(_variety(table, index) for index in texts) <= _REPEATED else Task.TEXT_IMAGE


def guess_picture_roles(table: Table, purpose: Purpose, task: Task, album: Album | None) -> dict[str, RoleGuess]:
    """{column: its guessed role}, for every column, in their order.

    Raises DataError when no column names a picture, or the pictures are not there.
    """
    pictures = picture_columns(table, album)
    _check(table, pictures, album)
    guesses = _pictures(pictures, purpose, task, album)
    texts = _texts(table, pictures)
    if purpose is not Purpose.CATALOGUE:
        _known_headings(table, texts, guesses)
    if purpose is Purpose.EXAMPLES:
        guesses.update(split_guess(table, [name for i in texts if (name := table.columns[i]) not in guesses]))
    if task is Task.TEXT_IMAGE and purpose is not Purpose.CATALOGUE:
        _guess_words(table, texts, guesses)
    elif task is Task.IMAGE_IMAGE and not (len(pictures) > 1 and purpose is not Purpose.CATALOGUE):
        _guess_label(table, texts, guesses)
    ignored = RoleGuess(Role.IGNORE, "Nothing says that this column is needed.", 0.5)
    return {column: guesses.get(column, ignored) for column in table.columns}


_TEXTS = "Or, if people should find a text and not a picture, make a project that finds texts."


def _check(table: Table, pictures: list[PictureColumn], album: Album | None) -> None:
    place = Place(table.name, entry=table.within)
    if not pictures:
        raise DataError(
            "No column names pictures, such as “shoes/17.jpg”.",
            "Add a column with the name of each row’s picture. " + ("" if album else f"{ONE_ZIP} {_TEXTS}"),
            place,
        )
    column = max(pictures, key=lambda column: column.found)
    if album is None or not column.found:
        first = next(row[column.index].strip() for row in table.rows if row[column.index].strip())
        if album is None:
            cause = f"The column “{column.name}” names pictures, such as “{first[:80]}”, but they are not in this file."
            raise DataError(cause, ONE_ZIP, place)
        cause = (
            f"None of the pictures that the column “{column.name}” names, such as “{first[:80]}”, is in {album.place}."
        )
        raise DataError(cause, "Check how the names are written, and that the pictures came along.", place)


def _pictures(pictures: list[PictureColumn], purpose: Purpose, task: Task, album: Album | None) -> dict[str, RoleGuess]:
    """Roles of the columns of pictures. Of several that could be the same, headings decide, else the order."""
    wanted = [Role.DOCUMENT]
    if task is Task.IMAGE_IMAGE and purpose is not Purpose.CATALOGUE:
        wanted = [Role.QUERY, Role.DOCUMENT, Role.NEGATIVE]
    guesses: dict[str, RoleGuess] = {}
    for column in pictures:
        role = known_role(column.name)
        if len(pictures) > 1 and role in (*wanted, Role.NEGATIVE) and purpose is not Purpose.CATALOGUE:
            guesses[column.name] = RoleGuess(role, _found(column, album), 1.0)
    taken = {guess.role for guess in guesses.values()}
    left = [role for role in wanted if role not in taken]
    for column in pictures:
        if column.name not in guesses and left:
            guesses[column.name] = RoleGuess(left.pop(0), _found(column, album), 0.9)
    return guesses


def _found(column: PictureColumn, album: Album | None) -> str:
    place = album.place if album else "this file"
    if column.found == column.filled == 1:
        return f"Its value names a picture in {place}."
    return f"{column.found:,} of {column.filled:,} values name a picture in {place}."


def _texts(table: Table, pictures: list[PictureColumn]) -> list[int]:
    """Indexes of the other columns that have contents."""
    named = {column.index for column in pictures}
    return [
        index
        for index in range(len(table.columns))
        if index not in named and any(row[index].strip() for row in table.rows[:_LOOKED_AT])
    ]


def _known_headings(table: Table, texts: list[int], guesses: dict[str, RoleGuess]) -> None:
    for index in texts if table.has_header else ():
        name, role = table.columns[index], known_role(table.columns[index])
        taken = {guess.role for guess in guesses.values()}
        if role in (Role.SCORE, Role.SEGMENT, Role.IGNORE) and (role is Role.IGNORE or role not in taken):
            guesses[name] = RoleGuess(role, f"The heading “{name}” says so.", 1.0)


def _guess_words(table: Table, texts: list[int], guesses: dict[str, RoleGuess]) -> None:
    """The words that find a picture: by heading, else the texts that vary most."""
    free = [index for index in texts if table.columns[index] not in guesses]
    if not free:
        return
    for index in free if table.has_header else ():
        name = table.columns[index]
        if known_role(name) is Role.QUERY or heading_key(name) in _WORDS:
            guesses[name] = RoleGuess(Role.QUERY, f"The heading “{name}” says so.", 1.0)
            return
    best = max(free, key=lambda index: round(_variety(table, index), 1))
    reason = "It is the column with texts beside the pictures." if len(free) == 1 else "Its texts vary most."
    guesses[table.columns[best]] = RoleGuess(Role.QUERY, reason, 0.7)


def _guess_label(table: Table, texts: list[int], guesses: dict[str, RoleGuess]) -> None:
    """The label: by heading, else the column whose values repeat most."""
    free = [index for index in texts if table.columns[index] not in guesses]
    if not free:
        return
    for index in free if table.has_header else ():
        name = table.columns[index]
        if known_role(name) is Role.LABEL:
            guesses[name] = RoleGuess(Role.LABEL, f"The heading “{name}” says so.", 1.0)
            return
    best = min(free, key=lambda index: _variety(table, index))
    if _variety(table, best) <= _REPEATED or len(free) == 1:
        count = len({row[best].strip() for row in table.rows[:_LOOKED_AT]})
        reason = f"It has {count:,} different values, which repeat as labels do."
        guesses[table.columns[best]] = RoleGuess(Role.LABEL, reason, 0.7)


def _variety(table: Table, index: int) -> float:
    """Share of different values among the filled ones."""
    cells = [cell for row in table.rows[:_LOOKED_AT] if (cell := row[index].strip())]
    return len(set(cells)) / max(len(cells), 1)
