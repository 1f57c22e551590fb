"""Jobs of the search worker. They answer with plain values, problems included, for only such pass through Redis."""

import time
from typing import Any

from webapp.bridge import TailorError
from webapp.search.models_cache import searcher_of


def search_pair(run_pk: int, text: str, k: int) -> dict[str, Any]:
    """{"before": [[id, text, score]…], "after": […], "milliseconds": float}, or {"problem": {"cause", "remedy"}}."""
    try:
        searcher = searcher_of(run_pk)
        started = time.perf_counter()
        found = searcher.search(text, k)
    except TailorError as error:
        return {"problem": {"cause": error.cause, "remedy": error.remedy}}
    milliseconds = (time.perf_counter() - started) * 1000
    return {"before": found["before"], "after": found["after"], "milliseconds": round(milliseconds, 1)}


def search_warm(run_pk: int) -> None:
    """Load the run's models, so that the first question is answered at once."""
    searcher = searcher_of(run_pk)
    searcher.search("warm up", 1)
