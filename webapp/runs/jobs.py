"""Jobs of runs: ids in, nothing out."""

from webapp.queue.services import work_claim
from webapp.runs.models import Run


def train(pk: int, attempt: int) -> None:
    """Train the run, unless it is another's, cancelled or gone."""
    run = work_claim(model=Run, pk=pk, attempt=attempt)
    if run is None:
        return
    # Imported here so that a doorbell that rings for nothing costs nothing.
    from webapp.runs.execution import execute_run

    execute_run(run)
