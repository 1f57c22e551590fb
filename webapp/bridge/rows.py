"""The rows of a frozen data set, and what a person corrects in them (webapp/datasets)."""

from pathlib import Path
from typing import Any

from trainer.data.corrections import EDITABLE, LONGEST_ENTERED, Change, Correction, corrected
from trainer.data.frozen import thaw
from trainer.data.rows import DataRow, DataTable, rows_of
from trainer.data.texts import folded, is_code, unstorable, without_invisible
from trainer.progress import ShouldStop, never
from webapp.bridge import read_limits

__all__ = [
    "EDITABLE",
    "LONGEST_ENTERED",
    "Change",
    "Correction",
    "DataRow",
    "DataTable",
    "corrected",
    "folded",
    "is_code",
    "unstorable",
    "without_invisible",
]


def data_table(frozen: bytes) -> DataTable:
    """The rows of a frozen data set. Raises DataError when it is damaged."""
    return rows_of(thaw(frozen)[0])


def mend_data(*, task: str, into: Path | None, should_stop: ShouldStop = never, **asked: Any) -> Any:
    """The corrected data set (trainer.data.prepare.Prepared), made in a limited child process; `asked` as in
    trainer.data.mending.Mend. Its pictures are copied to the file `into`. Raises DataError, and Cancelled once
    `should_stop()`."""
    # Imported here because only a worker prepares data.
    from trainer.data.child import mend_in_child
    from trainer.data.mending import Mend

    return mend_in_child(Mend(**asked), read_limits(task), should_stop, into)
