from trainer.mining import POOL, mine_hard_negatives

DOCUMENTS = {"a": "Café chairs", "b": "cafe  chairs!", "c": "Tables", "d": "Lamps"}


def test_spares_matches_and_what_reads_the_same() -> None:
    rankings = {"q": [("b", 0.9), ("c", 0.8), ("a", 0.7), ("d", 0.6)]}
    assert mine_hard_negatives(rankings, {"q": {"a": 1.0}}, DOCUMENTS) == {"q": ("c", "d")}


def test_looks_only_at_the_head_of_the_ranking() -> None:
    documents = {f"d{number}": f"text {number}" for number in range(POOL + 5)}
    rankings = {"q": [(name, 1.0) for name in documents]}
    mined = mine_hard_negatives(rankings, {"q": {"d0": 1.0}}, documents)
    assert mined["q"] == tuple(f"d{number}" for number in range(1, POOL))


def test_texts_without_letters_are_told_apart() -> None:
    rankings = {"q": [("y", 0.9)]}
    assert mine_hard_negatives(rankings, {"q": {"x": 1.0}}, {"x": "★★", "y": "★"}) == {"q": ("y",)}
