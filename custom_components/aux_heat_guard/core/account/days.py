"""Days, weeks, months and heating seasons in the home's time zone. A day is 23, 24 or 25 hours."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """The starts of the calendar windows that hold an instant, and the end of its day; all UTC."""

    day: datetime
    week: datetime
    month: datetime
    season: datetime
    day_end: datetime

    def contains(self, at: datetime) -> bool:
        """Return True if an instant lies in this day."""
        return self.day <= at < self.day_end


HOUR = timedelta(hours=1)


def bounds(at: datetime, zone: tzinfo, season_start_month: int) -> Bounds:
    """Return the calendar windows around an instant. Weeks start on Monday."""
    today = at.astimezone(zone).date()
    # A clock set forward over midnight shows the new date before the skipped midnight;
    # one set back over midnight shows the old date again after midnight.
    if midnight(today, zone) > at:
        today -= timedelta(days=1)
    if midnight(today + timedelta(days=1), zone) <= at:
        today += timedelta(days=1)
    season_year = today.year if today.month >= season_start_month else today.year - 1
    return Bounds(
        day=midnight(today, zone),
        week=midnight(today - timedelta(days=today.weekday()), zone),
        month=midnight(today.replace(day=1), zone),
        season=midnight(date(season_year, season_start_month, 1), zone),
        day_end=midnight(today + timedelta(days=1), zone),
    )


def next_hour(at: datetime) -> datetime:
    """Return the next full hour of UTC."""
    return at.replace(minute=0, second=0, microsecond=0) + HOUR


def midnight(day: date, zone: tzinfo) -> datetime:
    """Return when a local day starts, in UTC."""
    return local_instant(day, time.min, zone)


def local_instant(day: date, clock_time: time, zone: tzinfo) -> datetime:
    """Return when the clock at home first shows a time on a day, in UTC."""
    return datetime.combine(day, clock_time, tzinfo=zone).astimezone(UTC)
