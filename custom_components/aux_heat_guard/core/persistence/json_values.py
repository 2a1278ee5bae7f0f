"""Values as JSON has them, read with care. Instants are seconds since 1970 in UTC."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from math import isnan
from typing import Any

type Json = dict[str, Any]

MAX_NUMBER = 1e15
"""Limit of any number: six decimals stay exact, and sums stay finite."""

MAX_SECONDS = 1e10
"""Limit of a sum of time: three centuries, within which calendars still work."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
"""A clock that was never set starts here."""

MAX_INSTANT = datetime(9000, 1, 1, tzinfo=UTC)
"""Calendars end soon after, and no window may reach over their end."""


class InvalidDataError(Exception):
    """The data are not (or not in all their parts) what this version writes."""


def limit_number(value: float, maximum: float = MAX_NUMBER) -> float:
    """Return a number within the readable range; NaN becomes 0."""
    return 0.0 if isnan(value) else min(max(value, -maximum), maximum)


def encode_instant(at: datetime | None) -> float | None:
    """Write an instant, or that there is none."""
    return None if at is None else at.timestamp()


def decode_optional_instant(value: object) -> datetime | None:
    """Read an instant, or that there is none. Raises InvalidDataError."""
    return None if value is None else decode_instant(value)


def decode_list(data: object) -> Sequence[Any]:
    """Read a list. Raises InvalidDataError."""
    if not isinstance(data, list):
        raise InvalidDataError
    return data


def decode_numbers(data: object, count: int) -> list[float]:
    """Read so many numbers. Raises InvalidDataError."""
    values = [decode_number(value) for value in decode_list(data)]
    if len(values) != count:
        raise InvalidDataError
    return values


def decode_number(value: object) -> float:
    """Read a number. Raises InvalidDataError."""
    # Python reads NaN, infinities and integers of any length from JSON.
    if (
        isinstance(value, bool)
        or not isinstance(value, int | float)
        or not -MAX_NUMBER <= value <= MAX_NUMBER
    ):
        raise InvalidDataError
    return float(value)


def decode_instant(value: object) -> datetime:
    """Read an instant. Raises InvalidDataError."""
    return add_seconds(EPOCH, value)


def add_seconds(start: datetime, seconds: object) -> datetime:
    """Add seconds to an instant. Raises InvalidDataError beyond the calendar."""
    try:
        at = start + timedelta(seconds=decode_number(seconds))
    except OverflowError as error:
        raise InvalidDataError from error
    if not EPOCH <= at <= MAX_INSTANT:
        raise InvalidDataError
    return at
