"""Every exception of a job in a person's words."""

import errno
import traceback
from typing import Any

from webapp.bridge import TailorError

MEMORY = {
    "cause": "The machine ran out of memory.",
    "remedy": "Close other programs or let other runs end first, then try again. A smaller batch size or a smaller "
    "base model needs less memory.",
}
GRAPHICS_MEMORY = {
    "cause": "The graphics card ran out of memory.",
    "remedy": "Try again with a smaller batch size (under Advanced) or a smaller base model.",
}
DISK_FULL = {
    "cause": "The disk is full.",
    "remedy": "Delete projects or files that are no longer needed, or ask your administrator for more space, "
    "then try again.",
}
FILE_MISSING = {
    "cause": "A file that Tailor had stored is missing.",
    "remedy": "Ask your administrator to bring it back from a backup, or upload the data again.",
}
UNEXPECTED = {
    "cause": "Something unexpected went wrong.",
    "remedy": "Try again. If it happens again, give the details below to your administrator.",
}
LOST = {
    "cause": "The work was interrupted again and again: its process ended without a word, most often because the "
    "machine ran out of memory.",
    "remedy": "Close other programs, choose a smaller batch size or a smaller base model, then try again. It goes on "
    "from the last saved step.",
}


def error_in_words(error: BaseException) -> dict[str, Any]:
    """{"title", "cause", "remedy", "detail"}. `detail` keeps the traceback for the curious and the administrator."""
    detail = "".join(traceback.format_exception(error))[-8000:]
    return {"title": "It did not work", **_words(error), "detail": detail}


def lost_in_words(detail: str) -> dict[str, Any]:
    """The error of work whose processes died too often."""
    return {"title": "It was interrupted too often", **LOST, "detail": detail}


def is_disk_full(error: BaseException) -> bool:
    """Whether there was no room; the libraries for weights and for SQLite say so only in their words."""
    if isinstance(error, OSError):
        return error.errno in (errno.ENOSPC, errno.EDQUOT)
    return any(words in str(error) for words in ("No space left on device", "disk is full", "Disk quota exceeded"))


def _words(error: BaseException) -> dict[str, str]:
    if isinstance(error, TailorError):
        place = str(getattr(error, "place", "") or "")
        return {"cause": f"{place}: {error.cause}" if place else error.cause, "remedy": error.remedy}
    # torch.cuda.OutOfMemoryError is a RuntimeError; its class is not imported here, for that would load torch.
    if type(error).__name__ == "OutOfMemoryError" or "CUDA out of memory" in str(error):
        return GRAPHICS_MEMORY
    if isinstance(error, MemoryError) or "can't allocate memory" in str(error):
        return MEMORY
    if is_disk_full(error):
        return DISK_FULL
    if isinstance(error, FileNotFoundError):
        return FILE_MISSING
    return UNEXPECTED
