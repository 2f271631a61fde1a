"""The floor of DRF hello: a Django view that answers a constant, without middleware."""

import django
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpRequest, HttpResponse
from django.urls import path


def hello(_request: HttpRequest) -> HttpResponse:
    return HttpResponse(b"hello", content_type="text/plain")


urlpatterns = [path("", hello)]
settings.configure(
    ALLOWED_HOSTS=["*"], MIDDLEWARE=[], ROOT_URLCONF=__name__, LOGGING_CONFIG=None, USE_I18N=False
)
django.setup(set_prefix=False)
application = WSGIHandler()
