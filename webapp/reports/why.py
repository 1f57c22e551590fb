"""Why this model was chosen and no other: the rule of trainer.blend.choose, in an analyst's words."""

from collections.abc import Iterable, Sequence

from webapp.bridge import report_words
from webapp.reports.choosing import Tried, everything_tried, way_words
from webapp.reports.words import points
from webapp.runs.reports import Report


def why_words(report: Report) -> str:
    """What decided, in a few sentences; empty where a report does not tell, as those of earlier versions."""
    rule, tried = report.get("choice_rule"), [each for each in everything_tried(report) if each.gain]
    if not rule or not tried:
        return ""
    chosen = next((each for each in tried if each.chosen), None)
    able = [each for each in tried if not each.barred]
    if chosen:
        said = [_why_chosen(chosen, able, report)]
    else:
        said = [_why_kept(able or [each for each in tried if each.barred == "doubtful"], bool(able), report)]
    if rule["doubtful"]:
        said.insert(0, _doubt(report))
    return " ".join([*said, *_left_behind(tried, report), *_not_tried(report)])


def margin_words(report: Report) -> str:
    """What is taken off a gain before it is compared; empty where a report does not tell."""
    rule = report.get("choice_rule")
    if not rule:
        return ""
    errors = "half a standard error" if rule["caution"] == 0.5 else f"{rule['caution']:g} standard errors"
    return (
        f"Of each gain a margin for chance is taken off: {errors} at 100% tuned, less nearer to the base model, more "
        "with a layer on top. The mixture of which most is left is chosen; the base model, where nothing is left of "
        "any. "
    )


def untried_ways(report: Report) -> list[str]:
    """Ways of learning that were never trained, as one before them was clearly better than the base model."""
    return [way_words(name) for name in (report.get("choice_rule") or {}).get("not_tried", [])]


def signed_points(difference: float, decimals: int = 1) -> str:
    """A difference of scores in points of 100, with its sign: "+5.9", "−0.3"."""
    return f"{difference * 100:+.{decimals}f}".replace("-", "−")


def gain_words(tried: Tried) -> str:
    """In points, ± half of its 95% interval, which is as long on both sides: "+5.9 ± 1.8"; empty where unknown."""
    if not tried.gain:
        return ""
    low, high = tried.gain["ci95"]
    return f"{signed_points(tried.gain['mean'])} ± {points((high - low) / 2)}"


def capital(words: str) -> str:
    """With its first letter, after a quotation mark or not, a capital."""
    start = 1 if words.startswith("“") else 0
    return words[:start] + words[start].upper() + words[start + 1 :]


def _why_chosen(chosen: Tried, able: Sequence[Tried], report: Report) -> str:
    begun = f"Why this one: it gains {_gained(chosen, report)}."
    others = [each for each in able if each is not chosen]
    if not others:
        return begun
    rival = max(others, key=_mean)
    if _mean(rival) > _mean(chosen):
        theirs, ours = _apart(rival.adjusted, chosen.adjusted)
        return (
            f"{begun} {capital(_named(rival))}, gains {signed_points(_mean(rival))}, the most, but is "
            f"{_less(rival, chosen)}: with the margin for chance taken off, {theirs} is left of it, and {ours} of the "
            "chosen one."
        )
    rival = max(others, key=lambda each: each.adjusted)
    ours, theirs = _apart(chosen.adjusted, rival.adjusted)
    return (
        f"{begun} None of the {len(able)} mixtures that could be chosen gains more. With the margin for chance taken "
        f"off, {ours} is left of it, and {theirs} of the next, {_named(rival)}."
    )


def _why_kept(candidates: Sequence[Tried], could_be_chosen: bool, report: Report) -> str:
    """could_be_chosen: whether the candidates had only the margin for chance to beat."""
    if not candidates:
        return ""
    ahead = [each for each in candidates if _mean(each) > 0]
    if could_be_chosen and not ahead:
        none = f"None of the {len(candidates)} mixtures that could be chosen gains anything"
        one = "The one mixture that could be chosen gains nothing"
        return f"{one if len(candidates) == 1 else none} over the base model."
    best = max(ahead or candidates, key=lambda each: each.adjusted if could_be_chosen else _mean(each))
    short = "no more than the margin for chance" if could_be_chosen else "not enough"
    return f"The best mixture, {_named(best)}, gains {_gained(best, report)}: {short}."


def _doubt(report: Report) -> str:
    return str(
        report_words(report).say(
            "The base model does not find the right {items} of your examples surely better than those of other "
            "examples, so the examples may be wrong, or about what it does not know. Then a model must gain at "
            f"least {report['choice_rule']['certain']:g} standard errors, and as many more than it gains on the right "
            "{items} of other {questions}."
        )
    )


def _left_behind(tried: Sequence[Tried], report: Report) -> list[str]:
    behind = {each.way.partition(" + ")[0]: each.gain for each in tried if each.barred == "behind"}
    if not behind:
        return []
    n = max(gain["n"] for gain in behind.values() if gain)
    was, it = ("was", "it was") if len(behind) == 1 else ("were", "they were")
    return [
        f"{capital(_listed(behind))} {was} left behind after the first turn, so {it} judged by that turn's {n:,} "
        f"{report_words(report).questions} only."
    ]


def _not_tried(report: Report) -> list[str]:
    ways = untried_ways(report)
    if not ways:
        return []
    was, them = ("was", "it") if len(ways) == 1 else ("were", "them")
    return [
        f"{capital(_listed(ways))} {was} not tried: a way before {them} was clearly better than the base model already."
    ]


def _gained(tried: Tried, report: Report) -> str:
    gain = tried.gain or {"mean": 0.0, "ci95": [0.0, 0.0], "n": 0}
    low, high = (signed_points(end) for end in gain["ci95"])
    return (
        f"{signed_points(gain['mean']).removeprefix('+')} points over the base model on {gain['n']:,} choosing "
        f"{report_words(report).questions} (95% interval {low} to {high})"
    )


def _mean(tried: Tried) -> float:
    return float(tried.gain["mean"]) if tried.gain else 0.0


def _less(rival: Tried, chosen: Tried) -> str:
    """In what the rival of a greater gain falls short: one of the two at least, or more would be left of its gain."""
    errors = [each.gain["standard_error"] if each.gain else 0.0 for each in (rival, chosen)]
    farther = ["farther from the base model"] if rival.distance > chosen.distance else []
    less_sure = ["less sure"] if errors[0] > errors[1] else []
    return " and ".join(farther + less_sure) or "no farther ahead"


def _apart(first: float, second: float) -> tuple[str, str]:
    """Two gains in points, with as many decimals as it takes to tell them apart."""
    for decimals in (1, 2, 3):
        told = signed_points(first, decimals), signed_points(second, decimals)
        if told[0] != told[1]:
            break
    return told


def _named(tried: Tried) -> str:
    return f"“{tried.way}”, {tried.share:.0%} tuned"


def _listed(ways: Iterable[str]) -> str:
    *first, last = (f"“{way}”" for way in ways)
    return f"{', '.join(first)} and {last}" if first else last
