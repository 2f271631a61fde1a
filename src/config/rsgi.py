"""The web application as `payouts web` serves it."""

from functools import partial

from django.conf import settings

from config.web.application import WebApplication
from config.wsgi import application as wsgi_application
from payouts import bootstrap


def make_application(*, threads: int) -> WebApplication:
    return WebApplication(
        wsgi_application,
        threads=threads,
        max_body_bytes=settings.DATA_UPLOAD_MAX_MEMORY_SIZE,
        on_start=partial(bootstrap.start_metrics, role="web"),
    )
