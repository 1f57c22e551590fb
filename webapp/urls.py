"""All addresses. Every app names its own; names are stable and used in templates."""

from django.urls import include, path

urlpatterns = [
    path("", include("webapp.service.urls")),
    path("", include("webapp.accounts.urls")),
    path("", include("webapp.projects.urls")),
    path("", include("webapp.arrivals.urls")),
    path("", include("webapp.datasets.urls")),
    path("", include("webapp.runs.urls")),
    path("", include("webapp.reports.urls")),
    path("", include("webapp.search.urls")),
    path("", include("webapp.sharing.urls")),
]
