"""Addresses in templates that serve a run's own pages as well as those of a share link."""

from typing import Any

from django import template
from django.urls import reverse

register = template.Library()
OF_THE_DATA = ("picture", "thumbnail")


@register.simple_tag(takes_context=True)
def run_url(context: dict[str, Any], name: str, *args: Any) -> str:
    """The address of a page of the context's `run`; where the context has a `share`, that of the same page there."""
    share, run = context.get("share"), context["run"]
    if share:
        return reverse(f"shared_{name}", args=(share.token, *args))
    if name in OF_THE_DATA:
        return reverse(f"datasets:{name}", args=(run.dataset_id, *args))
    return reverse(name, args=(run.project_id, run.number, *args))
