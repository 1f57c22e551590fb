"""What axe-core finds on a page of Tailor, looked at once its colours have come to rest."""

from typing import Literal

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

# Half-way through a change of colour nothing has its contrast. A hidden element's change never ends.
SETTLED = """Promise.allSettled(document.getAnimations().filter((each) => each instanceof CSSTransition)
    .filter((each) => each.effect.target.checkVisibility()).map((each) => each.finished))"""


def serious_findings(
    page: Page, theme: Literal["light", "dark"] | None = None, only: tuple[str, ...] = ()
) -> list[str]:
    """A line for each place that axe-core calls serious or critical; in a colour scheme, where one is named.

    `only` names the rules to be checked; all are, where it is empty.
    """
    if theme:
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        # a change of colours begins with the next frame and has no animation before
        page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    page.evaluate(SETTLED)
    options = {"resultTypes": ["violations"]} | ({"runOnly": list(only)} if only else {})
    return [
        f"{page.url}, {theme or 'as shown'}: {each['id']} {node['target']} {node['failureSummary']}"
        for each in Axe().run(page, options=options).response["violations"]
        if each["impact"] in ("serious", "critical")
        for node in each["nodes"][:3]
    ]
