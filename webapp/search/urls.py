"""Addresses of this app."""

from django.urls import path

from webapp.search import blind_views, catalogue_views, views

SEARCH = "projects/<int:project_id>/runs/<int:number>/search/"
CATALOGUES = f"{SEARCH}catalogues/"
CATALOGUE = f"{CATALOGUES}<int:catalogue>/"
BLIND = f"{SEARCH}blind/"

urlpatterns = [
    path(SEARCH, views.search, name="search"),
    path(f"{SEARCH}results/", views.search_results, name="search_results"),
    path(BLIND, blind_views.blind_test, name="blind"),
    path(f"{BLIND}start/", blind_views.blind_start, name="blind_start"),
    path(f"{BLIND}vote/", blind_views.blind_vote, name="blind_vote"),
    path(f"{BLIND}undo/", blind_views.blind_undo, name="blind_undo"),
    path(f"{BLIND}result/", blind_views.blind_result, name="blind_result"),
    path(CATALOGUES, catalogue_views.catalogue_create, name="catalogue_create"),
    path(f"{CATALOGUES}arriving/", catalogue_views.catalogue_begin, name="catalogue_begin"),
    path(f"{CATALOGUES}status/", catalogue_views.catalogues_status, name="catalogues_status"),
    path(f"{CATALOGUE}cancel/", catalogue_views.catalogue_cancel, name="catalogue_cancel"),
    path(f"{CATALOGUE}retry/", catalogue_views.catalogue_retry, name="catalogue_retry"),
    path(f"{CATALOGUE}reread/", catalogue_views.catalogue_reread, name="catalogue_reread"),
    path(f"{CATALOGUE}delete/", catalogue_views.catalogue_delete, name="catalogue_delete"),
    path(f"{CATALOGUE}pictures/<str:key>/", catalogue_views.catalogue_picture, name="catalogue_picture"),
    path(f"{CATALOGUE}thumbnails/<str:key>/", catalogue_views.catalogue_thumbnail, name="catalogue_thumbnail"),
]
