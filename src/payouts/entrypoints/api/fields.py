"""Serializer fields that never coerce: a value of the wrong type or form is refused."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Any, cast

from drf_spectacular.drainage import set_override
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from payouts.domain.errors import InvalidValueError
from payouts.entrypoints.api.parser import Number

# What PostgreSQL's bigint holds.
LARGEST_ID = 2**63 - 1

_LONGEST_ECHO = 64


def one_of[Choice: StrEnum](choices: type[Choice], *, code: str) -> Callable[[str], Choice]:
    """Return a parser for the exact names of the choices; other texts fail with `code`."""

    def read(text: str) -> Choice:
        try:
            return choices(text)
        except ValueError as error:
            message = f"Give one of {', '.join(choices)}."
            raise serializers.ValidationError(message, code=code) from error

    return read


class StrictSerializer(serializers.Serializer[Any]):
    """A serializer that refuses unknown fields."""

    @classmethod
    def read(cls, data: Mapping[str, Any], *, partial: bool = False) -> Any:
        """Return the parsed values; raise ValidationError that names each invalid field."""
        serializer = cls(data=data, partial=partial)
        serializer.is_valid(raise_exception=True)
        return serializer.validated_data

    def to_internal_value(self, data: Mapping[str, Any]) -> Any:
        unknown = {
            name[:_LONGEST_ECHO]: [
                serializers.ErrorDetail("There is no such field.", code="unknown_field")
            ]
            for name in data
            if name not in self.fields
        }
        try:
            values = super().to_internal_value(data)
        except serializers.ValidationError as error:
            known = cast("dict[str, Any]", error.detail)
            raise serializers.ValidationError({**known, **unknown}) from error
        if unknown:
            raise serializers.ValidationError(unknown)
        return values


class StrictField(serializers.Field[Any, Any, Any, Any]):
    def accept[Raw](self, parse: Callable[[Raw], Any], raw: Raw) -> Any:
        """Let the domain parse the value; its error becomes the field's error."""
        try:
            return parse(raw)
        except InvalidValueError as error:
            raise serializers.ValidationError(str(error), code=error.code) from error


class TextField(StrictField):
    """A string that `parse` turns into a value; `shape` is its OpenAPI schema."""

    default_error_messages = {"wrong_type": "Give a string."}

    def __init__(
        self,
        *,
        parse: Callable[[str], Any],
        shape: Mapping[str, Any] = MappingProxyType({}),
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.parse = parse
        set_override(self, "field", {"type": "string", **shape})

    def to_internal_value(self, data: Any) -> Any:
        if not _is_string(data):
            self.fail("wrong_type")
        return self.accept(self.parse, data)


class OptionalTextField(TextField):
    """A text that may be absent, null or "", which all mean the same."""

    def __init__(self, *, parse: Callable[[str], Any], **options: Any) -> None:
        super().__init__(
            parse=lambda text: parse(text) if text else "",
            required=False,
            allow_null=True,
            **options,
        )

    def run_validation(self, data: Any = serializers.empty) -> Any:
        return super().run_validation("" if data is None else data)


class TextListField(StrictField):
    """A JSON array of strings, each of which `parse` turns into a value; repetitions are dropped.

    `shape` is the OpenAPI schema of one.
    """

    default_error_messages = {"wrong_type": "Give an array of strings."}

    def __init__(
        self,
        *,
        parse: Callable[[str], Any],
        shape: Mapping[str, Any] = MappingProxyType({}),
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.parse = parse
        set_override(self, "field", {"type": "array", "items": {"type": "string", **shape}})

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, list) or not all(_is_string(text) for text in data):
            self.fail("wrong_type")
        return list(dict.fromkeys(self.accept(self.parse, text) for text in data))


class ObjectField(StrictField):
    """A JSON object of strings that `parse` turns into a value."""

    default_error_messages = {"wrong_type": "Give an object whose values are strings."}

    def __init__(
        self,
        *,
        parse: Callable[[dict[str, str]], Any],
        shape: Mapping[str, Any] = MappingProxyType({}),
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.parse = parse
        values = {"type": "string"}
        set_override(self, "field", {"type": "object", "additionalProperties": values, **shape})

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, dict) or not all(_is_string(value) for value in data.values()):
            self.fail("wrong_type")
        return self.accept(self.parse, data)


@extend_schema_field(
    {
        "oneOf": [
            {"type": "string", "pattern": r"^(0|[1-9][0-9]{0,15})(\.[0-9]{1,4})?$"},
            {"type": "number", "exclusiveMinimum": 0},
        ],
        "description": "Above 0, in plain decimal notation, with the currency's decimals at most.",
        "example": "100.00",
    }
)
class AmountField(StrictField):
    """An amount as it was written, as a string or a number; Money.parse needs the currency too."""

    default_error_messages = {"wrong_type": "Give a string or a number."}

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("wrong_type")
        return str(data)


@extend_schema_field({"type": "integer", "format": "int64", "minimum": 1, "example": 1})
class IdField(StrictField):
    default_error_messages = {"wrong_type": "Give an integer."}

    def to_internal_value(self, data: Any) -> int:
        if not isinstance(data, Number) or not data.lstrip("-").isdecimal():
            self.fail("wrong_type")
        return clamp_id(data)


@extend_schema_field(OpenApiTypes.BOOL)
class FlagField(StrictField):
    default_error_messages = {"wrong_type": "Give true or false."}

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("wrong_type")
        return bool(data)


def _is_string(value: object) -> bool:
    return isinstance(value, str) and not isinstance(value, Number)


def clamp_id(digits: str) -> int:
    """Read an integer of any length; 0, which is no id, stands for one too large for bigint."""
    beginning = int(digits[: len(str(LARGEST_ID)) + 1])
    return beginning if 0 < beginning <= LARGEST_ID else 0
