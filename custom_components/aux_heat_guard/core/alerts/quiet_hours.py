"""The hours in which nobody is to be told."""

from datetime import datetime, time, timedelta, tzinfo

from ..account import days


def quiet_hours_end(at: datetime, quiet_hours: tuple[time, time] | None, zone: tzinfo) -> datetime:
    """Find the first instant from this one on at which somebody may be told. Hours are local; they may go over midnight."""
    if quiet_hours is None:
        return at
    start, end = quiet_hours
    local = at.astimezone(zone).time()
    is_quiet = start <= local < end if start <= end else (local >= start or local < end)
    return next_local_time(at, end, zone) if is_quiet else at


def next_local_time(at: datetime, clock_time: time, zone: tzinfo) -> datetime:
    """Find the next instant at which the clock at home shows a time."""
    today = at.astimezone(zone).date()
    # On the day on which the clock is set forward a time may come earlier than the one that it follows.
    candidates = (
        days.local_instant(today + timedelta(days=ahead), clock_time, zone) for ahead in range(3)
    )
    return next(candidate for candidate in candidates if candidate > at)
