"""Addresses for those who operate Tailor."""

from django.urls import path

from webapp.service import views

urlpatterns = [
    path("healthz", views.healthz, name="healthz"),
]
