"""Check constraints that work with every supported version of Django."""

from typing import Any

import django
from django.db.models import CheckConstraint, Q

# Django 5.1 renamed the argument, Django 6.0 drops the old name.
_CONDITION = "condition" if django.VERSION >= (5, 1) else "check"


class Check(CheckConstraint):
    """A CheckConstraint whose condition is called `rule`, whatever Django calls the argument."""

    def __init__(self, *, rule: Q, name: str) -> None:
        arguments: dict[str, Any] = {_CONDITION: rule, "name": name}
        super().__init__(**arguments)
        self.rule = rule

    def deconstruct(self) -> tuple[str, tuple[()], dict[str, Any]]:
        path = f"{type(self).__module__}.{type(self).__qualname__}"
        return path, (), {"rule": self.rule, "name": self.name}
