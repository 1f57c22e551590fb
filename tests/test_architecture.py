"""The shape of the code: import order, what the web process never loads, sizes."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SOURCES = sorted(
    path
    for folder in ("trainer", "webapp", "benchmarks", "tests")
    for path in (ROOT / folder).rglob("*.py")
    if "migrations" not in path.parts
)
MODULE_LINES, FUNCTION_LINES = 500, 60
HEAVY = (
    "torch",
    "transformers",
    "sentence_transformers",
    "timm",
    "open_clip",
    "onnxruntime",
    "onnx",
    "sklearn",
    "pandas",
)


def run(*command: str) -> "subprocess.CompletedProcess[str]":
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings", "NO_COLOR": "1"}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False)


def test_imports_go_one_way() -> None:
    done = run(str(Path(sys.executable).with_name("lint-imports")), "--no-cache")

    assert done.returncode == 0, done.stdout[-4000:] + done.stderr


def test_the_web_process_loads_no_model_library() -> None:
    program = f"""
import sys
import webapp.wsgi
from django.urls import get_resolver
get_resolver().url_patterns
print([name for name in {HEAVY!r} if name in sys.modules])
"""
    done = run(sys.executable, "-c", program)

    assert done.stdout.strip() == "[]", done.stderr


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_modules_and_functions_stay_small(path: Path) -> None:
    text = path.read_text("utf-8")
    assert text.count("\n") <= MODULE_LINES
    too_long = [
        f"{node.name}: {node.end_lineno - node.lineno + 1} lines"
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno is not None
        and node.end_lineno - node.lineno + 1 > FUNCTION_LINES
    ]
    assert too_long == []


def test_nothing_reads_files_that_can_run_code() -> None:
    """No pickle, no torch.load, no trust in code that comes with a model.

    But for one file that comes with a package: known by its hash, and read as numbers only.
    """
    allowed = "trainer/encoders/timm_models.py: torch.load("
    found = [
        f"{path.relative_to(ROOT)}: {word}"
        for path in SOURCES
        if path.parts[len(ROOT.parts)] != "tests"
        for word in ("import pickle", "torch.load(", "trust_remote_code=True", "joblib")
        if word in path.read_text("utf-8")
    ]
    assert found == [allowed]
