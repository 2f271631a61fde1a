"""The floor of reads: a stock DRF view that answers a constant, within the service's own pipeline.

`payouts web` serves it, with the service's middleware, authentication and permissions.
"""

from django.urls import path
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from config import urls


class Hello(APIView):
    def get(self, _request: Request) -> Response:
        return Response({"hello": "world"})


urlpatterns = [path("api/hello/", Hello.as_view()), *urls.urlpatterns]
