"""The hours in which nobody is to be told."""

from datetime import datetime, time, timedelta, tzinfo

from ..account import days


def calm_until(at: datetime, quiet: tuple[time, time] | None, zone: tzinfo) -> datetime:
    """Find the first instant from this one on at which somebody may be told. Hours are local; they may go over midnight."""
    if quiet is None:
        return at
    start, end = quiet
    local = at.astimezone(zone).time()
    is_quiet = start <= local < end if start <= end else (local >= start or local < end)
    return next_time(at, end, zone) if is_quiet else at


def next_time(at: datetime, wanted: time, zone: tzinfo) -> datetime:
    """Find the next instant at which the clock at home shows a time."""
    today = at.astimezone(zone).date()
    # On the day on which the clock is set forward a time may come earlier than the one that it follows.
    candidates = (days.at_time(today + timedelta(days=ahead), wanted, zone) for ahead in range(3))
    return next(candidate for candidate in candidates if candidate > at)
