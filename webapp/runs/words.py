"""Durations and places in line, in words."""


def duration_words(seconds: float) -> str:
    """Rounded the way people speak: "40 seconds", "3 minutes", "1 hour 10 minutes"."""
    if seconds < 87.5:
        return _count(max(1, round(seconds)) if seconds < 10 else 5 * round(seconds / 5), "second")
    minutes = round(seconds / 60)
    if minutes < 60:
        return _count(minutes, "minute")
    hours, rest = divmod(minutes, 60)
    return f"{_count(hours, 'hour')} {_count(rest, 'minute')}" if rest and hours < 10 else _count(hours, "hour")


def range_words(low: float, high: float) -> str:
    """A guess of a duration: "2 to 4 minutes", "45 seconds to 2 minutes", "about 3 minutes"."""
    first, last = duration_words(low), duration_words(high)
    if first == last:
        return f"about {last}"
    number, unit = first.split(" ", 1)
    if unit.rstrip("s") == last.split(" ", 1)[1].rstrip("s"):
        return f"{number} to {last}"
    return f"{first} to {last}"


def time_left_words(seconds: float | None) -> str:
    """How long a run still takes: "about 2 minutes left"; empty when nobody knows."""
    if seconds is None:
        return ""
    return "almost done" if seconds < 3 else f"about {duration_words(seconds)} left"


def position_words(position: int) -> str:
    """A place in line: "Next in line", "2nd in line"."""
    if position <= 1:
        return "Next in line"
    ending = "th" if position % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(position % 10, "th")
    return f"{position}{ending} in line"


def _count(number: int, unit: str) -> str:
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"
