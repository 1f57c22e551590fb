"""What may stand in the cells of a row, and which rows may stand beside each other."""

from collections.abc import Sequence

from webapp.bridge import rows

_LONGEST_SEGMENT = 200


class CellError(Exception):
    """What was entered cannot stand in a cell. column: one of rows.EDITABLE; the text says why and what to do."""

    def __init__(self, column: str, words: str) -> None:
        super().__init__(words)
        self.column = column


def editable_columns(table: rows.DataTable) -> tuple[str, ...]:
    """Those of rows.EDITABLE that a person can write in this data set."""
    has = {
        "question": "question" not in table.pictured,
        "item": "item" not in table.pictured,
        "match": not table.labelled and not is_scored(table),
        "score": is_scored(table),
        "segment": any(row.segment for row in table.rows),
    }
    return tuple(column for column in rows.EDITABLE if has[column])


def is_scored(table: rows.DataTable) -> bool:
    """Whether a score says how well question and item match."""
    return any(row.grade is not None for row in table.rows)


def cell_value(row: rows.DataRow, column: str) -> str:
    """What a cell says, as a correction keeps it."""
    if column == "match":
        return "yes" if row.gain > 0 else "no"
    if column == "score":
        return "" if row.grade is None else f"{row.grade:.6g}"
    return str(getattr(row, column))


def check_row(entered: dict[str, str], table: rows.DataTable) -> dict[str, str]:
    """What was entered into the cells that can be written, as corrections keep it. Raises CellError."""
    found = {column: entered[column].strip() for column in editable_columns(table) if column in entered}
    for column, text in found.items():
        if column == "score":
            found[column] = _score(text)
        elif column == "match":
            found[column] = "no" if text == "no" else "yes"
        else:
            _check_text(column, text, table.labelled)
    return found


def check_new_row(entered: dict[str, str]) -> tuple[str, str, bool]:
    """(question, item, whether they match). Raises CellError."""
    question, item = (entered.get(column, "").strip() for column in ("question", "item"))
    _check_text("question", question)
    _check_text("item", item)
    return question, item, entered.get("match") != "no"


def _check_text(column: str, text: str, labelled: bool = False) -> None:
    what = ("label" if labelled else "item") if column == "item" else column
    if column != "segment" and not rows.folded(text):
        raise CellError(column, f"This cell is empty. Write the {what}, or drop the whole row.")
    longest = _LONGEST_SEGMENT if column == "segment" else rows.LONGEST_ENTERED
    if len(text) > longest:
        words = f"This has {len(text):,} characters; at most {longest:,} fit. Write what matters most."
        raise CellError(column, words)
    if trouble := rows.unstorable(text):
        raise CellError(column, f"This {trouble}")


def _score(text: str) -> str:
    """Hundredths of the highest score as a share."""
    try:
        percent = float(text.removesuffix("%").strip().replace(",", "."))
    except ValueError:
        percent = -1.0
    if not 0 <= percent <= 100:
        raise CellError("score", "Write a number from 0 to 100: how much of the highest score this pair has.")
    return f"{percent / 100:.6g}"


def check_pair(
    row: rows.DataRow, others: Sequence[rows.DataRow], table: rows.DataTable, changed: tuple[str, ...]
) -> None:
    """Raise CellError where a row says what another says already, or the contrary."""
    if table.labelled or not changed or set(changed) == {"segment"}:
        return
    pair = rows.folded(row.question), rows.folded(row.item)
    for other in others:
        if other.number == row.number or (rows.folded(other.question), rows.folded(other.item)) != pair:
            continue
        if (other.gain > 0) == (row.gain > 0):
            raise CellError(changed[0], f"Row {other.number:,} says the same already. Drop this row instead.")
        says = "match" if other.gain > 0 else "do not match"
        raise CellError(changed[0], f"Row {other.number:,} says that these two {says}. Drop the one that is wrong.")
