"""What a person should know about the pictures before training."""

from collections import Counter, defaultdict
from collections.abc import Iterator

from trainer.data.findings import SHOWN, About, Finding, few, say
from trainer.data.pairing import PairingResult
from trainer.data.pairs import SplitDataset
from trainer.data.picture_intake import SMALL_SIDE, PictureFacts

_DOMINATING, _OF_TWO = 0.5, 0.8
_FEW_OF_LABEL = 5
_SIDE_BY_SIDE = 3  # of a group of look-alikes, in an example
_LEFT_OUT = "The rows that name them were left out; they stand in the list below."


def check_pictures(pairing: PairingResult, split: SplitDataset, facts: PictureFacts) -> list[Finding]:
    """Findings on the pictures of a data set; none where there are texts only."""
    if not split.data.task.has_picture_documents:
        return []
    names = pairing.dataset.captions
    return [*_unusable(facts), *_look_alikes(pairing, names), *_small(facts.sizes, names), *_labels(split)]


def _unusable(facts: PictureFacts) -> Iterator[Finding]:
    if facts.missing:
        yield Finding(
            "missing_pictures",
            "warn",
            len(facts.missing),
            f"{say(len(facts.missing), 'picture is', 'pictures are')} named but did not come along",
            "Nobody can learn from a picture that is not there.",
            few(facts.missing),
            "Add them to the ZIP, or correct their names in the table.",
            done=_LEFT_OUT,
        )
    if facts.unusable:
        yield Finding(
            "unusable_pictures",
            "warn",
            len(facts.unusable),
            f"{say(len(facts.unusable), 'picture', 'pictures')} cannot be used",
            "They are broken, too small, too large or of an unknown kind; the list of rows left out says which.",
            few(facts.unusable),
            "Export them again as JPEG or PNG from where they come from.",
            done=_LEFT_OUT,
        )


def _look_alikes(pairing: PairingResult, names: dict[str, str]) -> Iterator[Finding]:
    groups: dict[str, list[str]] = defaultdict(list)
    for key, first in pairing.dataset.alike.items():
        groups[first].append(key)
    count = len(pairing.dataset.alike) + len(groups)
    shown = [[first, *keys][:_SIDE_BY_SIDE] for first, keys in groups.items()][:SHOWN]
    if groups:
        yield Finding(
            "look_alikes",
            "info",
            count,
            f"{count:,} pictures look the same as another",
            "A picture to judge by that was all but learned would flatter the model.",
            few(" ≈ ".join(names.get(key, key) for key in keys) for keys in shown),
            "",
            About([*groups, *pairing.dataset.alike]),
            done="Each group is kept on one side of the split.",
            example_pictures=shown,
        )


def _small(sizes: dict[str, tuple[int, int]], names: dict[str, str]) -> Iterator[Finding]:
    small = {key: size for key, size in sizes.items() if min(size) < SMALL_SIDE}
    if small:
        yield Finding(
            "small_pictures",
            "warn" if len(small) > 0.1 * len(sizes) else "info",
            len(small),
            f"{say(len(small), 'picture is', 'pictures are')} smaller than {SMALL_SIDE} pixels",
            "Base models were taught with pictures of 224 pixels and more; on small ones they see little.",
            few(f"{names.get(key, key)} ({width} × {height})" for key, (width, height) in small.items()),
            "Use the originals where you have them, or leave them out.",
            About(list(small)),
            example_pictures=[[key] for key in list(small)[:SHOWN]],
        )


def dominating_share(n_labels: int) -> float:
    """The share of the pictures from which one label dominates."""
    return _DOMINATING if n_labels > 2 else _OF_TWO


def _labels(split: SplitDataset) -> Iterator[Finding]:
    counts = Counter(split.data.labels.values())
    if not counts:
        return
    label, times = counts.most_common(1)[0]
    share = times / len(split.data.labels)
    if share > dominating_share(len(counts)):
        yield Finding(
            "dominating_label",
            "warn",
            times,
            f"{100 * share:.0f}% of the pictures have one label",
            "Whatever is shown for a picture is then often right by chance, so the scores look better than they are.",
            few([label]),
            "Add pictures with other labels.",
            About([label], ("item",)),
        )
    rare = [f"{label} ({times})" for label, times in counts.items() if times < _FEW_OF_LABEL]
    if rare:
        yield Finding(
            "few_pictures_of_label",
            "warn" if len(rare) > 0.3 * len(counts) else "info",
            len(rare),
            f"{say(len(rare), 'label has', 'labels have')} fewer than {_FEW_OF_LABEL} pictures",
            "From so few nobody learns what makes the label, and judging by them is up to chance.",
            few(rare),
            "Add pictures of these labels.",
            About([label for label, times in counts.items() if times < _FEW_OF_LABEL], ("item",)),
        )
