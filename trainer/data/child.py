"""Reads people's files in a child process with hard limits, so that no file can take the caller down.

The child is a fresh interpreter: `python -m trainer.data.child`. It takes a request as JSON on standard input and
leaves its answer, JSON too, in a folder that the caller made; typed errors come back as the same typed errors.
"""

import ctypes
import json
import logging
import math
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil

from trainer.config import Task
from trainer.data.corrections import Correction
from trainer.data.encodings import EncodingQuestion
from trainer.data.items import Items, read_items
from trainer.data.limits import DEFAULT_LIMITS, WALL_FACTOR, ReadLimits
from trainer.data.mending import Mend, mend
from trainer.data.pairs import SplitKind
from trainer.data.prepare import Prepared, Preview, prepare, preview
from trainer.data.roles import Purpose
from trainer.data.sources import Source
from trainer.data.table_question import Candidate, TableQuestion
from trainer.errors import Cancelled, DataError, Place, ResourceError, TailorError
from trainer.progress import ShouldStop, never

logger = logging.getLogger(__name__)

_PR_SET_PDEATHSIG = 1
_LOOK_SECONDS = 0.5  # between two looks whether the caller still wants the answer
_NOTHING_LEFT = 2 * 2**20  # bytes of address space: less than Python asks for at a time
_SMALLER = "Leave out columns that are not needed, or take fewer rows or pictures."


def preview_in_child(
    path: Path,
    name: str,
    purpose: Purpose = Purpose.EXAMPLES,
    limits: ReadLimits = DEFAULT_LIMITS,
    encoding: str | None = None,
    sheet: str | None = None,
    has_header: bool | None = None,
    should_stop: ShouldStop = never,
    task: Task | None = Task.TEXT_TEXT,
    beside: bool = False,
) -> Preview:
    """`prepare.preview` in a child process. Raises DataError, EncodingQuestion and TableQuestion among them, and when
    limits are hit; Cancelled once `should_stop()`."""
    source = Source(path, name, None, encoding, sheet, has_header, beside)
    request = {"source": source.as_dict(), "purpose": Purpose(purpose).value, "task": task.value if task else None}
    answer, _ = run_limited("preview", request, limits, name, should_stop)
    return Preview(**answer)


def prepare_in_child(
    examples: Source,
    questions: Source | None = None,
    catalogue: Source | None = None,
    kind: SplitKind | str | None = None,
    seed: int = 0,
    limits: ReadLimits = DEFAULT_LIMITS,
    should_stop: ShouldStop = never,
    task: Task = Task.TEXT_TEXT,
    pictures: Path | None = None,
) -> Prepared:
    """`prepare.prepare` in a child process. An empty `kind` lets the data decide. Raises DataError, and Cancelled once
    `should_stop()`."""
    request = {
        "examples": examples.as_dict(),
        "questions": questions.as_dict() if questions else None,
        "catalogue": catalogue.as_dict() if catalogue else None,
        "kind": SplitKind(kind).value if kind else None,
        "seed": seed,
        "task": task.value,
        "pictures": str(pictures.resolve()) if pictures else None,
    }
    names = dict.fromkeys(source.name for source in (examples, questions, catalogue) if source)
    answer, frozen = run_limited("prepare", request, limits, ", ".join(names), should_stop)
    return Prepared(frozen=frozen, **answer)


def items_in_child(
    source: Source,
    task: Task,
    limits: ReadLimits = DEFAULT_LIMITS,
    should_stop: ShouldStop = never,
    pictures: Path | None = None,
    column: str | None = None,
) -> tuple[Items, dict[str, Any]]:
    """`items.read_items` in a child process; the items and their facts. Raises DataError, and Cancelled."""
    request = {
        "source": source.as_dict(),
        "task": task.value,
        "column": column,
        "pictures": str(pictures.resolve()) if pictures else None,
    }
    facts, content = run_limited("items", request, limits, source.name, should_stop)
    return Items.from_content(content), facts


def mend_in_child(
    asked: Mend, limits: ReadLimits = DEFAULT_LIMITS, should_stop: ShouldStop = never, pictures: Path | None = None
) -> Prepared:
    """`mending.mend` in a child process. Raises DataError, and Cancelled once `should_stop()`."""
    request = {
        "name": asked.name,
        "frozen": str(asked.frozen.resolve()),
        "corrections": [correction.as_dict() for correction in asked.corrections],
        "keep_items": asked.keep_items,
        "more": asked.more.as_dict() if asked.more else None,
        "stored": str(asked.pictures.resolve()) if asked.pictures else None,
        "pictures": str(pictures.resolve()) if pictures else None,
    }
    answer, frozen = run_limited("mend", request, limits, asked.name, should_stop)
    return Prepared(frozen=frozen, **answer)


def run_limited(
    function_name: str, request: dict[str, Any], limits: ReadLimits, name: str, should_stop: ShouldStop = never
) -> tuple[dict[str, Any], bytes]:
    """Run one of the child's functions; its answer and the bytes that go with it. `name`: of the files, to be told."""
    with tempfile.TemporaryDirectory(prefix="tailor-read-") as folder:
        call = {"function": function_name, "request": request, "limits": limits.as_dict(), "parent": os.getpid()}
        returncode, said = _run(folder, json.dumps(call).encode(), limits, name, should_stop)
        answer = _answer(Path(folder))
        if returncode != 0 or answer is None:
            raise _died(returncode, said[-2000:].decode(errors="replace"), name, limits)
        if "error" in answer:
            raise _revived(answer["error"])
        frozen = Path(folder) / "frozen"
        return answer["value"], frozen.read_bytes() if frozen.exists() else b""


def _run(folder: str, call: bytes, limits: ReadLimits, name: str, should_stop: ShouldStop) -> tuple[int, bytes]:
    """(exit status, standard error) of the child. It is killed when it takes too long or nobody waits any more."""
    deadline = time.monotonic() + WALL_FACTOR * limits.max_seconds + 5  # the child's own limits come first
    child = subprocess.Popen(
        [sys.executable, "-P", "-m", "trainer.data.child", folder],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env=_environment(),
    )
    given: bytes | None = call
    is_full = False
    with child:
        try:
            while True:
                try:
                    _, said = child.communicate(given, timeout=_LOOK_SECONDS)
                    return child.returncode, said
                except subprocess.TimeoutExpired as error:
                    given = None  # it has what it needs
                    if should_stop():
                        raise Cancelled from None
                    if time.monotonic() > deadline:
                        raise _too_slow(name, limits) from error
                    was_full, is_full = is_full, _is_full(child.pid, limits)
                    if was_full and is_full:
                        raise _too_large(name, limits) from error
        except BaseException:
            child.kill()
            raise


def _is_full(pid: int, limits: ReadLimits) -> bool:
    """Whether the child has used up its memory. Without a byte left, Python can try for ever to raise the MemoryError
    that would end it (seen with 3.11)."""
    if sys.platform != "linux":  # elsewhere the system counts otherwise
        return False
    try:
        return bool(psutil.Process(pid).memory_info().vms > limits.max_memory_bytes - _NOTHING_LEFT)
    except psutil.Error:  # it has just ended
        return False


def _environment() -> dict[str, str]:
    """Nothing of the caller's secrets; one thread, for each thread of BLAS reserves address space."""
    kept = {key: os.environ[key] for key in ("PATH", "TMPDIR", "VIRTUAL_ENV", "SYSTEMROOT") if key in os.environ}
    root = str(Path(__file__).resolve().parents[2])
    return {**kept, "PYTHONPATH": root, "PYTHONUTF8": "1", "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}


def _answer(folder: Path) -> dict[str, Any] | None:
    try:
        answer = json.loads((folder / "answer.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return answer if isinstance(answer, dict) else None


def _too_slow(name: str, limits: ReadLimits) -> DataError:
    cause = f"Reading takes longer than the {limits.max_seconds:g} seconds of computing that it may, and was stopped."
    return DataError(cause, _SMALLER, Place(name))


def _too_large(name: str, limits: ReadLimits) -> DataError:
    return DataError(
        f"This file needs more memory than the {limits.max_memory_bytes / 2**20:,.0f} MB that reading may take.",
        _SMALLER,
        Place(name),
    )


def _died(returncode: int, stderr: str, name: str, limits: ReadLimits) -> TailorError:
    logger.error("The reading process of %s ended with %s: %s", name, returncode, stderr)
    if -returncode in (signal.SIGXCPU, signal.SIGALRM):
        return _too_slow(name, limits)
    if "No space left on device" in stderr or "Disk quota exceeded" in stderr:
        return ResourceError("The disk is full.", "Make room, or ask your administrator for more, then try again.")
    if "MemoryError" in stderr or -returncode in (signal.SIGKILL, signal.SIGSEGV, signal.SIGABRT):
        return _too_large(name, limits)
    return DataError(
        "The file could not be read: it made the reading process fail.",
        "Pack the pictures into a new ZIP and upload that."
        if name.lower().endswith(".zip")
        else "Save it again in your spreadsheet program as “CSV UTF-8” and upload that.",
        Place(name),
    )


def _revived(plain: dict[str, Any]) -> DataError:
    place = Place(**plain["place"])
    if plain["type"] == "TableQuestion":
        tables = [Candidate(**candidate) for candidate in plain["candidates"]]
        return TableQuestion(plain["cause"], plain["remedy"], place, tables, plain["kind"])
    if plain["type"] == "EncodingQuestion":
        candidates = [(codec, shown) for codec, shown in plain["candidates"]]
        return EncodingQuestion(plain["cause"], plain["remedy"], place, candidates)
    return DataError(plain["cause"], plain["remedy"], place)


# --- In the child ---------------------------------------------------------------------------------------------------


def _confine(limits: ReadLimits, parent: int) -> None:
    """Die with the caller, leave no core file, and keep to the limits of memory and time."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # the caller died before the line above
            sys.exit(1)
    seconds = max(1, math.ceil(limits.max_seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 2))
    resource.setrlimit(resource.RLIMIT_AS, (limits.max_memory_bytes, limits.max_memory_bytes))
    signal.alarm(WALL_FACTOR * seconds)


def _call(function_name: str, request: dict[str, Any], limits: ReadLimits) -> tuple[dict[str, Any], bytes]:
    if function_name == "preview":
        task = Task(request["task"]) if request["task"] else None
        shown = preview(Source.from_dict(request["source"]), Purpose(request["purpose"]), limits, task)
        return shown.as_dict(), b""
    if function_name == "prepare":
        questions, catalogue = (
            Source.from_dict(request[key]) if request[key] else None for key in ("questions", "catalogue")
        )
        kind = SplitKind(request["kind"]) if request["kind"] else None
        examples = Source.from_dict(request["examples"])
        task, pictures = Task(request["task"]), Path(request["pictures"]) if request["pictures"] else None
        prepared = prepare(examples, questions, catalogue, kind, request["seed"], limits, task, pictures)
        return prepared.as_dict(), prepared.frozen
    if function_name == "mend":
        mended = mend(_mend_of(request), Path(request["pictures"]) if request["pictures"] else None, limits)
        return mended.as_dict(), mended.frozen
    if function_name == "items":
        pictures = Path(request["pictures"]) if request["pictures"] else None
        source, task = Source.from_dict(request["source"]), Task(request["task"])
        items = read_items(source, task, limits, pictures, request["column"])
        return items.facts(), items.content()
    raise ValueError(f"no function {function_name!r}")


def _mend_of(request: dict[str, Any]) -> Mend:
    return Mend(
        name=request["name"],
        frozen=Path(request["frozen"]),
        corrections=[Correction.from_dict(plain) for plain in request["corrections"]],
        keep_items=request["keep_items"],
        pictures=Path(request["stored"]) if request["stored"] else None,
        more=Source.from_dict(request["more"]) if request["more"] else None,
    )


def _plain_error(error: DataError) -> dict[str, Any]:
    asked: dict[str, Any] = {}
    if isinstance(error, TableQuestion):
        asked = {"candidates": [candidate.as_dict() for candidate in error.candidates], "kind": error.kind}
    elif isinstance(error, EncodingQuestion):
        asked = {"candidates": error.candidates}
    return {
        "type": type(error).__name__,
        "cause": error.cause,
        "remedy": error.remedy,
        "place": vars(error.place),
        **asked,
    }


def main(folder: Path) -> None:
    """Answer the one request on standard input with files in `folder`."""
    call = json.load(sys.stdin)
    limits = ReadLimits(**call["limits"])
    _confine(limits, call["parent"])
    try:
        value, frozen = _call(call["function"], call["request"], limits)
        if frozen:
            (folder / "frozen").write_bytes(frozen)
        answer: dict[str, Any] = {"value": value}
    except DataError as error:
        answer = {"error": _plain_error(error)}
    (folder / "answer.json").write_text(json.dumps(answer), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
