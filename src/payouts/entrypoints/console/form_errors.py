"""Errors of the domain as errors of a form."""

from collections.abc import Callable

from django.core.exceptions import ValidationError

from payouts.domain.errors import DomainError, InvalidValueError


def to_form_error(error: DomainError) -> ValidationError:
    return ValidationError(str(error), code=error.code)


def accept[Value](parse: Callable[[str], Value], text: str) -> Value:
    """Let the domain parse the input, as the API does; raise ValidationError."""
    try:
        return parse(text)
    except InvalidValueError as error:
        raise to_form_error(error) from error
