"""The weather of a winter by the minute, as it acts on a home and as it was forecast."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random

MINUTES_PER_HOUR = 60
HOURS_PER_DAY = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Winter:
    """A winter from its first hour on. Lists have one value an hour."""

    begin: datetime
    """The first hour, in UTC, which is taken for the clock at home."""
    outdoor_c: tuple[float, ...]
    """°C at each full hour; between two it goes evenly."""
    sun_w_per_m2: tuple[float, ...]
    """W/m² on level ground, the mean of the hour."""
    forecast_c: tuple[float, ...] = ()
    """°C at each full hour as it was forecast; empty: as it comes."""

    def __post_init__(self) -> None:
        """Raise ValueError if the lists do not match."""
        if len(self.outdoor_c) != len(self.sun_w_per_m2) or not self.outdoor_c:
            raise ValueError(
                "a winter has one outdoor temperature and one sun for each of its hours"
            )
        if self.forecast_c and len(self.forecast_c) != len(self.outdoor_c):
            raise ValueError("what is forecast of a winter is so for each of its hours")

    @property
    def minutes(self) -> int:
        """The length of the winter, min."""
        return MINUTES_PER_HOUR * len(self.outdoor_c)

    @property
    def days(self) -> float:
        """The length of the winter, days."""
        return len(self.outdoor_c) / HOURS_PER_DAY

    def instant_at(self, minute: int) -> datetime:
        """Return the instant of a minute."""
        return self.begin + timedelta(minutes=minute)

    def outdoor_at(self, minute: int) -> float:
        """Return the outdoor temperature at a minute, °C."""
        hour, past = divmod(minute, MINUTES_PER_HOUR)
        now = self.outdoor_c[hour]
        following = self.outdoor_c[min(hour + 1, len(self.outdoor_c) - 1)]
        return now + (following - now) * past / MINUTES_PER_HOUR

    def sun_at(self, minute: int) -> float:
        """Return the sun on level ground at a minute, W/m²."""
        return self.sun_w_per_m2[minute // MINUTES_PER_HOUR]

    def forecast_from(self, minute: int, hours: int) -> Sequence[tuple[datetime, float]]:
        """Return the forecast of the coming hours: (instant, °C)."""
        hour, forecast = minute // MINUTES_PER_HOUR, self.forecast_c or self.outdoor_c
        return [
            (self.begin + timedelta(hours=at), forecast[at])
            for at in range(hour, min(hour + hours, len(forecast)))
        ]

    def colder_by(self, by_k: float) -> Winter:
        """Return a winter that is colder by some K, forecasts included."""
        outdoor, forecast = (
            tuple(one - by_k for one in hours) for hours in (self.outdoor_c, self.forecast_c)
        )
        return replace(self, outdoor_c=outdoor, forecast_c=forecast)

    def with_forecast_errors(self, error_k: float, seed: int) -> Winter:
        """Return a winter whose daily forecasts are wrong with this standard deviation, K."""
        random = Random(seed)  # noqa: S311 -- nothing is secret
        errors = [
            random.gauss(0.0, error_k) for _ in range(len(self.outdoor_c) // HOURS_PER_DAY + 1)
        ]
        forecast = tuple(
            outdoor + errors[hour // HOURS_PER_DAY] for hour, outdoor in enumerate(self.outdoor_c)
        )
        return replace(self, forecast_c=forecast)

    def slice_days(self, first: int, count: int) -> Winter:
        """Return some days of the winter; its first day is 0."""
        hours = slice(first * HOURS_PER_DAY, (first + count) * HOURS_PER_DAY)
        begin = self.begin + timedelta(days=first)
        return Winter(
            begin=begin,
            outdoor_c=self.outdoor_c[hours],
            sun_w_per_m2=self.sun_w_per_m2[hours],
            forecast_c=self.forecast_c[hours],
        )
