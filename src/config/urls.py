"""The URLs of the service."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from payouts.entrypoints import health
from payouts.entrypoints.metrics import metrics

handler400 = "payouts.entrypoints.error_handlers.bad_request"
handler403 = "payouts.entrypoints.error_handlers.forbidden"
handler404 = "payouts.entrypoints.error_handlers.not_found"
handler500 = "payouts.entrypoints.error_handlers.server_error"

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index", http_method_names=["get", "head"])),
    path("api/", include("payouts.entrypoints.api.urls")),
    path("console/", admin.site.urls),
    path("health/", health.summary),
    path("health/live/", health.live),
    path("health/ready/", health.ready),
    path("metrics", metrics),
]
