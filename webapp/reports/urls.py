"""Addresses of this app."""

from django.urls import path

from webapp.reports import compare_views, doubt_views, export_views, views

REPORT = "projects/<int:project_id>/runs/<int:number>/"

urlpatterns = [
    path(f"{REPORT}report/", views.report, name="report"),
    path(f"{REPORT}report/charts.json", views.report_charts, name="report_charts"),
    path(f"{REPORT}report/questions/<str:query_id>/", views.report_question, name="report_question"),
    path(f"{REPORT}report/questions/<str:query_id>/doubt/", doubt_views.report_doubt, name="report_doubt"),
    path("projects/<int:project_id>/compare/", compare_views.compare_runs, name="compare_runs"),
    path(f"{REPORT}report.html", export_views.report_html, name="report_html"),
    path(f"{REPORT}report.json", views.report_json, name="report_json"),
    path(f"{REPORT}report.xlsx", views.report_xlsx, name="report_xlsx"),
    path(f"{REPORT}model.zip", views.model_download, name="model_download"),
    path(f"{REPORT}model.zip.sha256", views.model_checksum, name="model_checksum"),
]
