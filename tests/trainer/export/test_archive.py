"""The archive of the real embedded model, as a stranger meets it: unpacked, without our code or a network."""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file

from tests.trainer.evaluation.factory import make_report
from trainer.encoders.catalogue import resolve_base_model
from trainer.encoders.text import TextEncoder
from trainer.errors import TrainingError
from trainer.export import exported as exporting
from trainer.export import onnx_model, verify
from trainer.export.archive import folder_name, write_archive
from trainer.export.exported import Exported, export
from trainer.report import Difference, Report, Variant

pytestmark = pytest.mark.model

TEXTS = ["A short question", "wholesale of household goods", "überlang " * 400, ""]
NAME = "Häuser & Co: help desk"


@pytest.fixture(scope="module")
def encoder() -> TextEncoder:
    return TextEncoder.load(resolve_base_model("minilm-l6"), device="cpu")


@pytest.fixture(scope="module")
def saved(encoder: TextEncoder, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("saved") / "model"
    encoder.save(folder)
    return folder


@pytest.fixture(scope="module")
def exported(encoder: TextEncoder, saved: Path, tmp_path_factory: pytest.TempPathFactory) -> Exported:
    onnx = tmp_path_factory.mktemp("onnx")
    return export(saved, encoder=encoder, sample_texts=TEXTS, typical=TEXTS, int8=True, onnx=onnx)


def report_with_variants() -> Report:
    """One shorter size that loses nothing, int8, and a fusion that clearly wins."""

    def difference(mean: float) -> Difference:
        return {"metric": "ndcg@10", "mean": mean, "ci95": [mean - 0.005, mean + 0.005], "p_value": 0.5, "n": 6}

    whole = Variant(
        kind="full", dimensions=384, score=0.5, n_documents=11, vector_bytes=153_600_000, model_bytes=90_900_000
    )
    variants: list[Variant] = [
        whole,
        {**whole, "kind": "size", "dimensions": 192, "vector_bytes": 76_800_000, "difference": difference(-0.002)},
        {**whole, "kind": "int8", "model_bytes": 23_800_000, "speed": 5.5, "difference": difference(-0.02)},
        {**whole, "kind": "fused", "difference": difference(0.03)},
    ]
    return {**make_report(), "variants": variants}


@pytest.fixture(scope="module")
def packed(exported: Exported, tmp_path_factory: pytest.TempPathFactory) -> Path:
    destination = tmp_path_factory.mktemp("packed") / "model.zip"
    write_archive(exported, report_with_variants(), destination=destination, name=NAME)
    return destination


@pytest.fixture(scope="module")
def unpacked(packed: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("unpacked")
    with zipfile.ZipFile(packed) as archive:
        archive.extractall(target)
    (folder,) = target.iterdir()
    return folder


@pytest.fixture
def copy(unpacked: Path, tmp_path: Path) -> Iterator[Path]:
    """A copy to spoil; the large files are links, so that it takes no time."""
    folder = tmp_path / "copy"
    shutil.copytree(unpacked, folder, copy_function=os.link)
    yield folder
    shutil.rmtree(folder)


def run_apart(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A fresh Python in another folder, isolated from this project, that may not use a network."""
    environment = {"PATH": os.environ["PATH"], "HF_HUB_OFFLINE": "1", "HOME": str(folder.parent)}
    environment |= {"OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "passive", "PYTHONUTF8": "1"}
    return subprocess.run(
        [sys.executable, "-P", *arguments], capture_output=True, text=True, cwd=folder.parent, env=environment
    )


def spoil(path: Path, content: bytes) -> None:
    path.unlink()  # the link, not the file it shares
    path.write_bytes(content)


def test_it_opens_to_one_folder_with_everything_in_order(packed: Path) -> None:
    with zipfile.ZipFile(packed) as archive:
        names = archive.namelist()
    assert {name.split("/")[0] for name in names} == {"Hauser-Co-help-desk"}
    inside = [name.partition("/")[2] for name in names]
    assert inside[:-1] == sorted(inside[:-1]) and inside[-1] == "SHA256SUMS"
    assert {
        *("README.md", "report.json", "verify.py", "golden.json", "golden.safetensors", "onnx/model.onnx"),
        "onnx/model_int8.onnx",
        *("modules.json", "config.json", "model.safetensors", "tokenizer.json", "1_Pooling/config.json"),
    } <= set(inside)
    assert len(inside) == len(set(inside))
    assert not [path.name for path in packed.parent.iterdir() if path != packed]  # nothing temporary is left


def test_the_standard_library_loads_it_in_a_fresh_process_and_gives_the_golden_vectors(unpacked: Path) -> None:
    program = (
        "import json, sys, numpy as np\n"
        "from pathlib import Path\n"
        "from safetensors.numpy import load_file\n"
        "from sentence_transformers import SentenceTransformer\n"
        "folder = Path(sys.argv[1])\n"
        "model = SentenceTransformer(str(folder), local_files_only=True)\n"
        "texts = json.loads((folder / 'golden.json').read_text())['texts']\n"
        "found = model.encode(texts, normalize_embeddings=True)\n"
        "print(float(np.abs(found - load_file(folder / 'golden.safetensors')['embeddings']).max()))\n"
        "print([name for name in sys.modules if name.split('.')[0] in ('trainer', 'webapp')])\n"
    )
    result = run_apart(unpacked, "-c", program, str(unpacked))
    assert result.returncode == 0, result.stderr
    difference, own_modules = result.stdout.splitlines()
    assert float(difference) <= 1e-5
    assert own_modules == "[]"


def test_the_golden_vectors_are_those_of_the_judged_model(unpacked: Path, encoder: TextEncoder) -> None:
    golden = load_file(unpacked / "golden.safetensors")["embeddings"]
    assert golden.dtype == np.float32
    assert np.abs(golden - encoder.encode(TEXTS)).max() <= 1e-5
    described = json.loads((unpacked / "golden.json").read_text())
    assert described["texts"] == TEXTS and described["libraries"]["torch"]


def test_onnx_gives_the_same_embeddings_at_other_shapes(unpacked: Path, encoder: TextEncoder) -> None:
    import onnxruntime

    session = onnxruntime.InferenceSession(unpacked / "onnx" / "model.onnx", providers=["CPUExecutionProvider"])
    for texts in (["one"], ["three texts", "of unlike", "length " * 60]):
        tokens = encoder.model.tokenizer(texts, padding=True, truncation=True, max_length=256, return_tensors="np")
        (found,) = session.run(None, {node.name: tokens[node.name] for node in session.get_inputs()})
        assert np.abs(found - encoder.encode(texts)).max() <= 1e-4
    names = sorted(path.name for path in (unpacked / "onnx").iterdir())
    assert names == ["model.onnx", "model_int8.onnx"]  # weights are inside


def test_verify_says_that_all_is_well(unpacked: Path) -> None:
    result = run_apart(unpacked, str(unpacked / "verify.py"))
    assert result.returncode == 0, result.stdout + result.stderr
    lines = result.stdout.splitlines()
    assert lines[0].startswith("ok: ") and lines[0].endswith("files are as they were packed")
    assert lines[1].startswith("ok: the model gives the same 4 vectors")
    assert lines[2].startswith("ok: the ONNX model (model.onnx) gives the same 4 vectors")
    assert lines[3].startswith("ok: the ONNX model (model_int8.onnx) gives nearly the same 4 vectors")
    assert lines[4] == "All is well: this is the model that was measured."


def test_verify_finds_one_changed_byte_and_a_missing_file(copy: Path) -> None:
    weights = bytearray((copy / "model.safetensors").read_bytes())
    weights[-1] ^= 1
    spoil(copy / "model.safetensors", bytes(weights))
    result = run_apart(copy, str(copy / "verify.py"))
    assert result.returncode == 1 and result.stderr == ""
    assert result.stdout.startswith("FAILED: model.safetensors is not the file that was packed")
    (copy / "model.safetensors").unlink()
    result = run_apart(copy, str(copy / "verify.py"))
    assert (result.returncode, result.stderr) == (1, "")
    assert "FAILED: model.safetensors is missing" in result.stdout


def test_verify_tells_other_vectors() -> None:
    golden = np.eye(2, 3, dtype=np.float32)
    assert "the same 2 vectors" in verify.compare(golden + np.float32(9e-6), golden, 1e-5, "the model")
    for other, message in ((golden + np.float32(1e-4), "differ by 0.0001"), (golden * np.nan, "differ by nan")):
        with pytest.raises(verify.CheckFailedError, match=message):
            verify.compare(other, golden, 1e-5, "the model")
    with pytest.raises(verify.CheckFailedError, match=r"shape \(2, 2\) instead of \(2, 3\)"):
        verify.compare(golden[:, :2], golden, 1e-5, "the model")


def test_the_card_and_the_report_say_what_was_measured(unpacked: Path) -> None:
    card = (unpacked / "README.md").read_text(encoding="utf-8")
    report = json.loads((unpacked / "report.json").read_text())
    assert card.startswith("---\nlibrary_name: sentence-transformers\n")
    assert 'license: "apache-2.0"' in card and 'base_model: "sentence-transformers/all-MiniLM-L6-v2"' in card
    assert f"# {NAME}\n" in card
    before, after = report["before"]["ndcg@10"], report["after"]["ndcg@10"]
    assert f"| Ranking score (nDCG@10) | {before:.3f} | {after:.3f} |" in card
    assert 'SentenceTransformer("Hauser-Co-help-desk", local_files_only=True)' in card
    assert "2 to learn from, 2 to choose settings by, 6 to judge; rows of the files left out: 1" in card
    assert "`onnx/model.onnx` takes" in card


def test_the_card_tells_what_smaller_forms_cost_and_how_to_use_them(unpacked: Path) -> None:
    card = (unpacked / "README.md").read_text(encoding="utf-8")
    assert "| Vectors cut to 192 numbers | 0.500 | -0.002 (-0.007 to +0.003) | 77 MB | 91 MB | 1× |" in card
    assert "| 154 MB | 24 MB | 5.5× | Not worth it: clearly worse. |" in card
    assert "truncate_dim=192" in card and "Hauser-Co-help-desk/onnx/model_int8.onnx" in card
    code = card[card.index("from collections import defaultdict") :].partition("```")[0]
    names: dict[str, Any] = {}
    exec(code, names)  # noqa: S102  the card's own code is what is tested
    assert names["fuse"](["a", "b", "c"], ["c", "x"]) == ["c", "a", "b", "x"]


def test_the_card_s_code_for_int8_runs_in_a_fresh_process(unpacked: Path) -> None:
    card = (unpacked / "README.md").read_text(encoding="utf-8")
    code = card[card.index("import onnxruntime") :].partition("```")[0].replace("Hauser-Co-help-desk", str(unpacked))
    result = run_apart(unpacked, "-c", f"{code}\nprint(vectors.shape, (vectors**2).sum(axis=1).round(4))")
    assert result.returncode == 0, result.stderr
    assert result.stdout == "(2, 384) [1. 1.]\n"


def test_a_model_that_cannot_be_exported_is_still_packed(
    encoder: TextEncoder, saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(onnx_model, "is_plain_bert", lambda model: False)
    monkeypatch.setattr(onnx_model, "_EXAMPLE", [object()])  # what the exporter cannot follow
    destination = tmp_path / "model.zip"
    report = make_report()
    onnx = tmp_path / "onnx"
    exported = export(saved, encoder=encoder, sample_texts=["a"], typical=["a"], int8=True, onnx=onnx)
    write_archive(exported, report, destination=destination, name="x")
    with zipfile.ZipFile(destination) as packed:
        assert not [name for name in packed.namelist() if name.endswith(".onnx")]
        assert "x/model.safetensors" in packed.namelist()
        assert "There is no ONNX file: the exporter does not support" in packed.read("x/README.md").decode()
        first = destination.read_bytes()
    write_archive(exported, report, destination=destination, name="x")
    assert destination.read_bytes() == first  # the same contents give the same bytes


def test_a_saved_model_that_is_not_the_judged_one_is_not_published(
    encoder: TextEncoder, saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "JUDGED_TOLERANCE", -1.0)
    with pytest.raises(TrainingError, match="not published"):
        export(saved, encoder=encoder, sample_texts=["a"], typical=["a"], int8=False, onnx=tmp_path / "onnx")
    assert list((tmp_path / "onnx").iterdir()) == []


@pytest.mark.parametrize(
    ("name", "folder"),
    [("Help desk 2", "Help-desk-2"), ("../../etc", "etc"), ("東京", "model"), ("a" * 99, "a" * 60), ("CON. ", "CON")],
)
def test_folder_names_are_plain(name: str, folder: str) -> None:
    assert folder_name(name) == folder
