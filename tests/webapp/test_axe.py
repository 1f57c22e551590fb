"""That the look at a page that other tests take finds what it is for, so that none passes on a broken page."""

import pytest
from playwright.sync_api import Page

from tests.webapp.axe import serious_findings

pytestmark = pytest.mark.browser
PAGE = """<!doctype html><html lang="en"><head><title>A page</title><style>
  body { background: white; color: black } p { transition: color 400ms }
  @media (prefers-color-scheme: dark) { body { background: black; color: white } }
</style></head><body><main><h1>Words</h1><p>Words</p>%s</main></body></html>"""


def test_a_page_that_changes_its_colours_slowly_is_sound(page: Page) -> None:
    page.set_content(PAGE % "")
    for theme in ("dark", "light", "dark"):
        assert serious_findings(page, theme) == []


def test_what_is_wrong_is_found_and_named(page: Page) -> None:
    page.set_content(PAGE % '<b style="color: #bbb">Pale</b><input>')
    found = serious_findings(page, "light")
    assert len(found) == 2 and "color-contrast ['b']" in found[0] and "label ['input']" in found[1]
    assert [each.split(": ")[1].split()[0] for each in serious_findings(page, only=("label",))] == ["label"]
