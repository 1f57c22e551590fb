"""Read catalogues that people brought, always through the run that the person may see."""

from django.http import Http404

from webapp.queue.models import WorkStatus
from webapp.runs.models import Run
from webapp.search.models import Catalogue


def catalogues_of(*, run: Run) -> list[Catalogue]:
    """All that people brought to this run, in their order."""
    return list(run.catalogues.all())


def catalogue_of(*, run: Run, number: int) -> Catalogue:
    """This catalogue of this run; 404 when there is none."""
    catalogue = run.catalogues.filter(number=number).first()
    if catalogue is None:
        raise Http404("No such catalogue")
    return catalogue


def chosen_catalogue(*, run: Run, asked: str) -> Catalogue | None:
    """What the `in` of an address means: a catalogue's number, or blank for the run's own. None where it is gone."""
    if not asked.isdecimal() or len(asked) > 9:
        return None
    return run.catalogues.filter(number=int(asked)).first()


def is_searchable(catalogue: Catalogue) -> bool:
    """Whether it is embedded."""
    return catalogue.status == WorkStatus.DONE and bool(catalogue.index)
