import json
import pickle
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from trainer.config import Task
from trainer.encoders.catalogue import base_models, find_base_model, is_ready, resolve_base_model
from trainer.errors import ModelError


@pytest.fixture
def folder(tiny_model: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny_model, tmp_path / "model"))


def change_json(file: Path, **changes: object) -> None:
    file.write_text(json.dumps(json.loads(file.read_text()) | changes))


def bring_code(folder: Path) -> None:
    change_json(folder / "config.json", auto_map={"AutoModel": "evil.Model"})


def foreign_module(folder: Path) -> None:
    (folder / "modules.json").write_text(json.dumps([{"idx": 0, "name": "0", "path": "", "type": "evil.Module"}]))


def only_pickle(folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    (folder / "pytorch_model.bin").write_bytes(pickle.dumps({}))


def renamed_pickle(folder: Path) -> None:
    (folder / "model.safetensors").write_bytes(pickle.dumps({"weights": list(range(1000))}))


def endless_header(folder: Path) -> None:
    (folder / "model.safetensors").write_bytes((1 << 60).to_bytes(8, "little") + b"{}" * 20)


def cut_off(folder: Path) -> None:
    file = folder / "model.safetensors"
    file.write_bytes(file.read_bytes()[:-100])


def not_numbers(folder: Path) -> None:
    weights = load_file(folder / "model.safetensors")
    name = sorted(weights)[0]
    weights[name].flat[3] = np.nan
    save_file(weights, folder / "model.safetensors")


def picture_model(folder: Path) -> None:
    config = json.loads((folder / "config.json").read_text())
    del config["vocab_size"]
    (folder / "config.json").write_text(json.dumps(config | {"model_type": "vit"}))


BREAKAGES: list[tuple[Callable[[Path], object], str]] = [
    (lambda folder: (folder / "config.json").unlink(), "no config.json"),
    (lambda folder: (folder / "config.json").write_text("{"), "cannot be read"),
    (lambda folder: (folder / "model.safetensors").unlink(), "no weights"),
    (lambda folder: change_json(folder / "config.json", architectures=["BertForSequenceClassification"]), "re-ranks"),
    (bring_code, "auto_map"),
    (foreign_module, "evil.Module"),
    (only_pickle, "pickle"),
    (renamed_pickle, "not a safetensors file"),
    (endless_header, "not a safetensors file"),
    (cut_off, "cut off"),
    (not_numbers, "not numbers"),
    (picture_model, "is not a text model: it is a vit model"),
]


@pytest.mark.parametrize(("breakage", "message"), BREAKAGES, ids=[message for _, message in BREAKAGES])
def test_says_what_is_wrong_with_a_folder(folder: Path, breakage: Callable[[Path], object], message: str) -> None:
    assert resolve_base_model(str(folder)) == folder
    breakage(folder)
    with pytest.raises(ModelError, match=message) as caught:
        resolve_base_model(str(folder))
    assert caught.value.remedy


def test_half_precision_weights_are_looked_into(folder: Path) -> None:
    torch = pytest.importorskip("torch")
    from safetensors.torch import save_file as save_tensors

    good, bad = torch.ones(8, dtype=torch.bfloat16), torch.tensor([1.0, torch.inf], dtype=torch.bfloat16)
    save_tensors({"good": good}, folder / "model.safetensors")
    resolve_base_model(str(folder))
    save_tensors({"good": good, "bad": bad}, folder / "model.safetensors")
    with pytest.raises(ModelError, match="bad"):
        resolve_base_model(str(folder))


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("", "No base model is chosen"),
        ("nonsense", "neither a known name nor a folder"),
        ("/no/such/folder", "neither a known name nor a folder"),
        ("someone/some-model", "someone/some-model is not on this machine"),
        ("multilingual-e5-small", "huggingface.co/intfloat/multilingual-e5-small"),
    ],
)
def test_a_name_that_is_not_here_fails_fast_and_says_what_to_do(name: str, message: str) -> None:
    began = time.monotonic()
    with pytest.raises(ModelError) as caught:
        resolve_base_model(name)
    assert message in str(caught.value)
    assert caught.value.remedy
    assert time.monotonic() - began < 5


def test_the_embedded_model_is_ready_and_the_hub_needs_leave() -> None:
    names = [info.name for info in base_models(Task.TEXT_TEXT)]
    assert names[0] == "minilm-l6"
    embedded, hub = find_base_model("minilm-l6"), find_base_model("intfloat/multilingual-e5-small")
    assert embedded is not None
    assert hub is not None
    assert hub.name == "multilingual-e5-small"
    assert is_ready(embedded, allow_hub=False)
    assert is_ready(hub, allow_hub=True)
    assert [base_models(task)[0].name for task in (Task.TEXT_IMAGE, Task.IMAGE_IMAGE)] == [
        "minilm-effnet",
        "efficientnet-lite0",
    ]


def test_checking_a_model_never_imports_torch() -> None:
    code = (
        "import sys; from trainer.encoders.catalogue import Task, resolve_base_model; import trainer.estimate;"
        "print(resolve_base_model('minilm-l6').name, resolve_base_model('minilm-effnet', task=Task.TEXT_IMAGE).name,"
        "resolve_base_model('efficientnet-lite0', task=Task.IMAGE_IMAGE).name);"
        "print([name for name in ('torch', 'timm', 'open_clip', 'transformers') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    folders = (
        resolve_base_model("minilm-l6"),
        resolve_base_model("minilm-effnet", task=Task.TEXT_IMAGE),
        resolve_base_model("efficientnet-lite0", task=Task.IMAGE_IMAGE),
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [" ".join(folder.name for folder in folders), "[]"]
