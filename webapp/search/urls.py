"""Addresses of this app."""

from django.urls import path

from webapp.search import views

SEARCH = "projects/<int:project_id>/runs/<int:number>/search/"

urlpatterns = [
    path(SEARCH, views.search, name="search"),
    path(f"{SEARCH}results/", views.search_results, name="search_results"),
]
