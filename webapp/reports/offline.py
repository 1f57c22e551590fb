"""A report as one file that any browser opens without a network."""

import base64
import logging

from django.http import Http404
from django.template.loader import render_to_string

from webapp.bridge import report_words
from webapp.datasets.pictures import thumbnail_bytes
from webapp.reports.inline import chart_library, hash_of, packed_json, policy, script_of_modules, static_text, styles_of
from webapp.reports.offline_data import outcome_shows, pictures_wanted, questions_data, segments_of
from webapp.reports.page import report_context
from webapp.reports.questions import Outcome, Sort, questions_of
from webapp.runs.models import Run
from webapp.runs.reports import Report

logger = logging.getLogger("tailor.reports")

MOST_PICTURE_BYTES = 6_000_000
"""Of thumbnails: a report of very many pictures shows the first ones, and names the others."""
STYLES_OF_PLOTLY = "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='"
"""The one empty style element that plotly makes."""


def offline_report(*, run: Run, report: Report) -> bytes:
    """The whole document in UTF-8: verdict, charts, all questions with both lists, settings, small pictures."""
    context = report_context(run=run, report=report)
    charts, words = context["charts"], report_words(report).by_name()
    pictures, n_wanted = _pictures(run, report)
    library, library_hash = chart_library()
    theme, script = static_text("js/theme.js"), script_of_modules("offline")
    style = styles_of("tailor", "report", "print", "offline")
    html = render_to_string(
        "reports/offline.html",
        {
            **context,
            "words": words,
            "project": None,  # so that nothing links to pages that need a login
            "project_name": run.project.name,
            "policy": policy(
                scripts=[hash_of(theme), hash_of(script), library_hash], styles=[hash_of(style), STYLES_OF_PLOTLY]
            ),
            "style": style,
            "theme_script": theme,
            "script": script,
            "library": library,
            "data": packed_json({"charts": charts, **questions_data(report), "words": words}),
            "pictures": pictures,
            "pictures_left_out": n_wanted - len(pictures),
            "shows": outcome_shows(questions_of(report)),
            "sorts": Sort.choices,
            "icon_kinds": (*Outcome, "right"),
            "segments": segments_of(report),
        },
    )
    return html.encode("utf-8", "replace")  # half a character in somebody's text must not stop the download


def _pictures(run: Run, report: Report) -> tuple[dict[str, str], int]:
    """{key: WebP in base64} of as many thumbnails as fit, and how many there could have been."""
    found: dict[str, str] = {}
    size = n_wanted = 0
    for key in pictures_wanted(report):
        n_wanted += 1
        if size > MOST_PICTURE_BYTES:
            continue
        try:
            content = thumbnail_bytes(version=run.dataset, key=key)
        except Http404:
            logger.warning("The picture %s of run %s is gone.", key, run.pk)
            continue
        size += len(content)
        found[key] = base64.b64encode(content).decode("ascii")
    return found, n_wanted
