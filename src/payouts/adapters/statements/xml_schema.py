"""Decimals and times in the lexical forms of W3C XML Schema 1.1 part 2."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Final

# The characters that `whiteSpace="collapse"` removes from both ends.
_WHITE_SPACE: Final = " \t\r\n"
_DECIMAL: Final = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)")
_TIME: Final = re.compile(
    r"(?P<date>[0-9]{4}-[0-9]{2}-[0-9]{2})"
    r"(T(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2}):(?P<second>[0-9]{2})(\.(?P<fraction>[0-9]+))?)?"
    r"(?P<zone>Z|(?P<sign>[+-])(?P<zone_hour>[0-9]{2}):(?P<zone_minute>[0-9]{2}))?"
)
_LONGEST_ECHO: Final = 40
_DAY: Final = timedelta(days=1)
_LAST_MOMENT: Final = datetime.max.replace(tzinfo=UTC)
_FIRST_MOMENT: Final = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Moment:
    """An xs:date or xs:dateTime: it lasts from `start` to `end`, exclusive, in UTC.

    `end` is one unit of the last part that is written after `start`: a day, a second or a fraction
    of one. `day` is the date as written, which ends at `end_of_day`. `is_midnight` means that the
    time is 00:00:00.
    """

    start: datetime
    end: datetime
    day: str
    end_of_day: datetime
    is_midnight: bool = False


def read_decimal(text: str) -> Decimal:
    """Read an xs:decimal that is not negative; raise ValueError.

    Section 3.3.3 allows a sign, leading and trailing zeros, and no digit on one side of the point.
    """
    digits = text.strip(_WHITE_SPACE)
    if not _DECIMAL.fullmatch(digits):
        raise ValueError(f"{shorten(text)} is not an amount")
    amount = Decimal(digits)
    if amount < 0:
        raise ValueError(f"the amount {shorten(digits)} is negative")
    return amount.copy_abs()  # "-0.00" is not negative, and abs() would round


def read_moment(text: str) -> Moment:
    """Read an xs:date or xs:dateTime, in UTC if it names no zone; raise ValueError.

    24:00:00 is the end of the day (section 3.3.7), and the second 60 is a leap second (ISO 8601).
    Times outside the years 1 to 9999 of UTC become the first or the last moment of these years.
    """
    match = _TIME.fullmatch(text.strip(_WHITE_SPACE))
    if not match:
        raise ValueError(f"{shorten(text)} is not a date or time")
    parts = match.groupdict()
    day = datetime.fromisoformat(parts["date"]).replace(tzinfo=_zone(parts))
    end_of_day = _shift(day, _DAY)
    if parts["hour"] is None:
        return Moment(_shift(day), end_of_day, parts["date"], end_of_day)
    offset, step = _time_of_day(parts)
    start, end = _shift(day, offset), _shift(day, offset + step)
    return Moment(start, end, parts["date"], end_of_day, is_midnight=not offset)


def shorten(text: str) -> str:
    """Quote a text for an error message, on one line."""
    quoted = repr(text[:_LONGEST_ECHO])
    return f"{quoted}..." if len(text) > _LONGEST_ECHO else quoted


def _time_of_day(parts: dict[str, str]) -> tuple[timedelta, timedelta]:
    """Return the time since midnight, and the unit of its last part."""
    hour, minute, second = (int(parts[name]) for name in ("hour", "minute", "second"))
    fraction = (parts["fraction"] or "")[:6]
    offset = timedelta(
        hours=hour, minutes=minute, seconds=second, microseconds=int(fraction.ljust(6, "0"))
    )
    if minute > 59 or second > 60 or offset > _DAY:  # noqa: PLR2004  the limits of ISO 8601
        raise ValueError(f"{parts['date']} has no time {hour:02}:{minute:02}:{second:02}")
    is_end_of_day = hour == 24  # noqa: PLR2004
    return offset, timedelta(microseconds=0 if is_end_of_day else 10 ** (6 - len(fraction)))


def _zone(parts: dict[str, str]) -> timezone:
    if not parts["sign"]:
        return UTC
    offset = timedelta(hours=int(parts["zone_hour"]), minutes=int(parts["zone_minute"]))
    return timezone(-offset if parts["sign"] == "-" else offset)


def _shift(day: datetime, by: timedelta = timedelta()) -> datetime:
    try:
        return (day.replace(tzinfo=UTC) - (day.utcoffset() or timedelta())) + by
    except OverflowError:
        return _LAST_MOMENT if day.year > 1 else _FIRST_MOMENT
