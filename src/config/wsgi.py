"""The WSGI application."""

import os
from typing import Any

import django
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.utils.http import parse_header_parameters

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup(set_prefix=False)


class Utf8Request(WSGIRequest):
    """A request that is read as UTF-8, whatever charset its Content-Type names.

    Django decodes even the query string with that charset: with UTF-16 it finds no parameter, and
    a codec that decodes to bytes (base64) or to nothing (undefined) causes a 500.
    """

    def _set_content_type_params(self, meta: dict[str, Any]) -> None:
        try:
            parsed = parse_header_parameters(meta.get("CONTENT_TYPE", ""))
        except (LookupError, ValueError):  # a parameter is encoded in an unknown charset
            parsed = "", {}
            meta["CONTENT_TYPE"] = ""
        self.content_type, self.content_params = parsed


class Utf8Handler(WSGIHandler):
    request_class = Utf8Request


application = Utf8Handler()
