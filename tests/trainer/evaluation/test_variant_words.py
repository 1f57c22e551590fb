import pytest

from trainer.evaluation.variant_words import Worth, variant_name, worth, worth_words
from trainer.report import Variant


def variant(mean: float, low: float, high: float) -> Variant:
    return {
        "kind": "size",
        "dimensions": 128,
        "score": 0.5,
        "difference": {"metric": "ndcg@10", "mean": mean, "ci95": [low, high], "p_value": 0.5, "n": 99},
        "n_documents": 9,
        "vector_bytes": 51_200_000,
        "model_bytes": 1,
    }


@pytest.mark.parametrize(
    ("interval", "expected", "words"),
    [
        ((0.02, 0.01, 0.03), "gain", "Worth it: clearly better."),
        ((-0.001, -0.009, 0.007), "equal", "Worth it: no loss to speak of."),
        ((-0.001, -0.03, 0.028), "unsure", "No clear loss, but it may cost up to 3.0 points."),
        ((-0.006, -0.011, -0.001), "small_loss", "A small loss, but a sure one: up to 1.1 points."),
        ((-0.04, -0.06, -0.02), "loss", "Not worth it: clearly worse."),
    ],
)
def test_says_what_the_interval_allows(interval: tuple[float, float, float], expected: Worth, words: str) -> None:
    assert worth(variant(*interval)) == expected
    assert worth_words(variant(*interval)) == words


def test_the_whole_model_is_compared_with_nothing() -> None:
    whole = variant(0, 0, 0)
    del whole["difference"]
    assert worth_words({**whole, "kind": "full"}) == ""
    assert variant_name(whole) == "Vectors cut to 128 numbers"
