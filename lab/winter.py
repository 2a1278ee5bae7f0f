"""The weather of a winter by the minute, as it acts on a home and as it was forecast."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

MINUTES_PER_HOUR = 60


@dataclass(frozen=True, slots=True)
class Winter:
    """A winter from its first hour on. Lists have one value an hour."""

    begin: datetime
    """The first hour, in UTC, which is taken for the clock at home."""
    outdoor_c: tuple[float, ...]
    """°C at each full hour; between two it goes evenly."""
    sun_w_per_m2: tuple[float, ...]
    """W/m² on level ground, the mean of the hour."""

    def __post_init__(self) -> None:
        """Refuse a winter whose lists do not fit."""
        if len(self.outdoor_c) != len(self.sun_w_per_m2) or not self.outdoor_c:
            raise ValueError("a winter has one outdoor temperature and one sun for each of its hours")

    @property
    def minutes(self) -> int:
        """Tell how long it is."""
        return MINUTES_PER_HOUR * len(self.outdoor_c)

    @property
    def days(self) -> float:
        """Tell how many days that is."""
        return len(self.outdoor_c) / 24

    def at(self, minute: int) -> datetime:
        """Name a minute of it."""
        return self.begin + timedelta(minutes=minute)

    def outdoor(self, minute: int) -> float:
        """Tell the outdoor temperature at a minute, °C."""
        hour, past = divmod(minute, MINUTES_PER_HOUR)
        now = self.outdoor_c[hour]
        following = self.outdoor_c[min(hour + 1, len(self.outdoor_c) - 1)]
        return now + (following - now) * past / MINUTES_PER_HOUR

    def sun(self, minute: int) -> float:
        """Tell the sun on level ground at a minute, W/m²."""
        return self.sun_w_per_m2[minute // MINUTES_PER_HOUR]

    def ahead(self, minute: int, hours: int) -> Sequence[tuple[datetime, float]]:
        """Forecast, perfectly, what it will be outdoors in the hours to come: (instant, °C)."""
        hour = minute // MINUTES_PER_HOUR
        return [(self.begin + timedelta(hours=at), self.outdoor_c[at]) for at in range(hour, min(hour + hours, len(self.outdoor_c)))]

    def colder(self, by_k: float) -> Winter:
        """Make it as much colder."""
        return replace(self, outdoor_c=tuple(outdoor - by_k for outdoor in self.outdoor_c))
