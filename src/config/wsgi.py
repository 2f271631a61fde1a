"""The web application."""

import os
from typing import Any

from django.core.handlers.wsgi import WSGIRequest
from django.core.wsgi import get_wsgi_application
from django.utils.http import parse_header_parameters

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")


class Utf8Request(WSGIRequest):
    """A request in UTF-8, whatever it says.

    Django reads even the query in the charset that Content-Type names: with UTF-16 no parameter
    is found, and one that no text can have (base64, undefined) is an error of the server.
    """

    def _set_content_type_params(self, meta: dict[str, Any]) -> None:
        try:
            parsed = parse_header_parameters(meta.get("CONTENT_TYPE", ""))
        except (LookupError, ValueError):  # a parameter is written in a charset unheard of
            parsed = "", {}
            meta["CONTENT_TYPE"] = ""
        self.content_type, self.content_params = parsed


application = get_wsgi_application()
application.request_class = Utf8Request
