"""What differs in the report of a run whose examples took turns in choosing."""

from typing import Any

from trainer.report import Choice


def choice(candidate: str, recipe: int, blend: float, score: float) -> Choice:
    """One that was tried; the base model has recipe 0."""
    name = f"{candidate}, {blend:.0%} tuned" if recipe else candidate
    return {"candidate": name, "recipe": recipe, "epoch": 3 if recipe else 0, "blend": blend, "score": score}


CHOICES = [
    choice("base", 0, 0.0, 0.416),
    choice("4 hard negatives", 1, 0.5, 0.475),
    choice("4 hard negatives", 1, 1.0, 0.461),
    choice("no hard negatives", 2, 0.5, 0.452),
    choice("no hard negatives", 2, 1.0, 0.440),
    choice("adapter", 3, 0.5, 0.437),
    choice("adapter", 3, 1.0, 0.431),
]


def in_turns(*, recipe: int = 1, blend: float = 0.5) -> dict[str, Any]:
    """Changes for `make_report`: three ways of learning, two parts taking turns; `recipe` and `blend` were chosen."""
    return {
        "blend": blend,
        "epoch": 3 if recipe else 0,
        "recipe": recipe,
        "choices": CHOICES,
        "settings": {"preset": "balanced", "epochs": 3, "folds": 2, "blends": [0.0, 0.5, 1.0]},
        "data": {
            "n_train": 1331,
            "n_validation": 1331,
            "choosing": "turns",
            "n_test_queries": 60,
            "n_documents": 60,
            "rejected": [],
            "split": {"n_train": 1331, "n_validation": 0, "n_test": 60, "kind": "new_questions"},
        },
        "training": {
            "loss": [[step, 2.5 / (1 + 0.1 * (step % 15))] for step in range(1, 60)],
            "validation": [[0, 0.416], *([3 * place, 0.43 + place / 100] for place in range(1, 6))],
        },
    }
