"""The lines on the report page that load a model: they run, in a fresh process without a network."""

import html
import re
import zipfile
from pathlib import Path

import pytest
from django.template.loader import render_to_string

from tests.trainer.export.test_archive_pictures import pack, run_apart, tiny_encoder
from tests.trainer.tiny_pictures import CLIP_MODELS
from tests.webapp.runs.tiny_model import make_tiny_model
from webapp.reports.model_zip import facts_of


@pytest.fixture(scope="module")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tiny_model(tmp_path_factory.mktemp("models") / "tiny")


@pytest.mark.parametrize("kind", ["timm", "clip", pytest.param("multilingual", marks=pytest.mark.slow), "dual"])
def test_the_lines_run_as_they_stand(kind: str, tmp_path: Path, tiny_model: Path) -> None:
    folder = pack(tiny_encoder(kind, tmp_path / "base", tiny_model), tmp_path)
    with zipfile.ZipFile(tmp_path / "model.zip") as archive:
        facts = facts_of(archive, 1)
    assert (facts.kind, facts.folder) == ("open_clip" if kind in CLIP_MODELS else kind, folder.name)
    assert any(name.endswith("safetensors") or name == "text" for name, _ in facts.parts)
    page = render_to_string("reports/_use_it.html", {"model": facts})
    code = re.search(r'<code id="load-code">(.*?)</code>', page, re.DOTALL)
    assert code
    result = run_apart(folder, "-c", html.unescape(code[1]))
    assert result.returncode == 0, result.stderr
    assert re.search(r"\[\[\s*-?\d", result.stdout), result.stdout
    assert result.stdout.count("[[") == 1
