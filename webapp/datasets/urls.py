"""Addresses of a project's files and data versions."""

from django.urls import URLPattern, URLResolver, include, path

from webapp.datasets import column_views, doubt_views, download_views, picture_views, row_views, views

pictures: list[URLPattern] = [
    path("data-versions/<int:version_id>/pictures/<str:key>", picture_views.picture, name="picture"),
    path("data-versions/<int:version_id>/thumbnails/<str:key>", picture_views.thumbnail, name="thumbnail"),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include((pictures, "datasets"))),
    path("projects/sample/", views.project_sample, name="project_sample"),
    path("templates/<str:name>", download_views.template_file, name="template_file"),
    path("projects/<int:project_id>/data/", views.data, name="data"),
    path("projects/<int:project_id>/uploads/", views.upload_create, name="upload_create"),
    path("projects/<int:project_id>/uploads/arriving/<str:purpose>/", views.upload_begin, name="upload_begin"),
    path("projects/<int:project_id>/uploads/<int:upload_id>/", views.upload_detail, name="upload_detail"),
    path("projects/<int:project_id>/uploads/<int:upload_id>/status/", views.upload_status, name="upload_status"),
    path("projects/<int:project_id>/uploads/<int:upload_id>/reread/", views.upload_reread, name="upload_reread"),
    path("projects/<int:project_id>/uploads/<int:upload_id>/delete/", views.upload_delete, name="upload_delete"),
    path("projects/<int:project_id>/data/versions/", views.version_create, name="version_create"),
    path("projects/<int:project_id>/data/<int:number>/", views.version_detail, name="version_detail"),
    path("projects/<int:project_id>/data/<int:number>/status/", views.version_status, name="version_status"),
    path("projects/<int:project_id>/data/<int:number>/retry/", views.version_retry, name="version_retry"),
    path("projects/<int:project_id>/data/<int:number>/continue/", views.version_continue, name="version_continue"),
    path("projects/<int:project_id>/data/<int:number>/rows/", row_views.version_rows, name="version_rows"),
    path("projects/<int:project_id>/data/<int:number>/rows/add/", row_views.row_add, name="row_add"),
    path(
        "projects/<int:project_id>/data/<int:number>/findings/<slug:kind>/",
        row_views.finding_fix,
        name="finding_fix",
    ),
    path(
        "projects/<int:project_id>/data/<int:number>/findings/<slug:kind>/column/",
        column_views.finding_column,
        name="finding_column",
    ),
    path("projects/<int:project_id>/data/<int:number>/rows/<int:row>/", row_views.row_edit, name="row_edit"),
    path("projects/<int:project_id>/data/<int:number>/rows/<int:row>/drop/", row_views.row_drop, name="row_drop"),
    path(
        "projects/<int:project_id>/data/<int:number>/changes/<int:correction_id>/undo/",
        row_views.correction_undo,
        name="correction_undo",
    ),
    path(
        "projects/<int:project_id>/data/<int:number>/changes/discard/",
        row_views.corrections_discard,
        name="corrections_discard",
    ),
    path(
        "projects/<int:project_id>/data/<int:number>/changes/save/",
        row_views.corrections_save,
        name="corrections_save",
    ),
    path(
        "projects/<int:project_id>/data/<int:number>/rejected.xlsx",
        download_views.version_rejected,
        name="version_rejected",
    ),
    path(
        "projects/<int:project_id>/data/<int:number>/doubtful.xlsx",
        download_views.version_doubts,
        name="version_doubts",
    ),
    path(
        "projects/<int:project_id>/data/<int:number>/doubts/<int:pair_id>/",
        doubt_views.doubt_settle,
        name="doubt_settle",
    ),
]
