"""Every setting of a run in plain words: its label, a sentence on it, and how it is typed."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from webapp.bridge import task_words

Kind = Literal["whole", "decimal", "yes-no", "list", "sizes", "choice"]


@dataclass(frozen=True)
class SettingWords:
    """One setting of trainer.config.FinetuneConfig. `technical`: what specialists call it. choices: of the kind
    "choice", each value with its words."""

    name: str
    label: str
    technical: str
    sentence: str
    kind: Kind
    choices: tuple[tuple[str, str], ...] = ()


SETTINGS = (  # {question}, {items} and so on are filled in by task
    SettingWords(
        "tune",
        "What of the model learns",
        "full tuning or adapter",
        "The whole model learns more and takes minutes; a small layer on top of it takes seconds and leaves the model "
        "as it is.",
        "choice",
        (("everything", "The whole model"), ("adapter", "A small layer on top (adapter)")),
    ),
    SettingWords(
        "folds",
        "Parts that take turns",
        "folds of the cross-fit",
        "The examples are cut into this many parts. For each, a model learns from all others and is judged by it; the "
        "result is the mean of these models. More parts choose better and take longer; of few examples "
        "there are up to 4 even where fewer are asked for. 2 to 10.",
        "whole",
    ),
    SettingWords(
        "epochs",
        "Passes over the examples",
        "epochs",
        "More passes learn more, take longer, and can learn by heart. Where learning without look-alikes is tried "
        "beside them, it has two and a half times as many passes, with batches as much larger. 1 to 100.",
        "whole",
    ),
    SettingWords(
        "more_for_many",
        "One pass more over many examples",
        "an epoch more from 600 examples",
        "From 600 examples on one pass more teaches more. A number of passes that you choose stays as it is, unless "
        "you choose this as well.",
        "yes-no",
    ),
    SettingWords(
        "learning_rate",
        "Size of a learning step",
        "learning rate",
        "Too large forgets what the base model knew, too small learns nothing. 0.0000001 to 0.01.",
        "decimal",
    ),
    SettingWords(
        "batch_size",
        "Examples looked at together",
        "batch size",
        "Larger compares each {question} with more {items} at once, and needs more memory. 2 to 4,096.",
        "whole",
    ),
    SettingWords(
        "hard_negatives",
        "Look-alike wrong {items} for each {question}",
        "hard negatives",
        "{Items} that the base model confuses with the right one; what may be right is spared. They help where {items} "
        "recur in the examples. 0 to 16.",
        "whole",
    ),
    SettingWords(
        "try_without",
        "Also learn without look-alikes",
        "try without hard negatives",
        "Look-alikes help with some data and hurt with others. Both ways are trained, unless one may be dropped and "
        "the first wins clearly; the choosing {questions} decide.",
        "yes-no",
    ),
    SettingWords(
        "mine_anew",
        "Also learn from new look-alikes",
        "mine hard negatives anew",
        "Trains again with the wrong {items} that the tuned model still takes for the right one. The choosing "
        "{questions} decide.",
        "yes-no",
    ),
    SettingWords(
        "try_mean",
        "Also try the mean of these",
        "try the mean of the trainings",
        "What several ways of learning agree on is often better than any of them. The choosing {questions} decide.",
        "yes-no",
    ),
    SettingWords(
        "try_adapter",
        "Also learn a small layer on top",
        "try an adapter",
        "A matter of seconds; best where examples are few. The choosing {questions} decide.",
        "yes-no",
    ),
    SettingWords(
        "race",
        "Drop what is behind after the first turn",
        "race",
        "Saves time where several ways of learning are tried: only the best of the first turn goes on.",
        "yes-no",
    ),
    SettingWords(
        "loss",
        "What to learn from",
        "loss",
        "Automatic follows your data: scores of several values teach which matches are better than others, too. The "
        "others need what they name: scores, {questions} that share {an_item}, or wrong {items}.",
        "choice",
        (
            ("auto", "Automatic: what your data carry"),
            ("info_nce", "Matches against all other {items} (InfoNCE)"),
            ("cosent", "Matches, and which are better than others, by score (CoSENT)"),
            ("supervised_contrastive", "Matches, and which {questions} share {an_item} (supervised contrastive)"),
            ("triplet", "Each match before the wrong {items}, by a margin (triplet)"),
        ),
    ),
    SettingWords(
        "temperature",
        "Strictness",
        "temperature",
        "Smaller punishes near misses more. 0.005 to 1.",
        "decimal",
    ),
    SettingWords(
        "warmup",
        "Share of gentle first steps",
        "warm-up",
        "The steps grow during this share of the training, then shrink to nothing. 0 to 0.5.",
        "decimal",
    ),
    SettingWords(
        "weight_decay",
        "Pull towards small weights",
        "weight decay",
        "A brake against learning by heart. 0 to 1.",
        "decimal",
    ),
    SettingWords(
        "freeze_embeddings",
        "Keep the meaning of single words",
        "freeze word embeddings",
        "Usually the words of your data learn, too, which helps with foreign words and jargon. Words that they never "
        "mention stay as they are in any case.",
        "yes-no",
    ),
    SettingWords(
        "precision",
        "Exactness of the arithmetic",
        "numerical precision",
        "Automatic learns with coarser, faster numbers where this machine is quick at them. What is judged is exact.",
        "choice",
        (("auto", "Automatic"), ("float32", "Exact (float32)"), ("bfloat16", "Coarser and faster (bfloat16)")),
    ),
    SettingWords(
        "max_tokens",
        "Longest text that is read",
        "maximum tokens",
        "In word pieces, about 5 characters each; the rest of a longer text is passed over. 8 to 8,192. Left empty: "
        "the base model's own limit.",
        "whole",
    ),
    SettingWords(
        "blends",
        "Mixtures to try",
        "blends",
        "Shares of the tuned model, from 0 (the base model) to 1 (tuned only); the best on the choosing {questions} is "
        "taken. Separate them with commas.",
        "list",
    ),
    SettingWords(
        "adapters",
        "Shares of a small layer on top to try",
        "adapter shares",
        "A small layer is learned in a second beside the tuned model. How much of it to put on top, from 0 (none) to "
        "1, the choosing {questions} decide. Separate the shares with commas.",
        "list",
    ),
    SettingWords(
        "output_sizes",
        "Shorter vectors to prepare for",
        "output sizes (Matryoshka)",
        "Teaches the model to put what matters first, so that its vectors can be cut to these many numbers. It may "
        "cost a little at full length; the report shows how much each size costs. Each 8 to 4,096, separated by "
        "commas, such as 128, 64. Left empty: none.",
        "sizes",
    ),
    SettingWords(
        "output_size",
        "Numbers of a vector",
        "output size",
        "Fewer need less storage and are searched faster; the model keeps what the pictures differ in most. For models "
        "of pictures alone. 8 to 4,096. Left empty: the base model's own.",
        "whole",
    ),
    SettingWords(
        "int8",
        "Also make a small, fast file",
        "int8 ONNX",
        "A quarter of the size and several times as fast on ordinary processors; the report shows what it costs in "
        "quality. Takes some seconds.",
        "yes-no",
    ),
)


PICTURE_SETTINGS = (
    "tune",
    "folds",
    "epochs",
    "learning_rate",
    "batch_size",
    "race",
    "loss",
    "warmup",
    "weight_decay",
    "blends",
    "output_size",
    "int8",
)
"""Those that apply where pictures are found; the others are about texts."""

SIMILAR_PICTURES_ONLY = "output_size"
"""The one that applies only where a picture is searched with a picture."""

PICTURE_SENTENCES = {
    "tune": "Its own upper layers learn more and take minutes; a small layer on top of it takes seconds and leaves "
    "the model as it is.",
    "folds": "The examples are cut into this many parts, at least 3 where pictures have labels, at least 4 where not. "
    "For each, a model learns from all others and is judged by it; the result is the mean of these models. 2 to 10.",
    "epochs": "Of the model’s own layers, which pass three times as often as this says. More passes learn more, take "
    "longer, and can learn by heart. 1 to 100.",
    "batch_size": "While the model’s own layers learn; of less than 32 it is twice as many, up to 32. Larger compares "
    "each search with more pictures at once. 2 to 4,096.",
    "learning_rate": "Of the model’s own layers, in proportion: one and a half times as much for models of pictures "
    "alone, less for models of words and pictures. Too large forgets what the base model knew. 0.0000001 to 0.01.",
    "race": "Saves time: its own layers learn on only if they are not behind by then.",
}
"""What the same settings do where pictures are found."""

PICTURE_TUNE = (("everything", "Its own layers, and a small one on top"), ("adapter", "A small layer on top (adapter)"))
PICTURE_LOSS = (
    "Automatic learns labels or matches, whichever your data carry. The others need what they name.",
    (
        ("auto", "Automatic: what your data carry"),
        ("arc_face", "Each picture close to the middle of its label (ArcFace)"),
        ("supervised_contrastive", "Which pictures share a label (supervised contrastive)"),
        ("triplet", "The right picture before the nearest wrong one, by a margin (triplet)"),
        ("info_nce", "Matches against all other pictures (InfoNCE)"),
    ),
)
"""Where a picture is searched with a picture: the sentence, and the choices."""


def settings_of(task: str) -> list[SettingWords]:
    """The settings that apply to a task, in its words, in the order of the form."""
    words = task_words(task)
    if task == "text-text":
        return [_said(each, words) for each in SETTINGS if each.name != SIMILAR_PICTURES_ONLY]
    left_out = () if task == "image-image" else (SIMILAR_PICTURES_ONLY,)
    settings = [_said(each, words) for each in SETTINGS if each.name in PICTURE_SETTINGS and each.name not in left_out]
    return [_of_pictures(each, task) for each in settings]


def _of_pictures(setting: SettingWords, task: str) -> SettingWords:
    if setting.name == "loss" and task == "image-image":
        return replace(setting, sentence=PICTURE_LOSS[0], choices=PICTURE_LOSS[1])
    setting = replace(setting, sentence=PICTURE_SENTENCES.get(setting.name, setting.sentence))
    return replace(setting, choices=PICTURE_TUNE) if setting.name == "tune" else setting


def _said(setting: SettingWords, words: Any) -> SettingWords:
    choices = tuple((value, words.say(said)) for value, said in setting.choices)
    return replace(setting, label=words.say(setting.label), sentence=words.say(setting.sentence), choices=choices)


def value_words(value: Any) -> str:
    """A setting's value as a person writes it."""
    if value is None:
        return "the base model’s own"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple) and not value:
        return "none"
    if isinstance(value, list | tuple):
        return ", ".join(value_words(part) for part in value)
    if isinstance(value, float):
        return f"{value:.7f}".rstrip("0").rstrip(".")
    return str(value)


def setting_rows(settings: Mapping[str, Any], task: str) -> list[tuple[SettingWords, str]]:
    """The settings that a run or a report names and that apply to its task, in the order of the form."""
    return [(words, _told(words, settings[words.name])) for words in settings_of(task) if words.name in settings]


def _told(words: SettingWords, value: Any) -> str:
    return dict(words.choices).get(str(value)) or value_words(value)
