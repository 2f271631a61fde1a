"""The floor of reads: a stock DRF view that answers a constant, within the service's own pipeline.

`payouts web` serves it, with the service's middleware, authentication and permissions.
"""

from typing import ClassVar

from django.urls import path
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from config import urls
from payouts.domain.role import Permission


class Hello(APIView):
    permissions: ClassVar = {"GET": Permission.VIEW_PAYOUT}
    parameter_permissions: ClassVar[dict[str, str]] = {}

    def get(self, _request: Request) -> Response:
        return Response({"hello": "world"})


urlpatterns = [path("api/hello/", Hello.as_view()), *urls.urlpatterns]
