"""The hours without notifications, except those of critical alerts."""

from datetime import datetime, time, timedelta, tzinfo

from ..account import days


def quiet_hours_end(at: datetime, quiet_hours: tuple[time, time] | None, zone: tzinfo) -> datetime:
    """Return the first instant from `at` on that is outside the quiet hours.

    The hours are local, and may span midnight.
    """
    if quiet_hours is None:
        return at
    start, end = quiet_hours
    local = at.astimezone(zone).time()
    is_quiet = start <= local < end if start <= end else (local >= start or local < end)
    return next_local_time(at, end, zone) if is_quiet else at


def next_local_time(at: datetime, clock_time: time, zone: tzinfo) -> datetime:
    """Return the next instant at which the local clock shows a time."""
    today = at.astimezone(zone).date()
    # On the day the clock is set forward, a later time may come before an earlier one.
    candidates = (
        days.local_instant(today + timedelta(days=ahead), clock_time, zone) for ahead in range(3)
    )
    return next(candidate for candidate in candidates if candidate > at)
