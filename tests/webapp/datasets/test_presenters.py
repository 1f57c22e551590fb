"""Receipts and findings in words."""

from webapp.datasets.finding_cards import finding_cards
from webapp.datasets.presenters import receipt_words, rejected_rows

RECEIPT = {
    "kind": "new_questions",
    "why": "Items recur.",
    "n_documents": 1240,
    "n_train": 290,
    "n_validation": 41,
    "n_test": 81,
    "n_known_items": 63,
    "n_new_items": 18,
    "sentence": "412 questions: …",
}


def test_the_parts_of_the_bar_follow_each_other() -> None:
    receipt = receipt_words(receipt=RECEIPT)
    assert receipt is not None
    assert [part.count for part in receipt.parts] == [290, 41, 81]
    starts = [part.x for part in receipt.parts]
    assert starts == sorted(starts)
    for part, start in zip(receipt.parts, [*starts[1:], 100], strict=True):
        assert part.x + part.width < start
    assert round(receipt.parts[0].width) == 70


def test_without_questions_set_aside_there_are_two_parts_and_the_first_takes_turns() -> None:
    receipt = receipt_words(receipt=RECEIPT | {"n_train": 331, "n_validation": 0})
    assert receipt is not None
    assert [(part.kind, part.count) for part in receipt.parts] == [("learn", 331), ("judge", 81)]
    assert receipt.parts[0].words == "to learn and choose by"
    assert receipt.parts[1].x + receipt.parts[1].width < 100 < receipt.parts[1].x + receipt.parts[1].width + 1


def test_there_is_no_receipt_before_the_split() -> None:
    assert receipt_words(receipt={}) is None


def test_findings_carry_their_severity_in_words() -> None:
    cards = finding_cards([{"severity": "warn", "title": "a"}, {"severity": "info", "title": "b"}])
    assert [(card["title"], card["word"]) for card in cards] == [("a", "Worth a look"), ("b", "Good to know")]


def test_rejected_rows_show_their_filled_cells() -> None:
    assert rejected_rows([{"row": 3, "values": ["", "a", " ", "b"]}])[0]["cells"] == "a · b"


def test_the_picture_of_the_split_has_room_for_every_group() -> None:
    drawn = {
        "each": 1,
        "sample": False,
        "n_groups": 9,
        "n_tied": 110,
        "largest": 93,
        "sides": {"learn": [[93, 1], [7, 3], [2, 2], [1, 30]], "judge": [[3, 2], [1, 5]]},
    }
    counts = {"n_train": 148, "n_validation": 0, "n_test": 11, "kind": "new_items"}
    receipt = receipt_words(receipt=RECEIPT | counts | {"drawn": drawn})
    assert receipt is not None and receipt.picture is not None
    learn, judge = receipt.picture.sides
    assert learn.told == "148 to learn and choose by: 148 questions drawn, 6 groups of several."
    assert "lead to the same item, or are nearly the same: 110 questions in 9 groups" in receipt.picture.caption
    for side, count in ((learn, 148), (judge, 11)):
        taken = [
            (round(x), round(y))
            for block in side.blocks
            for x in range(int(block.x), int(block.x + block.width), 10)
            for y in range(int(block.y), int(block.y + block.height), 10)
        ]
        assert len(taken) == len(set(taken)) == count
        assert max(x for x, _ in taken) < side.width and max(y for _, y in taken) < side.height
    assert receipt_words(receipt=RECEIPT).picture is None  # type: ignore[union-attr]
