"""Addresses of the home page and of a project."""

from django.urls import URLPattern, path

from webapp.projects import views

urlpatterns: list[URLPattern] = [
    path("", views.project_list, name="project_list"),
    path("projects/new/", views.project_create, name="project_create"),
    path("projects/<int:project_id>/", views.project_detail, name="project_detail"),
    path("projects/<int:project_id>/rename/", views.project_rename, name="project_rename"),
    path("projects/<int:project_id>/delete/", views.project_delete, name="project_delete"),
]
