"""Static files that come from packages."""

from django.contrib.staticfiles import finders
from django.contrib.staticfiles.finders import get_finders

from webapp.service.finders import PLOTLY, VendorFinder


def test_plotly_is_found_and_is_the_script() -> None:
    path = finders.find(PLOTLY)

    assert path is not None
    with open(path, encoding="utf-8") as file:  # noqa: PTH123  the finder gives a string
        assert "plotly.js v" in file.read(200)


def test_nothing_else_of_the_package_is_published() -> None:
    assert [name for name, _ in VendorFinder().list([])] == ["vendor/plotly.min.js"]
    assert finders.find("vendor/widgetbundle.js") is None
    assert finders.find("vendor/../plotly.min.js") is None


def test_htmx_comes_from_its_package() -> None:
    published = {name for finder in get_finders() for name, _ in finder.list([])}

    assert "django_htmx/htmx-2.min.js" in published
    assert not [name for name in published if name.startswith("admin/")]
