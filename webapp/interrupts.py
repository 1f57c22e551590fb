"""Ctrl-C in a long command: one message and one exit status, wherever it strikes. No Django here."""

import os
import signal
import sys
from collections.abc import Callable
from types import FrameType
from typing import NoReturn

STOPPED = 130
"""Exit status after Ctrl-C, as shells have it."""

STOPPED_WORDS = "Stopped. The same command goes on from here."
_IMPORTING = "<frozen importlib._bootstrap>"


def leave_at_once_when_interrupted() -> None:
    """For the time before a command begins: nothing is open yet, and there is nobody to catch an exception."""
    signal.signal(signal.SIGINT, _leave)


def _leave(number: int, frame: FrameType | None) -> NoReturn:
    os.write(sys.__stderr__.fileno() if sys.__stderr__ else 2, f"{STOPPED_WORDS}\n".encode())
    os._exit(STOPPED)


class Interrupts:
    """Listens for Ctrl-C from now on. The first one raises KeyboardInterrupt; a second one leaves at once.

    An exception is not always possible. In the middle of an import it breaks libraries in ways that they report as
    something else, so there the interrupt is only noted, and whoever works asks `noted` often. In the callback of a C
    library it is lost, and Python would print it with a traceback: it is noted as well, and nothing is printed.
    """

    def __init__(self) -> None:
        self._noted = False
        self._report: Callable[[sys.UnraisableHookArgs], object] = sys.unraisablehook
        sys.unraisablehook = self._unraisable
        signal.signal(signal.SIGINT, self._note)

    def noted(self) -> bool:
        """Whether Ctrl-C was pressed."""
        return self._noted

    def end(self) -> None:
        """The command's last word is said: from here on Ctrl-C ends the process without another one."""
        sys.stdout.flush()
        signal.signal(signal.SIGINT, signal.SIG_DFL)

    def _note(self, number: int, frame: FrameType | None) -> None:
        if self._noted:
            _leave(number, frame)
        self._noted = True
        if not _is_importing(frame):
            raise KeyboardInterrupt

    def _unraisable(self, lost: "sys.UnraisableHookArgs") -> None:
        if not (self._noted and issubclass(lost.exc_type, KeyboardInterrupt)):
            self._report(lost)


def _is_importing(frame: FrameType | None) -> bool:
    while frame is not None:
        if frame.f_code.co_filename == _IMPORTING:
            return True
        frame = frame.f_back
    return False
