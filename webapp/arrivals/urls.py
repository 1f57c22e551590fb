"""Addresses of files on their way in; those that begin one belong to the pages that want files."""

from django.urls import path

from webapp.arrivals import views

urlpatterns = [
    path("arrivals/<str:key>/", views.arrival, name="arrival"),
    path("arrivals/<str:key>/discard/", views.arrival_discard, name="arrival_discard"),
]
