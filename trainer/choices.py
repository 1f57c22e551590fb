"""What was tried, what was chosen and why, as a report tells it."""

from collections.abc import Sequence

from scipy.special import stdtrit

from trainer.blend import (
    CAUTION,
    CERTAIN,
    Candidate,
    adjusted_gain,
    barred,
    comparable_score,
    gains,
    is_doubtful,
    standard_error,
)
from trainer.report import Choice, ChoiceRule, Gain


def told_choices(candidates: Sequence[Candidate], chosen: Candidate) -> list[Choice]:
    """Every candidate, the base model first, as it is among `candidates`."""
    base, *tried = candidates
    return [_choice(base, base, chosen), *(_with_gain(base, candidate, chosen) for candidate in tried)]


def choice_rule(base: Candidate, not_tried: Sequence[str]) -> ChoiceRule:
    """The rule that chose. not_tried: names of ways of learning."""
    return ChoiceRule(caution=CAUTION, doubtful=is_doubtful(base), certain=CERTAIN, not_tried=list(not_tried))


def names_not_tried(recipes: Sequence[str], candidates: Sequence[Candidate]) -> list[str]:
    """Of these names of recipes those that were never trained, as one before them had clearly won. None where no
    candidate but the base model is, since then nobody could choose."""
    tried = {candidate.recipe for candidate in candidates}
    return [name for place, name in enumerate(recipes, start=1) if place not in tried and len(candidates) > 1]


def gain_of(base: Candidate, candidate: Candidate) -> Gain | None:
    """Over the base model; None where fewer than two queries chose."""
    differences = gains(base, candidate)
    n = len(differences)
    if n < 2:
        return None
    mean, error = float(differences.mean()), standard_error(differences)
    reach = float(stdtrit(n - 1, 0.975)) * error
    return Gain(mean=mean, standard_error=error, ci95=[mean - reach, mean + reach], n=n)


def explain(chosen: Candidate, base: Candidate, not_tried: Sequence[str]) -> str:
    """A sentence on the choice, for the log of the run."""
    left = (
        f" Not tried, as one before was clearly better than the base model: {', '.join(not_tried)}."
        if not_tried
        else ""
    )
    gain = gain_of(base, chosen)
    if chosen is base or gain is None:
        return f"Nothing was surely better than the base model on the choosing questions, so it stays as it is.{left}"
    low, high = gain["ci95"]
    return (
        f"Chosen: {chosen.name} (nDCG@10 {chosen.score:.3f} on {gain['n']:,} choosing questions; the base has "
        f"{base.score:.3f}; difference {gain['mean']:+.3f}, 95% interval {low:+.3f} to {high:+.3f}).{left}"
    )


def _choice(base: Candidate, candidate: Candidate, chosen: Candidate) -> Choice:
    return Choice(
        chosen=candidate is chosen,
        candidate=candidate.name,
        recipe=candidate.recipe,
        epoch=candidate.epoch,
        blend=candidate.blend,
        score=comparable_score(base, candidate),
    )


def _with_gain(base: Candidate, candidate: Candidate, chosen: Candidate) -> Choice:
    found = _choice(base, candidate, chosen)
    found["adjusted"], found["distance"] = adjusted_gain(base, candidate), candidate.distance
    if gain := gain_of(base, candidate):
        found["gain"] = gain
    if reason := barred(base, candidate):
        found["barred"] = reason.value
    return found
