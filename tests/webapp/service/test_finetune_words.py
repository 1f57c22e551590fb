"""The lines that the command without a browser writes."""

import pytest

from webapp.bridge import ValidationEvent
from webapp.service.finetune_words import ProgressLines, split_words


class Lines(list[str]):
    """A command's output that keeps its lines."""

    def write(self, text: str) -> None:
        """One line."""
        self.append(text)


@pytest.mark.parametrize(
    ("receipt", "words"),
    [
        (
            {"n_train": 1331, "n_validation": 0, "n_test": 81},
            "1,331 questions to learn from and, taking turns, to choose settings by, 81 to judge",
        ),
        (
            {"n_train": 290, "n_validation": 41, "n_test": 81},
            "290 questions to learn from, 41 to choose settings by, 81 to judge",
        ),
    ],
)
def test_the_split(receipt: dict[str, int], words: str) -> None:
    assert split_words(receipt) == words


def test_scores_name_the_base_model() -> None:
    lines = Lines()
    told = ProgressLines(lines)
    told(ValidationEvent(0, 0.416))
    told(ValidationEvent(3, 0.475))
    assert lines == [
        "Base model: nDCG@10 0.416 on questions not learned from",
        "After pass 3: nDCG@10 0.475 on questions not learned from",
    ]
