from dataclasses import replace
from typing import Any

import pytest

from trainer.config import MANY_EXAMPLES, FinetuneConfig, Preset
from trainer.estimate import Workload, estimate_seconds, stage_seconds
from trainer.progress import Stage


def seconds(preset: str, n_train: int = 350, device: str = "cpu", cores: int = 2, model: str = "minilm-l6") -> float:
    low, high = estimate_seconds(
        preset=preset,
        n_train=n_train,
        n_documents=1_500,
        mean_characters=40,
        base_model=model,
        device=device,
        cores=cores,
    )
    assert 0 < low < high
    return (low + high) / 2


def test_grows_with_what_costs_time() -> None:
    assert seconds("quick") < seconds("balanced") < seconds("thorough")
    assert seconds("balanced", 350) < seconds("balanced", 3_500)
    assert seconds("balanced", model="minilm-l6") < seconds("balanced", model="bge-small-en")
    assert seconds("balanced", device="cuda", cores=8) < seconds("balanced", cores=8) < seconds("balanced", cores=2)


@pytest.mark.parametrize("preset", Preset)
def test_a_folder_of_unknown_size_can_be_guessed(preset: Preset) -> None:
    assert seconds(preset, model="/models/ours") > seconds(preset)


def test_the_sample_keeps_its_promises() -> None:
    assert seconds("quick") < 90
    assert seconds("balanced") < 360


WORK = Workload(pairs=300, queries=450, documents=1_500, validation=300, tokens=10.0)


def fitting(work: Workload = WORK, **settings: Any) -> float:
    """Seconds of all trainings, and of judging them."""
    return stage_seconds(work, FinetuneConfig(**settings))[Stage.FIT]


def test_every_stage_is_expected_to_take_time() -> None:
    for preset in Preset:
        seconds = stage_seconds(WORK, FinetuneConfig.for_preset(preset))
        assert list(seconds) == list(Stage) and min(seconds.values()) > 0


def test_every_way_of_learning_costs_its_own() -> None:
    one = fitting()
    assert fitting(epochs=6) > 2.4 * one
    assert fitting(hard_negatives=0, epochs=6) < fitting(epochs=6) / 2
    assert fitting(mine_anew=True) > 2 * one  # as much again, and the mining
    assert one < fitting(try_adapter=True) < one + 2
    both = fitting(try_without=True)
    assert both < fitting(try_without=True, try_mean=True) < 1.2 * both  # read, and not trained
    assert one < fitting(try_without=True, race=True) < fitting(try_without=True)


def test_a_gpu_has_no_use_for_shorter_texts_but_for_fewer_batches() -> None:
    """What it computes in a step of minilm-l6 is less than what starting the computations takes: measured on an H200,
    4.9 s for 1,000 pairs, and three times as long a step for 24 layers of 1,024 numbers."""
    gpu = replace(WORK, pairs=1_000, device="cuda", cores=16)
    balanced = FinetuneConfig.for_preset("balanced")
    assert 3 < stage_seconds(gpu, balanced)[Stage.FIT] < 12
    assert fitting(gpu) < 1.1 * fitting(replace(gpu, tokens=5.0))
    assert fitting(gpu, batch_size=16) > 1.8 * fitting(gpu, batch_size=32)
    assert 2 < fitting(replace(gpu, parameters=302_000_000)) / fitting(gpu) < 4


def test_one_pass_more_over_many_examples_is_expected_unless_passes_are_asked_for() -> None:
    assert seconds("balanced", MANY_EXAMPLES) - seconds("balanced", MANY_EXAMPLES - 1) > 3
    balanced = FinetuneConfig.for_preset("balanced")
    assert balanced.for_examples(MANY_EXAMPLES).epochs == balanced.epochs + 1
    for asked in (FinetuneConfig.for_preset("balanced", epochs=2), FinetuneConfig.for_preset("thorough")):
        assert asked.for_examples(10 * MANY_EXAMPLES) == asked
    both = FinetuneConfig.for_preset("balanced", epochs=100, more_for_many=True)
    assert both.for_examples(MANY_EXAMPLES).epochs == 100


def test_more_turns_are_more_trainings_on_more_examples() -> None:
    """Each learns from all parts but one: of 4 parts, three times as much in all as of 2."""
    assert 2.5 < fitting(folds=4) / fitting(folds=2) < 3.2


def test_an_adapter_is_a_matter_of_seconds_however_many_epochs_are_asked_for() -> None:
    assert fitting(tune="adapter", folds=4) == fitting(tune="adapter", folds=4, epochs=50) < 3
