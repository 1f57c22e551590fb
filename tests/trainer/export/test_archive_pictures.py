"""Archives of picture models, as a stranger meets them: unpacked, without our code or a network."""

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.numpy import load_file

from tests.trainer.evaluation.factory import make_report
from tests.trainer.tiny_pictures import CLIP_MODELS, draw, make_tiny_clip, make_tiny_timm
from trainer.encoders.clip import ClipEncoder
from trainer.encoders.dual import DualEncoder, Joint
from trainer.encoders.loading import PicturesEncoder
from trainer.encoders.picture import PictureEncoder
from trainer.encoders.text import TextEncoder
from trainer.encoders.timm_models import open_network
from trainer.errors import TrainingError
from trainer.export import exported_pictures
from trainer.export.archive import write_archive
from trainer.export.exported_pictures import export_pictures

PICTURES = [draw(number) for number in range(3)]
TEXTS = ["name3 filler4", "ask1"]
TOWERS = {"timm": 1, "dual": 2} | dict.fromkeys(CLIP_MODELS, 2)
SLOW = ("siglip", "coca")  # their ONNX files take half a minute
KINDS = [pytest.param(kind, marks=pytest.mark.slow) if kind in SLOW else kind for kind in TOWERS]

STRANGER = """
import contextlib, io, json, os, runpy, sys, traceback
import numpy as np
from safetensors.numpy import load_file

found = {}
for kind, folder in json.loads(sys.argv[1]).items():
    os.chdir(os.path.dirname(folder))
    said, status, trouble = io.StringIO(), 0, ""
    with contextlib.redirect_stdout(said):
        try:
            runpy.run_path(folder + "/verify.py", run_name="__main__")
        except SystemExit as ended:
            status = ended.code
    with open(folder + "/README.md", encoding="utf-8") as card:
        code = card.read().partition("```python\\n")[2].partition("```")[0]
    names = {}
    try:
        exec(code, names)
        golden = load_file(folder + "/golden.safetensors")["pictures"]
        assert np.abs(np.asarray(names["vectors"])[0] - golden[0]).max() < 1e-5
        assert names["scores"].shape == (1, 1)
    except Exception:
        trouble = traceback.format_exc()
    found[kind] = {"status": status, "lines": said.getvalue().splitlines(), "card": trouble}
print(json.dumps(found))
"""
"""Of each folder: what its verify.py says, and whether its card's code gives the golden vectors."""


def tiny_encoder(kind: str, folder: Path, tiny_model: Path) -> PicturesEncoder:
    """Tailored a little, so that it differs from its base model."""
    random = np.random.default_rng(0)
    if kind in CLIP_MODELS:
        clip = ClipEncoder.load(make_tiny_clip(folder, kind), device="cpu")
        with torch.no_grad():
            for weights in clip.model.visual.parameters():
                weights.add_(0.01)
        return clip
    image = PictureEncoder.load(make_tiny_timm(folder), device="cpu")
    size = image.feature_size
    if kind == "timm":
        image.set_head(random.normal(size=(8, size)).astype(np.float32), random.normal(size=8).astype(np.float32))
        return image
    text = TextEncoder.load(tiny_model, device="cpu")
    gloss = torch.from_numpy(text.encode([f"name{number}" for number in range(7)]))
    towers = text, PictureEncoder(open_network(folder), "cpu")
    size = sum(towers[1].stage_sizes)
    dual = DualEncoder(*towers, Joint.untrained(gloss, size))
    matrix = random.normal(size=(size, text.embedding_size)).astype(np.float32) / size
    mean, std = np.full(size, 0.1, np.float32), np.full(size, 0.5, np.float32)
    dual.set_joint(matrix=matrix, mean=mean, std=std, gloss=gloss + 0.01)
    return dual


def pack(encoder: PicturesEncoder, folder: Path) -> Path:
    """The unpacked archive."""
    encoder.save(folder / "saved")
    texts = [] if isinstance(encoder, PictureEncoder) else TEXTS
    exported = export_pictures(
        folder / "saved", encoder=encoder, sample_texts=texts, sample_pictures=PICTURES, onnx=folder / "onnx"
    )
    assert exported.no_onnx == ""
    write_archive(exported, make_report(), destination=folder / "model.zip", name="Shoes & bags")
    with zipfile.ZipFile(folder / "model.zip") as archive:
        archive.extractall(folder / "unpacked")
    return folder / "unpacked" / "Shoes-bags"


Packed = Callable[[str], tuple[Path, PicturesEncoder]]


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory, tiny_model: Path) -> Packed:
    made: dict[str, tuple[Path, PicturesEncoder]] = {}

    def of_kind(kind: str) -> tuple[Path, PicturesEncoder]:
        if kind not in made:
            folder = tmp_path_factory.mktemp(kind)
            encoder = tiny_encoder(kind, folder / "base", tiny_model)
            made[kind] = pack(encoder, folder), encoder
        return made[kind]

    return of_kind


def run_apart(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A fresh Python in the folder above, isolated from this project, that may not use a network."""
    environment = {"PATH": os.environ["PATH"], "HF_HUB_OFFLINE": "1", "HOME": str(folder.parent)}
    environment["HF_HOME"] = str(folder.parent / "nothing-here")
    environment |= {"OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "passive", "PYTHONUTF8": "1"}
    return subprocess.run(
        [sys.executable, "-P", *arguments], capture_output=True, text=True, cwd=folder.parent, env=environment
    )


Verified = Callable[[str], dict[str, Any]]


@pytest.fixture(scope="module")
def verified(packed: Packed, tmp_path_factory: pytest.TempPathFactory) -> Verified:
    """What STRANGER found, in one process for many, as each takes seconds to start."""
    found: dict[str, dict[str, Any]] = {}

    def of_kind(kind: str) -> dict[str, Any]:
        if kind not in found:
            folders = {name: str(packed(name)[0]) for name in TOWERS if (name in SLOW) == (kind in SLOW)}
            result = run_apart(tmp_path_factory.mktemp("stranger") / "none", "-c", STRANGER, json.dumps(folders))
            assert result.returncode == 0, result.stderr
            found.update(json.loads(result.stdout.splitlines()[-1]))
        return found[kind]

    return of_kind


@pytest.mark.parametrize("kind", KINDS)
def test_verify_says_that_all_is_well(verified: Verified, kind: str) -> None:
    lines = verified(kind)["lines"]
    assert verified(kind)["status"] == 0, lines
    assert len(lines) == 2 + 2 * TOWERS[kind]
    assert all(line.startswith("ok: ") for line in lines[:-1])
    assert sum("ONNX" in line for line in lines) == TOWERS[kind]
    assert any("the model of pictures gives the same 3 vectors" in line for line in lines)


@pytest.mark.parametrize("kind", KINDS)
def test_the_card_s_code_runs_in_a_fresh_process(packed: Packed, verified: Verified, kind: str) -> None:
    assert verified(kind)["card"] == ""
    card = (packed(kind)[0] / "README.md").read_text(encoding="utf-8")
    assert "# Shoes & bags\n" in card and "`onnx/" in card and "| Ranking score (nDCG@10) |" in card


def test_verify_finds_other_vectors(packed: Packed) -> None:
    folder, _ = packed("timm")
    (folder / "SHA256SUMS").rename(folder / "sums")  # so that the vectors alone must tell
    (folder / "SHA256SUMS").write_text("")
    original = (folder / "golden" / "1.png").read_bytes()
    Image.new("RGB", (50, 50), "red").save(folder / "golden" / "1.png")
    try:
        result = run_apart(folder, str(folder / "verify.py"))
        assert result.returncode == 1, result.stderr
        assert "FAILED: the model of pictures gives other vectors" in result.stdout
    finally:
        (folder / "golden" / "1.png").write_bytes(original)
        (folder / "sums").replace(folder / "SHA256SUMS")


@pytest.mark.parametrize("kind", KINDS)
def test_the_golden_vectors_are_those_of_the_judged_model(packed: Packed, kind: str) -> None:
    folder, encoder = packed(kind)
    golden = load_file(folder / "golden.safetensors")
    described = json.loads((folder / "golden.json").read_text())
    pictures = [Image.open(folder / name) for name in described["pictures"]]
    np.testing.assert_allclose(golden["pictures"], encoder.encode_pictures(pictures), atol=1e-5)
    assert [picture.size for picture in pictures] == [picture.size for picture in PICTURES]
    assert described["kind"] == ("open_clip" if kind in CLIP_MODELS else kind)
    if kind != "timm":
        np.testing.assert_allclose(golden["texts"], encoder.encode(described["texts"]), atol=1e-5)


def test_a_saved_model_that_is_not_the_judged_one_is_not_published(tmp_path: Path, tiny_model: Path) -> None:
    encoder = tiny_encoder("timm", tmp_path / "base", tiny_model)
    encoder.save(tmp_path / "saved")
    assert isinstance(encoder, PictureEncoder)
    encoder.remove_head()
    with pytest.raises(TrainingError, match="not published"):
        export_pictures(
            tmp_path / "saved", encoder=encoder, sample_texts=[], sample_pictures=PICTURES, onnx=tmp_path / "onnx"
        )


def test_a_model_that_cannot_be_exported_to_onnx_is_still_packed(
    tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoder = tiny_encoder("timm", tmp_path / "base", tiny_model)
    encoder.save(tmp_path / "saved")
    monkeypatch.setattr(exported_pictures, "_PictureTower", lambda encoder: torch.nn.LSTMCell(3, 3))
    exported = export_pictures(
        tmp_path / "saved", encoder=encoder, sample_texts=[], sample_pictures=PICTURES, onnx=tmp_path / "onnx"
    )
    write_archive(exported, make_report(), destination=tmp_path / "model.zip", name="x")
    with zipfile.ZipFile(tmp_path / "model.zip") as archive:
        assert not [name for name in archive.namelist() if name.endswith(".onnx")]
        assert "An ONNX file is missing: the exporter does not support" in archive.read("x/README.md").decode()
