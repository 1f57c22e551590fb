"""The loop on a tiny real model: killed and resumed, stopped, out of memory, gone wrong."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors import safe_open

from tests.trainer.tiny import make_split, texts_in
from trainer.config import FinetuneConfig
from trainer.encoders.text import TextEncoder
from trainer.errors import Cancelled, ResourceError, TrainingError
from trainer.examples import Examples
from trainer.fit import STATE_FILE, Fitted, fit, learning_rate
from trainer.progress import Event, LogEvent, StepEvent, ValidationEvent
from trainer.validation import ValidationSet

CONFIG = FinetuneConfig(epochs=3, learning_rate=3e-3, batch_size=24, hard_negatives=0, freeze_embeddings=True)
SPLIT = make_split(n_validation=36)
WORD_TABLE = "0.model.embeddings.word_embeddings.weight"
FIRST_WEIGHT = "0.model.embeddings.LayerNorm.weight"
A_WEIGHT = "0.model.encoder.layer.0.output.dense.weight"
VALIDATION = ValidationSet.of(SPLIT, SPLIT.validation, {})


def train(encoder: TextEncoder, folder: Path, config: FinetuneConfig = CONFIG, **options: Any) -> Fitted:
    texts = {f"q{name}": text for name, text in SPLIT.data.queries.items()}
    texts |= {f"d{name}": text for name, text in SPLIT.data.documents.items()}
    tokens = dict(zip(texts, encoder.tokenise(list(texts.values())), strict=True))
    defaults: dict[str, Any] = {"state_folder": folder, "fingerprint": "x", "validate": lambda: score(encoder)}
    return fit(encoder, tokens, Examples.of_training_split(SPLIT, {}), config, **(defaults | options))


def score(encoder: TextEncoder) -> float:
    """Mean nDCG@10 of the questions that are not learned from."""
    return VALIDATION.judge(**VALIDATION.read(encoder)).mean


@pytest.fixture
def encoder(tiny_model: Path) -> TextEncoder:
    return TextEncoder.load(tiny_model, device="cpu")


def test_learns_and_tells(encoder: TextEncoder, tmp_path: Path) -> None:
    events: list[Event] = []
    table = encoder.model.get_parameter(WORD_TABLE).clone()
    before = score(encoder)
    fitted = train(encoder, tmp_path, on_event=events.append)
    epochs = [event for event in events if isinstance(event, ValidationEvent)]
    assert [event.epoch for event in epochs] == [1, 2]  # whoever trains judges the end
    assert [[event.epoch, event.score] for event in epochs] == fitted.validation
    assert score(encoder) > before + 0.1
    assert [step for step, _ in fitted.losses] == list(range(1, 13))
    assert fitted.losses[-1][1] < fitted.losses[0][1] - 0.1
    last = [event for event in events if isinstance(event, StepEvent)][-1]
    assert (last.step, last.total_steps, last.epoch) == (12, 12, 3.0)
    assert torch.equal(encoder.model.get_parameter(WORD_TABLE), table)


@pytest.mark.parametrize("killed_at", [3, 4, 9])
def test_killed_and_resumed_equals_uninterrupted(tiny_model: Path, tmp_path: Path, killed_at: int) -> None:
    whole = train(TextEncoder.load(tiny_model, device="cpu"), tmp_path / "whole")

    class Killed(BaseException):
        pass

    steps = 0

    def kill() -> bool:
        nonlocal steps
        steps += 1
        if steps > killed_at:
            raise Killed
        return False

    with pytest.raises(Killed):
        encoder = TextEncoder.load(tiny_model, device="cpu")
        train(encoder, tmp_path / "cut", should_stop=kill, seconds_between_saves=0)
    events: list[Event] = []
    resumed = train(TextEncoder.load(tiny_model, device="cpu"), tmp_path / "cut", on_event=events.append)
    assert any(isinstance(event, LogEvent) and f"after step {killed_at}" in event.message for event in events)
    np.testing.assert_allclose(resumed.validation, whole.validation, atol=1e-3)
    np.testing.assert_allclose(resumed.losses, whole.losses, atol=1e-3)
    assert whole.weights.keys() == resumed.weights.keys()
    for name, weights in whole.weights.items():
        torch.testing.assert_close(resumed.weights[name], weights, atol=1e-3, rtol=0)


def test_ends_with_the_final_weights_whatever_the_scores_on_the_way(encoder: TextEncoder, tmp_path: Path) -> None:
    """Nothing is chosen here: a training that seems to have been best after its first pass goes on to the end."""
    scores = iter([0.9, 0.1])
    fitted = train(encoder, tmp_path, validate=lambda: next(scores))
    assert fitted.validation == [[1, 0.9], [2, 0.1]]
    assert set(fitted.weights) == {name for name, weight in encoder.model.named_parameters() if weight.requires_grad}
    for name, weights in fitted.weights.items():
        assert torch.equal(weights, encoder.model.get_parameter(name))
        assert weights.data_ptr() != encoder.model.get_parameter(name).data_ptr()  # a copy, safe from what comes next


def test_without_anyone_to_look_on_the_same_is_learned(tiny_model: Path, tmp_path: Path) -> None:
    watched = train(TextEncoder.load(tiny_model, device="cpu"), tmp_path / "watched")
    alone = train(TextEncoder.load(tiny_model, device="cpu"), tmp_path / "alone", validate=None)
    assert alone.validation == [] and alone.losses == watched.losses
    assert all(torch.equal(alone.weights[name], weights) for name, weights in watched.weights.items())


def test_what_is_kept_of_a_finished_training_is_its_end_without_the_optimiser(tiny_model: Path, tmp_path: Path) -> None:
    whole = train(TextEncoder.load(tiny_model, device="cpu"), tmp_path, seconds_between_saves=0)
    with safe_open(tmp_path / STATE_FILE, framework="pt") as state:
        assert {key.split("/")[0] for key in state.keys()} == {"weight"}  # noqa: SIM118 no mapping
    encoder, events = TextEncoder.load(tiny_model, device="cpu"), list[Event]()
    again = train(encoder, tmp_path, on_event=events.append, validate=lambda: pytest.fail("nothing is left to judge"))
    assert not [event for event in events if isinstance(event, StepEvent)]
    assert (again.losses, again.validation) == (whole.losses, whole.validation)
    for name, weights in whole.weights.items():
        assert torch.equal(again.weights[name], weights)
        assert torch.equal(encoder.model.get_parameter(name), weights)  # the next stage reads with this encoder


def test_a_training_of_a_moment_is_not_worth_a_file(encoder: TextEncoder, tmp_path: Path) -> None:
    train(encoder, tmp_path)
    assert not (tmp_path / STATE_FILE).exists()


def test_a_state_of_other_settings_is_ignored(tiny_model: Path, tmp_path: Path) -> None:
    train(TextEncoder.load(tiny_model, device="cpu"), tmp_path, fingerprint="other", seconds_between_saves=0)
    assert (tmp_path / STATE_FILE).exists()
    events: list[Event] = []
    train(TextEncoder.load(tiny_model, device="cpu"), tmp_path, on_event=events.append)
    assert not any(isinstance(event, LogEvent) for event in events)


def test_memory_is_given_back_on_the_way(encoder: TextEncoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done, given_back = [0], list[int]()

    def ask() -> bool:
        done[0] += 1
        return False

    monkeypatch.setattr("trainer.fit.STEPS_BETWEEN_TRIMS", 5)
    monkeypatch.setattr("trainer.fit.trim_memory", lambda: given_back.append(done[0]))
    train(encoder, tmp_path, should_stop=ask)
    assert given_back == [5, 10, 12]  # the last at the end


def test_a_memory_too_small_for_the_optimiser_is_told_in_words(
    encoder: TextEncoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def step(optimiser: torch.optim.AdamW) -> None:
        raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 90 bytes")

    monkeypatch.setattr(torch.optim.AdamW, "step", step)
    with pytest.raises(ResourceError, match="memory does not suffice"):
        train(encoder, tmp_path)


def test_stops_when_asked(encoder: TextEncoder, tmp_path: Path) -> None:
    with pytest.raises(Cancelled):
        train(encoder, tmp_path, should_stop=lambda: True)


def test_a_loss_that_is_no_number_ends_the_run(encoder: TextEncoder, tmp_path: Path) -> None:
    def spoil() -> bool:
        with torch.no_grad():
            encoder.model.get_parameter(A_WEIGHT).fill_(torch.nan)
        return False

    with pytest.raises(TrainingError, match="no longer a number") as caught:
        train(encoder, tmp_path, should_stop=spoil)
    assert "learning rate" in caught.value.remedy


def limit_rows(encoder: TextEncoder, room: Callable[[], int]) -> None:
    """Makes passes with gradients fail as a full GPU does when they hold more texts than there is room for."""

    def guard(module: torch.nn.Module, inputs: tuple[dict[str, Any]]) -> None:
        if not torch.is_inference_mode_enabled() and texts_in(inputs[0]) > room():
            raise torch.OutOfMemoryError("no room")

    encoder.model.register_forward_pre_hook(guard)


def test_out_of_memory_halves_the_passes_and_changes_no_number(tiny_model: Path, tmp_path: Path) -> None:
    whole = train(TextEncoder.load(tiny_model, device="cpu"), tmp_path / "whole")
    encoder = TextEncoder.load(tiny_model, device="cpu")
    limit_rows(encoder, lambda: 20)
    small = train(encoder, tmp_path / "small")
    np.testing.assert_allclose(small.losses, whole.losses, atol=1e-3)
    assert encoder.tokens_a_pass < 1_024


def test_no_memory_at_all_is_said(encoder: TextEncoder, tmp_path: Path) -> None:
    limit_rows(encoder, lambda: 0)
    with pytest.raises(ResourceError, match="memory"):
        train(encoder, tmp_path)


def test_out_of_memory_by_what_is_kept(tiny_model: Path, tmp_path: Path) -> None:
    """Passes that are small enough one by one, whose activations together are not."""
    whole = train(TextEncoder.load(tiny_model, device="cpu"), tmp_path / "whole")
    encoder, held, most = TextEncoder.load(tiny_model, device="cpu"), 0, 0
    encoder.tokens_a_pass = 100

    def hold(module: torch.nn.Module, inputs: tuple[dict[str, Any]]) -> None:
        nonlocal held, most
        if torch.is_grad_enabled() and not torch.is_inference_mode_enabled():
            held += inputs[0]["input_ids"].numel()
            if held > 150:
                held = 0
                raise torch.OutOfMemoryError("no room")
            most = max(most, held)

    def free(weight: torch.Tensor) -> None:
        nonlocal held
        held = 0

    encoder.model.register_forward_pre_hook(hold)
    # The first weight that texts pass is the last to get its gradient: by then nothing is kept any more.
    encoder.model.get_parameter(FIRST_WEIGHT).register_post_accumulate_grad_hook(free)
    events: list[Event] = []
    small = train(encoder, tmp_path / "small", on_event=events.append)
    assert sum(isinstance(event, LogEvent) and "Memory ran out" in event.message for event in events) == 1
    assert 0 < most <= 100  # 100 tokens are too few to be filled
    assert encoder.tokens_a_pass == 64
    np.testing.assert_allclose(small.losses, whole.losses, atol=1e-3)


def test_two_passes_give_the_gradients_of_one(tiny_model: Path, tmp_path: Path) -> None:
    whole = train(TextEncoder.load(tiny_model, device="cpu"), tmp_path / "whole")
    encoder = TextEncoder.load(tiny_model, device="cpu")
    encoder.tokens_kept, encoder.tokens_a_pass = 1, 64
    np.testing.assert_allclose(train(encoder, tmp_path / "two").losses, whole.losses, atol=1e-3)


def test_learning_rate_rises_then_falls_to_nothing() -> None:
    rates = [learning_rate(step, 100, CONFIG) for step in range(100)]
    assert rates[:11] == sorted(rates[:11])
    assert max(rates) == pytest.approx(CONFIG.learning_rate)
    assert rates[10:] == sorted(rates[10:], reverse=True)
    assert rates[-1] < CONFIG.learning_rate / 1000
