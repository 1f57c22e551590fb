"""Addresses of this app."""

from django.urls import path

from webapp.runs import views

RUN = "projects/<int:project_id>/runs/<int:number>/"

urlpatterns = [
    path("projects/<int:project_id>/runs/new/", views.run_create, name="run_create"),
    path(RUN, views.run_detail, name="run_detail"),
    path(f"{RUN}progress/", views.run_progress, name="run_progress"),
    path(f"{RUN}cancel/", views.run_cancel, name="run_cancel"),
    path(f"{RUN}retry/", views.run_retry, name="run_retry"),
    path(f"{RUN}repeat/", views.run_repeat, name="run_repeat"),
    path(f"{RUN}log/", views.run_log, name="run_log"),
]
