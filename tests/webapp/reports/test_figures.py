"""The figures at the top of the report and of its groups."""

from tests.webapp.reports.factory import make_report
from webapp.reports.figures import ENOUGH_TO_JUDGE, groups


def test_a_group_of_few_questions_shows_no_interval() -> None:
    ranks = [(5, 1, 3)] * ENOUGH_TO_JUDGE + [(2, 1, 3)] * (ENOUGH_TO_JUDGE - 1)
    known, new = groups(make_report(ranks, known=ENOUGH_TO_JUDGE))
    assert (known.n, known.caution) == (20, "")
    assert known.changes[1].interval is not None
    assert new.changes[1].interval is None
    assert new.caution == "With so few questions (19), a change may well be chance."
