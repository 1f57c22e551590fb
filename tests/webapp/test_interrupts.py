"""Ctrl-C, wherever it strikes: in processes of their own, which interrupt themselves at the very place."""

import subprocess
import sys

import pytest
from django.conf import settings

WORDS = "Stopped. The same command goes on from here.\n"
BEGIN = """
import os, signal, sys, weakref
from pathlib import Path
from webapp.interrupts import Interrupts, leave_at_once_when_interrupted

def strike():
    os.kill(os.getpid(), signal.SIGINT)

class Thing:
    pass

"""


def run(script: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    words = [sys.executable, "-c", BEGIN + script, *arguments]
    return subprocess.run(words, cwd=settings.BASE_DIR, capture_output=True, text=True, timeout=60, check=False)


def test_before_the_command_begins_it_leaves_at_once() -> None:
    done = run("leave_at_once_when_interrupted(); strike(); print('still here')")
    assert (done.returncode, done.stdout, done.stderr) == (130, "", WORDS)


def test_it_raises_where_an_exception_is_possible() -> None:
    done = run("""
interrupts = Interrupts()
try:
    strike()
    print("went on")
except KeyboardInterrupt:
    print("raised", interrupts.noted())
""")
    assert (done.returncode, done.stdout, done.stderr) == (0, "raised True\n", "")


def test_an_import_is_finished_first(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("modules")
    (folder / "struck.py").write_text("import __main__\n__main__.strike()\nWHOLE = True\n")
    done = run(
        """
sys.path.insert(0, sys.argv[1])
interrupts = Interrupts()
import struck
print(struck.WHOLE, interrupts.noted())
""",
        str(folder),
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "True True\n", "")


def test_one_that_is_lost_in_a_callback_is_noted_and_not_printed() -> None:
    done = run("""
interrupts = Interrupts()
thing = Thing()
reference = weakref.ref(thing, lambda dead: strike())
del thing
print(interrupts.noted())
""")
    assert (done.returncode, done.stdout, done.stderr) == (0, "True\n", "")


def test_other_errors_in_callbacks_are_printed_as_ever() -> None:
    done = run("""
interrupts = Interrupts()
thing = Thing()
reference = weakref.ref(thing, lambda dead: 1 / 0)
del thing
print(interrupts.noted())
""")
    assert (done.returncode, done.stdout) == (0, "False\n")
    assert "ZeroDivisionError" in done.stderr


def test_a_second_one_leaves_at_once() -> None:
    done = run("""
interrupts = Interrupts()
try:
    strike()
except KeyboardInterrupt:
    strike()
print("still here")
""")
    assert (done.returncode, done.stdout, done.stderr) == (130, "", WORDS)


def test_after_the_last_word_there_is_no_other_and_nothing_said_is_lost() -> None:
    done = run("interrupts = Interrupts(); print('said'); interrupts.end(); strike()")
    assert (done.returncode, done.stdout, done.stderr) == (-2, "said\n", "")
