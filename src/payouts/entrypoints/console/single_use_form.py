"""Forms that are accepted once, however often a browser sends them.

A page that shows a secret is the answer to a form: a reload of it sends the form again.
"""

from typing import Final
from uuid import uuid4

from django.contrib.sessions.models import Session
from django.db import transaction
from django.http import HttpRequest

_SESSION_KEY: Final = "open_forms"
_MAX_OPEN_FORMS = 20


def open_form(request: HttpRequest) -> str:
    """Return the id that the form sends along."""
    form_id = uuid4().hex
    request.session[_SESSION_KEY] = [*request.session.get(_SESSION_KEY, []), form_id][
        -_MAX_OPEN_FORMS:
    ]
    return form_id


def close_form(request: HttpRequest, form_id: str) -> bool:
    """Return whether the form was open until now."""
    session = request.session
    with transaction.atomic():
        # The second request of a double click waits here, and then finds the form closed.
        Session.objects.select_for_update().filter(pk=session.session_key).first()
        open_forms = session.load().get(_SESSION_KEY, [])
        if form_id not in open_forms:
            return False
        session[_SESSION_KEY] = [each for each in open_forms if each != form_id]
        session.save()
    return True
