"""Publishes the one script of the plotly package that pages need, and nothing else of its package data."""

from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage

PLOTLY = "vendor/plotly.min.js"


class PlotlyStorage(FileSystemStorage):
    """Read-only view of one file under its public name."""

    def path(self, name: str) -> str:
        """Where the file called `name` lies."""
        return str(plotly_script()) if name == PLOTLY else super().path(name)


def plotly_script() -> Path:
    """plotly.min.js inside the installed package; found without importing plotly."""
    spec = find_spec("plotly")
    if spec is None or spec.origin is None:
        raise FileNotFoundError("The plotly package is not installed. Run `make setup`.")
    return Path(spec.origin).parent / "package_data" / "plotly.min.js"


class VendorFinder(BaseFinder):
    """Finds `vendor/plotly.min.js`."""

    def check(self, **kwargs: Any) -> list[Any]:
        """Nothing to configure."""
        return []

    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> Any:
        """The file behind a static name, or nothing."""
        if path != PLOTLY:
            return []
        found = str(plotly_script())
        return [found] if find_all else found

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[tuple[str, FileSystemStorage]]:
        """What collectstatic copies."""
        yield PLOTLY, PlotlyStorage(location=plotly_script().parent)
