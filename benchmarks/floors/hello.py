"""The floor of reads: a Django view that does nothing, no middleware, one address."""

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
