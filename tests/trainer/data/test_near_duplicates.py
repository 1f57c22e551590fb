"""Near-identical texts are found exactly as a plain loop over all pairs finds them, and fast."""

import random
import time

import pytest

from trainer.data.near_duplicates import LONG, OVERLAP, Groups, group_near_identical, near_identical


def naive_groups(texts: list[str]) -> list[int]:
    groups = Groups(len(texts))
    for i, text in enumerate(texts):
        for j in range(i):
            if near_identical(text, texts[j]):
                groups.join(i, j)
    return groups.roots()


def noisy_texts(count: int, seed: int, words: int) -> list[str]:
    """Texts of up to `words` words; many are earlier ones with a few letters changed, cut or repeated."""
    rng = random.Random(seed)
    vocabulary = ["".join(rng.choices("abcdefgh", k=rng.randint(1, 7))) for _ in range(60)]
    texts = ["", "?", "!", "a", "A."]
    while len(texts) < count:
        if rng.random() < 0.6 and len(texts) > 5:
            letters = list(rng.choice(texts))
            for _ in range(rng.randint(0, 3)):
                if letters:
                    position = rng.randrange(len(letters))
                    letters[position] = rng.choice(["", " ", "x", "B", "ß", "é", "-", letters[position] * 2])
            texts.append("".join(letters))
        else:
            texts.append(" ".join(rng.choices(vocabulary, k=rng.randint(1, words))))
    return texts


@pytest.mark.parametrize(("seed", "words", "count"), [(0, 6, 300), (1, 25, 200), (2, 120, 90), (3, 200, 80)])
def test_same_groups_as_a_loop_over_all_pairs(seed: int, words: int, count: int) -> None:
    texts = noisy_texts(count, seed, words)
    groups = group_near_identical(texts)
    assert groups == naive_groups(texts)
    assert 1 < len(set(groups)) < len(texts)
    if words == 200:
        assert any(len(text) > OVERLAP for text in texts) and any(len(text.replace(" ", "")) > LONG for text in texts)


@pytest.mark.parametrize(
    ("a", "b", "near"),
    [
        ("How do I pay?", "how do i pay", True),
        ("printer broken again", "again printer broken", True),
        ("Wie groß ist die Küche denn eigentlich?", "Wie gross ist die Kueche denn eigentlich", False),
        ("straße", "STRASSE", True),
        (
            "Please tell me where I can find the invoice for my last order",
            "Please tell me where I can find the invoice for my last orders",
            True,
        ),
        ("cancel my order", "change my order", False),
        ("C++", "C", False),
        ("?", "!", False),
        ("", "", True),
    ],
)
def test_what_is_near_identical(a: str, b: str, near: bool) -> None:
    assert near_identical(a, b) is near
    assert group_near_identical([a, "something else entirely", b]) == [0, 1, 0 if near else 2]


def test_time_grows_nearly_in_line() -> None:
    """Ten times the texts may cost far less than the hundred times of a loop over pairs."""
    rng = random.Random(0)
    vocabulary = ["".join(rng.choices("abcdefghijklmnopqrstuvwxyz", k=6)) for _ in range(3000)]
    texts = [" ".join(rng.choices(vocabulary, k=8)) for _ in range(10_000)]
    seconds = []
    for count in (1_000, 10_000):
        start = time.process_time()
        group_near_identical(texts[:count])
        seconds.append(time.process_time() - start)
    assert seconds[1] < 30 * seconds[0]
