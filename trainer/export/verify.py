"""Checks this model folder: that every file is the one that was packed, and that the model gives the same vectors.

Run it in the unpacked folder: python verify.py
It needs only sentence-transformers; with onnxruntime installed the ONNX model is checked too. It uses no network.
Exit status 0: all is well. 1: something is wrong, said in words.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent


class CheckFailedError(Exception):
    """A check that failed, in words."""


def main() -> int:
    """Run every check and print one line for each."""
    os.environ["HF_HUB_OFFLINE"] = "1"
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    try:
        print(f"ok: {check_sums()} files are as they were packed")
        golden = json.loads((FOLDER / "golden.json").read_text(encoding="utf-8"))
        model, expected = load_model(), load_expected()
        vectors = model.encode(golden["texts"], normalize_embeddings=True, show_progress_bar=False)
        print(f"ok: {compare(vectors, expected, golden['tolerance'], 'the model')}")
        print(check_onnx("model.onnx", model, golden, expected, golden["onnx_tolerance"]))
        if (FOLDER / "onnx" / "model_int8.onnx").is_file():
            print(check_onnx("model_int8.onnx", model, golden, expected, golden["int8_tolerance"]))
    except CheckFailedError as failure:
        print(f"FAILED: {failure}")
        return 1
    print("All is well: this is the model that was measured.")
    return 0


def check_sums() -> int:
    """Compare every file with SHA256SUMS; gives how many there are."""
    sums = FOLDER / "SHA256SUMS"
    if not sums.is_file():
        raise CheckFailedError("SHA256SUMS is missing. Unpack the archive again, completely.")
    lines = sums.read_text(encoding="utf-8").splitlines()
    for line in lines:
        expected, _, name = line.partition("  ")
        if not (FOLDER / name).is_file():
            raise CheckFailedError(f"{name} is missing. Unpack the archive again, completely.")
        if digest(FOLDER / name) != expected:
            raise CheckFailedError(
                f"{name} is not the file that was packed: it was changed or damaged. Download again."
            )
    return len(lines)


def digest(path: Path) -> str:
    """SHA-256 of a file, read in parts."""
    total = hashlib.sha256()
    with path.open("rb") as file:
        while part := file.read(1 << 20):
            total.update(part)
    return total.hexdigest()


def load_model() -> Any:
    """The model, on the CPU, by sentence-transformers alone."""
    try:
        from sentence_transformers import SentenceTransformer
    except ImportError:
        raise CheckFailedError("sentence-transformers is not installed: pip install sentence-transformers") from None
    try:
        return SentenceTransformer(str(FOLDER), device="cpu", local_files_only=True)
    except Exception as error:
        raise CheckFailedError(f"sentence-transformers cannot open the model: {error}") from error


def load_expected() -> Any:
    """The vectors that the model gave when it was measured, (texts, numbers)."""
    from safetensors.numpy import load_file

    return load_file(FOLDER / "golden.safetensors")["embeddings"]


def compare(vectors: Any, expected: Any, tolerance: float, what: str) -> str:
    """Fail when any number differs by more than `tolerance`; else say how near they are."""
    if vectors.shape != expected.shape:
        raise CheckFailedError(f"{what} gives vectors of shape {vectors.shape} instead of {expected.shape}.")
    difference = float(abs(vectors - expected).max())
    if not difference <= tolerance:
        raise CheckFailedError(
            f"{what} gives other vectors than when it was measured: they differ by {difference:.1g}."
        )
    same = "the same" if tolerance < 1e-3 else "nearly the same"
    return f"{what} gives {same} {len(expected)} vectors (largest difference {difference:.0e})"


def check_onnx(name: str, model: Any, golden: dict[str, Any], expected: Any, tolerance: float) -> str:
    """The same comparison for an ONNX file, where there is one and onnxruntime can run it."""
    path = FOLDER / "onnx" / name
    if not path.is_file():
        return "skipped: there is no ONNX model in this folder"
    try:
        import onnxruntime
    except ImportError:
        return f"skipped: onnxruntime is not installed, so {name} was not run"
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    prompt = (model.prompts or {}).get(model.default_prompt_name or "") or ""
    texts = [prompt + text for text in golden["texts"]]
    tokens = model.tokenizer(texts, padding=True, truncation=True, max_length=model.max_seq_length, return_tensors="np")
    inputs = {node.name: tokens[node.name].astype("int64") for node in session.get_inputs()}
    return f"ok: {compare(session.run(None, inputs)[0], expected, tolerance, f'the ONNX model ({name})')}"


if __name__ == "__main__":
    sys.exit(main())
