"""Addresses of this app: for people of the project, and below /s/ for whoever has a link."""

from django.urls import path

from webapp.sharing import public, public_views, search_views, views

LINK = "s/<str:token>/"

urlpatterns = [
    path("projects/<int:project_id>/runs/<int:number>/share/", views.share, name="share"),
    path("share-links/", views.share_overview, name="share_overview"),
    path("share-links/<int:link_id>/revoke/", views.share_revoke, name="share_revoke"),
    path(LINK, public_views.shared_report, name="shared_report"),
    path(f"{LINK}charts.json", public_views.shared_report_charts, name="shared_report_charts"),
    path(f"{LINK}questions/<str:query_id>/", public_views.shared_report_question, name="shared_report_question"),
    path(f"{LINK}report.html", public_views.shared_report_html, name="shared_report_html"),
    path(f"{LINK}pictures/<str:key>", public_views.shared_picture, name="shared_picture"),
    path(f"{LINK}thumbnails/<str:key>", public_views.shared_thumbnail, name="shared_thumbnail"),
    path(f"{LINK}search/", search_views.shared_search, name="shared_search"),
    path(f"{LINK}search/results/", search_views.shared_search_results, name="shared_search_results"),
    path(f"{LINK}blind/", search_views.shared_blind, name="shared_blind"),
    path(f"{LINK}blind/start/", search_views.shared_blind_start, name="shared_blind_start"),
    path(f"{LINK}blind/vote/", search_views.shared_blind_vote, name="shared_blind_vote"),
    path(f"{LINK}blind/undo/", search_views.shared_blind_undo, name="shared_blind_undo"),
    path(f"{LINK}blind/result/", search_views.shared_blind_result, name="shared_blind_result"),
    path(f"{LINK}<path:rest>", public.nothing_here, name="shared_nothing"),
]
