"""What monitoring asks."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from webapp.service.health import what_is_not_alive


@login_not_required
@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """200 when database, Redis and each kind of worker are alive, else 503 naming what is not; nothing else is told."""
    missing = what_is_not_alive()
    if missing:
        return JsonResponse({"status": "not ready", "not_alive": missing}, status=503)
    return JsonResponse({"status": "ok"})
