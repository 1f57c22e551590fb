from trainer.mining import POOL, mine_hard_negatives, spare

DOCUMENTS = {"a": "Café chairs", "b": "cafe  chairs!", "c": "Tables", "d": "Lamps"}


def mined(query: str, rankings: list[str], relevance: dict[str, dict[str, float]], **queries: str) -> tuple[str, ...]:
    """Of query "q", beside the other `queries`, from a ranking of DOCUMENTS."""
    spared = spare({"q": query, **queries}, relevance, DOCUMENTS)
    return mine_hard_negatives({"q": [(name, 1.0) for name in rankings]}, spared)["q"]


def test_spares_matches_and_what_reads_the_same() -> None:
    assert mined("seat", ["b", "c", "a", "d"], {"q": {"a": 1.0}}) == ("c", "d")


def test_spares_what_matches_a_nearly_identical_question() -> None:
    relevance = {"q": {"a": 1.0}, "twin": {"c": 1.0}, "other": {"d": 1.0}}
    words = {"twin": "office for furniture", "other": "furniture for halls"}
    assert mined("Furniture for office", ["c", "d"], relevance, **words) == ("d",)
    assert spare({"q": "x", "other": "x!"}, {"q": {"a": 1.0}, "other": {"d": 1.0}}, DOCUMENTS) == {
        "q": {"a", "b", "d"},
        "other": {"a", "b", "d"},
    }


def test_what_is_nearly_a_match_is_spared_but_not_what_differs_by_a_number() -> None:
    documents = {
        "match": "Pressure ulcer of the left heel, unspecified part of foot, stage 1",
        "nearly": "Pressure ulcers of the left heel, unspecified part of foot, stage 1",
        "number": "Pressure ulcer of the left heel, unspecified part of foot, stage 2",
        "other": "Pressure ulcer of the elbow, stage 1",
    }
    assert spare({"q": "sore heel"}, {"q": {"match": 1.0}}, documents) == {"q": {"match", "nearly"}}
    questions = {
        "q": "a sore on the left heel of the foot, stage 1",
        "other": "a sore on the left heel of the foot, stage 2",
    }
    relevance = {"q": {"other": 1.0}, "other": {"number": 1.0}}
    assert spare(questions, relevance, documents) == {"q": {"other"}, "other": {"number"}}


def test_looks_only_at_the_head_of_the_ranking() -> None:
    rankings = {"q": [(f"d{number}", 1.0) for number in range(POOL + 5)]}
    assert mine_hard_negatives(rankings, {"q": {"d0"}})["q"] == tuple(f"d{number}" for number in range(1, POOL))
