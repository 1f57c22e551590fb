from dataclasses import replace

import numpy as np

from tests.trainer.tiny import make_split
from trainer.examples import POSITIVES_AN_EPOCH, TEXTS_A_LABEL, Examples, count_steps, draw_epoch

MATCHES = {f"q{number}": (f"d{number % 7}",) for number in range(50)}


def test_an_epoch_draws_every_pair_once_in_even_batches() -> None:
    batches = list(draw_epoch(Examples(MATCHES), epoch=0, seed=0, batch_size=16, negatives=0))
    drawn = sorted(name for batch in batches for name in batch.queries)
    assert drawn == sorted(MATCHES)
    assert [len(batch.queries) for batch in batches] == [13, 13, 12, 12]
    assert count_steps(Examples(MATCHES), 16) == 4


def test_equal_documents_are_one_and_known_matches_are_marked() -> None:
    twice = Examples({f"q{number}": MATCHES[f"q{number}"] for number in range(14)})
    (batch,) = draw_epoch(twice, epoch=0, seed=0, batch_size=64, negatives=0)
    assert len(batch.documents) == len(set(batch.documents)) == 7
    for row, name in enumerate(batch.queries):
        assert batch.documents[batch.positive[row]] == MATCHES[name][0]
        assert [batch.documents[place] for place in np.flatnonzero(batch.relevant[row])] == list(MATCHES[name])


def test_few_examples_are_cut_into_several_steps_nevertheless() -> None:
    few = Examples({f"q{number}": (f"d{number}",) for number in range(30)})
    sizes = [len(batch.queries) for batch in draw_epoch(few, epoch=0, seed=0, batch_size=64, negatives=0)]
    assert sizes == [10, 10, 10]
    assert count_steps(Examples({"q": ("d",)}), 64) == 1


def test_epochs_differ_and_repeat_themselves() -> None:
    examples = Examples(MATCHES)

    def order(epoch: int, seed: int) -> list[str]:
        return next(draw_epoch(examples, epoch=epoch, seed=seed, batch_size=64, negatives=0)).queries

    assert order(1, 5) == order(1, 5)
    assert order(1, 5) != order(2, 5)
    assert order(1, 5) != order(1, 6)


def test_judged_negatives_come_first_and_even_unasked() -> None:
    examples = Examples({"q": ("d",)}, judged={"q": ("wrong",)}, mined={"q": ("hard1", "hard2")})
    (none,) = draw_epoch(examples, epoch=0, seed=0, batch_size=4, negatives=0)
    (two,) = draw_epoch(examples, epoch=0, seed=0, batch_size=4, negatives=2)
    assert none.documents == ["d", "wrong"]
    assert two.documents[:2] == ["d", "wrong"]
    assert len(two.documents) == 3
    assert two.relevant.tolist() == [[True, False, False]]


def test_what_may_match_is_marked_unless_a_person_called_it_wrong() -> None:
    examples = Examples(
        {"q": ("d",), "p": ("e",)}, judged={"q": ("wrong",)}, spared={"q": {"d", "e", "wrong", "absent"}}
    )
    (batch,) = draw_epoch(examples, epoch=0, seed=0, batch_size=4, negatives=0)
    marked = {
        name: [batch.documents[place] for place in np.flatnonzero(batch.spared[row])]
        for row, name in enumerate(batch.queries)
    }
    assert marked == {"q": ["e"], "p": []}


def test_a_query_of_many_matches_does_not_crowd_out_the_others() -> None:
    examples = Examples({"many": tuple(f"d{number}" for number in range(100)), "one": ("x",)})
    assert examples.pairs_an_epoch == POSITIVES_AN_EPOCH + 1
    (batch,) = draw_epoch(examples, epoch=0, seed=0, batch_size=64, negatives=0)
    assert batch.queries.count("many") == POSITIVES_AN_EPOCH


def test_balanced_batches_let_documents_take_turns() -> None:
    """One document with 60 queries, ten with 6: by chance the one would fill half of each batch."""
    matches = {f"m{number}": ("many",) for number in range(60)}
    matches |= {f"f{document}-{number}": (f"few{document}",) for document in range(10) for number in range(6)}
    batches = list(draw_epoch(Examples(matches), epoch=0, seed=0, batch_size=44, negatives=0, balanced=True))
    assert len(batches) == count_steps(Examples(matches), 44) == 3
    assert [len(batch.queries) for batch in batches] == [40, 40, 40]
    for batch in batches:
        counts = [sum(matches[name] == (document,) for name in batch.queries) for document in batch.documents]
        assert max(counts) <= 2 * TEXTS_A_LABEL
        assert sorted(counts)[len(counts) // 2] == TEXTS_A_LABEL
    drawn = [name for batch in batches for name in batch.queries if name.startswith("m")]
    assert len(drawn) == len(set(drawn)), "none of many comes again before all have come"


def test_a_rare_label_comes_once_a_turn() -> None:
    matches = {"only": ("rare",), **{f"m{number}": ("many",) for number in range(11)}}
    (batch,) = draw_epoch(Examples(matches), epoch=0, seed=0, batch_size=64, negatives=0, balanced=True)
    assert len(batch.queries) == 12
    assert batch.queries.count("only") in (2, 3)


def test_grades_and_wrong_items_stand_at_their_pairs() -> None:
    grades = {"q1": {"d1": 1.0, "d2": 0.5, "w1": 0.25}, "q2": {"d1": 0.75}}
    examples = Examples(
        {"q1": ("d1", "d2"), "q2": ("d1",)}, judged={"q1": ("w1",)}, mined={"q2": ("d2", "h")}, grades=grades
    )
    (batch,) = draw_epoch(examples, epoch=0, seed=0, batch_size=4, negatives=2)
    seen: dict[str, dict[str, float]] = {}
    for row, name in enumerate(batch.queries):
        places = np.flatnonzero(~np.isnan(batch.grades[row]))
        if name in seen:
            assert not len(places), "a pair counts once"
        seen.setdefault(name, {batch.documents[place]: float(batch.grades[row, place]) for place in places})
        wrong = {batch.documents[place] for place in np.flatnonzero(batch.wrong[row])}
        assert wrong == ({"w1"} if name == "q1" else {"d2", "h"})
    assert seen == grades


def test_the_grades_of_the_training_queries_are_taken_over() -> None:
    split = make_split()
    grades = {name: dict.fromkeys(gains, 1.0) for name, gains in split.data.relevance.items()}
    split = replace(split, data=replace(split.data, grades=grades))
    assert Examples.of_training_split(split, {}).grades == {name: grades[name] for name in split.train}


def test_of_few_examples_batches_are_smaller_so_that_there_are_steps() -> None:
    """A model moves by steps: one batch of all pairs would be one step an epoch."""

    def sizes(pairs: int, batch_size: int) -> list[int]:
        examples = Examples({name: MATCHES[name] for name in list(MATCHES)[:pairs]})
        batches = list(draw_epoch(examples, epoch=0, seed=0, batch_size=batch_size, negatives=0))
        assert len(batches) == count_steps(examples, batch_size)
        assert sorted(name for batch in batches for name in batch.queries) == sorted(examples.positives)
        return [len(batch.queries) for batch in batches]

    assert sizes(50, 64) == [17, 17, 16]
    assert sizes(20, 64) == [10, 10]  # fewer than eight pairs compare with too little
    assert sizes(15, 64) == [15] and sizes(1, 64) == [1]
    assert sizes(50, 10) == [10] * 5  # as asked for where that is smaller
