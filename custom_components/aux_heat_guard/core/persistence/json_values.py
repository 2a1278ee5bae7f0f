"""Checked decoding of JSON values. Instants are seconds since 1970 in UTC."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from math import isnan
from typing import Any

type Json = dict[str, Any]

MAX_NUMBER = 1e15
"""Limit of any number: six decimals stay exact, and sums stay finite."""

MAX_SECONDS = 1e10
"""The largest sum of time in seconds: three centuries, which calendars can still hold."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
"""The earliest instant: a clock that was never set starts here."""

MAX_INSTANT = datetime(9000, 1, 1, tzinfo=UTC)
"""The latest instant. Calendars end soon after, and no window may exceed their end."""


class InvalidDataError(Exception):
    """Error for data that this version would not write."""


def limit_number(value: float, maximum: float = MAX_NUMBER) -> float:
    """Return a number within the readable range; NaN becomes 0."""
    return 0.0 if isnan(value) else min(max(value, -maximum), maximum)


def encode_instant(at: datetime | None) -> float | None:
    """Return an instant as JSON; None stays None."""
    return None if at is None else at.timestamp()


def decode_optional_instant(value: object) -> datetime | None:
    """Decode an instant or None. Raises InvalidDataError."""
    return None if value is None else decode_instant(value)


def decode_list(data: object) -> Sequence[Any]:
    """Decode a list. Raises InvalidDataError."""
    if not isinstance(data, list):
        raise InvalidDataError
    return data


def decode_numbers(data: object, count: int) -> list[float]:
    """Decode a list of `count` numbers. Raises InvalidDataError."""
    values = [decode_number(value) for value in decode_list(data)]
    if len(values) != count:
        raise InvalidDataError
    return values


def decode_number(value: object) -> float:
    """Decode a number. Raises InvalidDataError."""
    # Python reads NaN, infinities and integers of any length from JSON.
    if (
        isinstance(value, bool)
        or not isinstance(value, int | float)
        or not -MAX_NUMBER <= value <= MAX_NUMBER
    ):
        raise InvalidDataError
    return float(value)


def decode_instant(value: object) -> datetime:
    """Decode an instant. Raises InvalidDataError."""
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
