"""What the model card says about how the weights came to be."""

from typing import Any

from tests.trainer.evaluation.factory import make_report
from trainer.export.card import model_card


def card(*, choosing: str, settings: dict[str, Any] | None = None, **changes: Any) -> str:
    report = make_report(**changes)
    report["data"] |= {"choosing": choosing, "n_validation": 2}
    report["settings"] |= settings or {}
    return model_card(report, "Help desk", "help-desk", prompts=(), no_onnx="", has_int8=False)


def test_taking_turns() -> None:
    text = card(choosing="turns", settings={"folds": 4})
    assert "- Questions: 2 to learn from and, taking turns, to choose settings by, 6 to judge; rows" in text
    assert (
        "The weights lie 50% of the way from the base model towards what 4 trainings learned on average, each without "
        "one part of the examples and judged by it. Learned with: 4 hard negatives." in text
    )


def test_questions_set_aside() -> None:
    text = card(choosing="aside", settings={"folds": 4})
    assert "- Questions: 2 to learn from, 2 to choose settings by, 6 to judge; rows" in text
    assert "towards what the training learned until epoch 2. Learned with: 4 hard negatives." in text


def test_an_adapter_leaves_the_base_models_weights() -> None:
    choices = [{"candidate": "adapter, 100% tuned", "recipe": 1, "epoch": 1, "blend": 1.0, "score": 0.7}]
    text = card(choosing="turns", choices=choices, blend=1.0, epoch=1)
    assert "Learned with: an adapter, one matrix after the base model's own weights, which are unchanged." in text


def test_what_the_choosing_questions_said() -> None:
    gain = {"mean": 0.06, "standard_error": 0.006, "ci95": [0.047, 0.073], "n": 1300}
    choices = [{"candidate": "4 hard negatives, 50% tuned", "recipe": 1, "epoch": 2, "blend": 0.5, "score": 0.7}]
    told = "On 1,300 choosing questions this gained +0.060 nDCG@10 over the base model (+0.047 to +0.073)"
    assert told in card(choosing="turns", choices=[{**choices[0], "gain": gain}])
    assert "choosing questions this gained" not in card(choosing="turns", choices=choices)


def test_the_base_model_kept() -> None:
    text = card(choosing="none", blend=0.0, epoch=0, recipe=0)
    assert "those of the base model. The base model is kept unchanged: there were too few examples" in text
    assert "Learned with" not in text
