"""Values as JSON has them, read with care. Instants are seconds since 1970 in UTC."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from math import isnan
from typing import Any

type Json = dict[str, Any]

LARGEST = 1e15
"""Of any number: with six decimals it is still told from its neighbours, and sums of it stay finite."""

MOST_SECONDS = 1e10
"""Of a sum of time. Nobody counts for three centuries, and this long after any instant there is still a calendar."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
"""A clock that was never set starts here."""

LATEST = datetime(9000, 1, 1, tzinfo=UTC)
"""Calendars end soon after, and no window may reach over their end."""


class UnsoundError(Exception):
    """The data are not (or not in all their parts) what this version writes."""


def clamp(value: float, most: float = LARGEST) -> float:
    """Return a number that can be read again; one that is none as 0."""
    return 0.0 if isnan(value) else min(max(value, -most), most)


def moment(at: datetime | None) -> float | None:
    """Write an instant, or that there is none."""
    return None if at is None else at.timestamp()


def maybe_instant(value: object) -> datetime | None:
    """Read an instant, or that there is none. Raises UnsoundError."""
    return None if value is None else instant(value)


def sequence(data: object) -> Sequence[Any]:
    """Read a list. Raises UnsoundError."""
    if not isinstance(data, list):
        raise UnsoundError
    return data


def numbers(data: object, count: int) -> list[float]:
    """Read so many numbers. Raises UnsoundError."""
    values = [number(value) for value in sequence(data)]
    if len(values) != count:
        raise UnsoundError
    return values


def number(value: object) -> float:
    """Read a number. Raises UnsoundError."""
    # Python reads NaN, infinities and whole numbers of any length from JSON; its comparison with those is exact.
    if (
        isinstance(value, bool)
        or not isinstance(value, int | float)
        or not -LARGEST <= value <= LARGEST
    ):
        raise UnsoundError
    return float(value)


def instant(value: object) -> datetime:
    """Read an instant. Raises UnsoundError."""
    return later(EPOCH, value)


def later(start: datetime, seconds: object) -> datetime:
    """Add seconds to an instant. What is further off than calendars reach is no instant. Raises UnsoundError."""
    try:
        at = start + timedelta(seconds=number(seconds))
    except OverflowError as error:
        raise UnsoundError from error
    if not EPOCH <= at <= LATEST:
        raise UnsoundError
    return at
