"""Frozen, documented settings of one fine-tune, and the three presets."""

from dataclasses import asdict, dataclass, fields, replace
from enum import StrEnum
from typing import Any, Self


class Task(StrEnum):
    """The three search tasks."""

    TEXT_TEXT = "text-text"
    TEXT_IMAGE = "text-image"
    IMAGE_IMAGE = "image-image"

    @property
    def has_picture_queries(self) -> bool:
        """Whether a person searches with a picture."""
        return self is Task.IMAGE_IMAGE

    @property
    def has_picture_documents(self) -> bool:
        """Whether pictures are found."""
        return self is not Task.TEXT_TEXT


class Precision(StrEnum):
    """Of the multiplications in training, and in reading texts to choose a model. What is judged is float32."""

    AUTO = "auto"
    FLOAT32 = "float32"
    BFLOAT16 = "bfloat16"


class Preset(StrEnum):
    """How much time a person wants to spend."""

    QUICK = "quick"
    BALANCED = "balanced"
    THOROUGH = "thorough"


class Loss(StrEnum):
    """What a training makes smaller. `trainer.loss_choice` says what each needs and when it is the data's own."""

    AUTO = "auto"
    INFO_NCE = "info_nce"
    COSENT = "cosent"
    SUPERVISED_CONTRASTIVE = "supervised_contrastive"
    TRIPLET = "triplet"
    ARC_FACE = "arc_face"  # of labelled pictures only


PRIMARY_METRIC = "ndcg@10"
"""The one metric that chooses and that the verdict is about, named before any run."""

MANY_EXAMPLES = 600
"""Queries to learn from, from which one pass more over them pays (docs/benchmarks.md)."""


class Tune(StrEnum):
    """What of the model learns."""

    EVERYTHING = "everything"  # all its layers
    ADAPTER = "adapter"  # one matrix on top of the unchanged model: a matter of seconds


@dataclass(frozen=True)
class FinetuneConfig:
    """Settings of one run. Raises ValueError naming the field when a value is out of range.

    preset: which preset these came from.
    seed: any integer; the same seed and data give the same numbers on the CPU.
    tune: what of the model learns: one of `Tune`, or its name.
    folds: parts of the examples that take turns in choosing, each among models trained on the others, 2…10.
    epochs: passes over the training pairs, 1…100.
    more_for_many: one pass more over MANY_EXAMPLES or more. Of texts alone.
    learning_rate: peak, per step, 1e-7…1e-2.
    batch_size: pairs in a batch at most, 2…4096.
    loss: what to learn from: one of `Loss`, or its name; "auto" follows the data (`trainer.loss_choice`).
    temperature: of the InfoNCE loss, 0.005…1 (similarities are divided by it).
    weight_decay: of AdamW, 0…1.
    warmup: share of the steps with a rising learning rate, 0…0.5; cosine decay to zero follows.
    hard_negatives: wrong documents per query mined from the base model's ranking, 0…16.
    mine_anew: where there are hard negatives, train again with those that the tuned model takes for matches.
    try_without: where there are hard negatives, train again without any.
    try_mean: where several trainings are tried, try the mean of what they learned as well.
    try_adapter: learn an adapter as well. What of all this is best, the examples choose.
    race: after the first turn go on with what is best by then, and drop the rest; what clearly wins is tried alone.
    freeze_embeddings: keep the word embeddings as they are; else those of words that occur in the data learn, too.
    precision: of training: one of `Precision`, or its name; "auto" takes bfloat16 where the machine is fast at it.
    max_tokens: longest text in tokens, 8…8192; None takes the base model's own limit.
    blends: shares of the tuned weights to choose among, each 0…1; 0, the base itself, is always tried.
    adapters: shares of an adapter on top of the tuned model to choose among, each 0…1; 0, none, is always tried.
    output_sizes: train prefixes of these many numbers of each embedding as well (Matryoshka), each 8…4096; () none.
    output_size: numbers of an embedding of a model of pictures alone, 8…4096; None, or more than it has, leaves them.
    int8: put an ONNX file with weights of 8 bits into the archive, and measure what it costs.
    """

    preset: Preset = Preset.BALANCED
    seed: int = 0
    tune: Tune = Tune.EVERYTHING
    folds: int = 2
    epochs: int = 2
    more_for_many: bool = False
    learning_rate: float = 2e-4
    batch_size: int = 16
    loss: Loss = Loss.AUTO
    temperature: float = 0.05
    weight_decay: float = 0.01
    warmup: float = 0.1
    hard_negatives: int = 4
    mine_anew: bool = False
    try_without: bool = False
    try_mean: bool = False
    try_adapter: bool = False
    race: bool = False
    freeze_embeddings: bool = False
    precision: Precision = Precision.AUTO
    max_tokens: int | None = None
    blends: tuple[float, ...] = (0.0, 0.25, 0.5, 0.75, 1.0)
    adapters: tuple[float, ...] = (0.0, 0.25, 0.5)
    output_sizes: tuple[int, ...] = ()
    output_size: int | None = None
    int8: bool = True

    def __post_init__(self) -> None:
        if self.precision not in list(Precision):
            raise ValueError(f"precision must be one of {', '.join(Precision)}, not {self.precision!r}")
        object.__setattr__(self, "precision", Precision(self.precision))
        if self.tune not in list(Tune):
            raise ValueError(f"tune must be one of {', '.join(Tune)}, not {self.tune!r}")
        object.__setattr__(self, "tune", Tune(self.tune))
        if self.loss not in list(Loss):
            raise ValueError(f"loss must be one of {', '.join(Loss)}, not {self.loss!r}")
        object.__setattr__(self, "loss", Loss(self.loss))
        for name, low, high in _RANGES:
            value = getattr(self, name)
            if not low <= value <= high:
                raise ValueError(f"{name} must be between {low:g} and {high:g}, not {value!r}")
        if self.max_tokens is not None and not 8 <= self.max_tokens <= 8192:
            raise ValueError(f"max_tokens must be between 8 and 8192, not {self.max_tokens!r}")
        if self.output_size is not None and not 8 <= self.output_size <= 4096:
            raise ValueError(f"output_size must be between 8 and 4096, not {self.output_size!r}")
        if not all(0 <= share <= 1 for share in self.blends):
            raise ValueError(f"blends must each be between 0 and 1, not {self.blends!r}")
        if not any(self.blends):
            raise ValueError(f"blends must have a share above 0, or there is nothing to choose: {self.blends!r}")
        if not all(0 <= share <= 1 for share in self.adapters):
            raise ValueError(f"adapters must each be between 0 and 1, not {self.adapters!r}")
        if not all(isinstance(size, int) and 8 <= size <= 4096 for size in self.output_sizes):
            raise ValueError(f"output_sizes must each be a whole number between 8 and 4096, not {self.output_sizes!r}")

    @classmethod
    def for_preset(cls, preset: Preset | str, **changes: Any) -> Self:
        """The settings of a preset, with `changes` laid over them. Passes that are asked for by number stay as many."""
        known = {field.name for field in fields(cls)}
        unknown = set(changes) - known
        if unknown:
            raise ValueError(f"unknown setting {sorted(unknown)[0]!r}; known are {', '.join(sorted(known))}")
        preset = Preset(preset)
        if "epochs" in changes:
            changes = {"more_for_many": False, **changes}
        return replace(cls(preset=preset, **_PRESETS[preset]), **changes)

    def for_examples(self, n_queries: int) -> Self:
        """The settings for so many queries to learn from. To be asked for once."""
        more = self.more_for_many and n_queries >= MANY_EXAMPLES and self.epochs < _MOST_EPOCHS
        return replace(self, epochs=self.epochs + 1) if more else self

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return asdict(self)


_MOST_EPOCHS = 100
_RANGES: tuple[tuple[str, float, float], ...] = (
    ("folds", 2, 10),
    ("epochs", 1, _MOST_EPOCHS),
    ("learning_rate", 1e-7, 1e-2),
    ("batch_size", 2, 4096),
    ("temperature", 0.005, 1.0),
    ("weight_decay", 0.0, 1.0),
    ("warmup", 0.0, 0.5),
    ("hard_negatives", 0, 16),
)

_PRESETS: dict[Preset, dict[str, Any]] = {
    Preset.QUICK: {"tune": Tune.ADAPTER, "folds": 4},
    Preset.BALANCED: {"more_for_many": True, "try_without": True, "race": True, "blends": (0.0, 0.5, 0.75, 1.0)},
    Preset.THOROUGH: {
        "folds": 4,
        "epochs": 3,
        "mine_anew": True,
        "try_without": True,
        "try_mean": True,
        "try_adapter": True,
    },
}
