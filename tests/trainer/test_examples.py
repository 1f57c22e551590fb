import numpy as np

from trainer.examples import POSITIVES_AN_EPOCH, Examples, count_steps, draw_epoch

MATCHES = {f"q{number}": (f"d{number % 7}",) for number in range(50)}


def test_an_epoch_draws_every_pair_once_in_even_batches() -> None:
    batches = list(draw_epoch(Examples(MATCHES), epoch=0, seed=0, batch_size=16, negatives=0))
    drawn = sorted(name for batch in batches for name in batch.queries)
    assert drawn == sorted(MATCHES)
    assert [len(batch.queries) for batch in batches] == [13, 13, 12, 12]
    assert count_steps(Examples(MATCHES), 16) == 4


def test_equal_documents_are_one_and_known_matches_are_marked() -> None:
    (batch,) = draw_epoch(Examples(MATCHES), epoch=0, seed=0, batch_size=64, negatives=0)
    assert len(batch.documents) == len(set(batch.documents)) == 7
    for row, name in enumerate(batch.queries):
        assert batch.documents[batch.positive[row]] == MATCHES[name][0]
        assert [batch.documents[place] for place in np.flatnonzero(batch.relevant[row])] == list(MATCHES[name])


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


def test_a_query_of_many_matches_does_not_crowd_out_the_others() -> None:
    examples = Examples({"many": tuple(f"d{number}" for number in range(100)), "one": ("x",)})
    assert examples.pairs_an_epoch == POSITIVES_AN_EPOCH + 1
    (batch,) = draw_epoch(examples, epoch=0, seed=0, batch_size=64, negatives=0)
    assert batch.queries.count("many") == POSITIVES_AN_EPOCH
