"""Shows times in the time zone of the viewer's browser."""

from collections.abc import Callable
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone

# Set by static/console/time-zone.js. Without it times are in UTC. Each has its zone beside it.
_COOKIE = "timezone"
_CONSOLE = "/console/"


class TimeZoneMiddleware:
    """Let pages of the console show times in the zone that the cookie names."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        name = request.COOKIES.get(_COOKIE, "").replace("%2F", "/")
        if not request.path_info.startswith(_CONSOLE) or name not in _known_names():
            return self._get_response(request)
        with timezone.override(ZoneInfo(name)):
            return self._get_response(request)


@cache
def _known_names() -> frozenset[str]:
    return frozenset(available_timezones())
