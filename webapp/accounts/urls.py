"""Addresses of accounts."""

from django.urls import path

from webapp.accounts import views

urlpatterns = [
    path("setup/<token>/", views.setup, name="setup"),
    path("login/", views.sign_in, name="login"),
    path("logout/", views.sign_out, name="logout"),
    path("account/", views.account, name="account"),
    path("people/", views.people, name="people"),
    path("people/<int:person_id>/deactivate/", views.person_deactivate, name="person_deactivate"),
    path("people/<int:person_id>/activate/", views.person_activate, name="person_activate"),
    path("people/<int:person_id>/password-link/", views.person_password_link, name="person_password_link"),
    path("people/invitations/<int:invitation_id>/withdraw/", views.invitation_withdraw, name="invitation_withdraw"),
    path("join/<token>/", views.join, name="join"),
]
