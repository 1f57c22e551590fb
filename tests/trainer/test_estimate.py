import pytest

from trainer.config import Preset
from trainer.estimate import estimate_seconds


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
    assert seconds("balanced", device="cuda") < seconds("balanced", cores=8) < seconds("balanced", cores=2)


@pytest.mark.parametrize("preset", Preset)
def test_a_folder_of_unknown_size_can_be_guessed(preset: Preset) -> None:
    assert seconds(preset, model="/models/ours") > seconds(preset)


def test_the_sample_keeps_its_promises() -> None:
    assert seconds("quick") < 90
    assert seconds("balanced") < 360
