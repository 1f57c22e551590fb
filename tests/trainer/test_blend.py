import numpy as np
import pytest

from trainer.blend import Candidate, choose


def candidate(blend: float, scores: np.ndarray) -> Candidate:
    return Candidate(f"{blend:.0%}", 1 if blend else 0, blend, {f"q{n}": float(s) for n, s in enumerate(scores)})


BASE = np.linspace(0.2, 0.8, 40)
NOISE = np.random.default_rng(0).normal(0, 0.3, 40)


def test_a_sure_gain_is_taken_whole() -> None:
    chosen = choose(candidate(0, BASE), [candidate(0.5, BASE + 0.05), candidate(1.0, BASE + 0.1 + NOISE / 10)])
    assert chosen.blend == 1.0


def test_what_may_be_chance_leaves_the_base() -> None:
    wobbly = BASE + NOISE - NOISE.mean() + 0.01
    assert choose(candidate(0, BASE), [candidate(1.0, wobbly)]).blend == 0.0


def test_a_near_tie_goes_to_the_middle() -> None:
    centred = NOISE - NOISE.mean()
    half, whole = candidate(0.5, BASE + 0.1 + centred / 2), candidate(1.0, BASE + 0.101 + centred)
    assert choose(candidate(0, BASE), [half, whole]).blend == 0.5


@pytest.mark.parametrize("loss", [-0.01, 0.0])
def test_no_gain_leaves_the_base(loss: float) -> None:
    base = candidate(0, BASE)
    assert choose(base, [candidate(0.5, BASE + loss), candidate(1.0, BASE + loss)]) is base


def test_one_question_decides_nothing() -> None:
    base = candidate(0, np.array([0.0]))
    assert choose(base, [candidate(1.0, np.array([1.0]))]) is base
