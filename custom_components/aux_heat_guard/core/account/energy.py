"""What AUX draws, what that costs, and what of it the heat pump alone would have spared."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ..curve import interpolate
from ..model import Observation
from ..sense.signals import temperature
from ..settings.guard import (
    METER_DIP,
    METER_MOST_KWH,
    METER_RESET,
    METER_STEP_KWH,
    MOST_KW,
    OUTDOOR_STALE,
    POWER_GAP,
    POWER_OFF,
    POWER_ON,
    PRICE,
    STRIPS_EXCESS,
    EnergyFrom,
    Settings,
)

JOULES_PER_KWH = 3_600_000.0
SECONDS_PER_HOUR = 3600.0
WATTS_PER_KW = 1000.0


@dataclass(frozen=True, slots=True)
class Amounts:
    """What was drawn and what it cost, and how warm it was outdoors; all summed up over time."""

    degree_seconds: float = 0.0
    """°C times the seconds in which it was that warm outdoors."""
    outdoor_seconds: float = 0.0
    """Seconds in which the outdoor temperature was known."""
    kwh: float = 0.0
    cost: float = 0.0
    """In the home's currency."""
    avoidable: float = 0.0
    """The part of the cost that the heat pump alone would have spared."""
    unpriced: float = 0.0
    """kWh that were drawn while no price was known."""
    unmeasured: float = 0.0
    """Seconds of AUX whose energy nobody measured."""

    def __add__(self, more: Amounts) -> Amounts:
        return Amounts(
            self.degree_seconds + more.degree_seconds,
            self.outdoor_seconds + more.outdoor_seconds,
            self.kwh + more.kwh,
            self.cost + more.cost,
            self.avoidable + more.avoidable,
            self.unpriced + more.unpriced,
            self.unmeasured + more.unmeasured,
        )

    def __sub__(self, earlier: Amounts) -> Amounts:
        return Amounts(
            self.degree_seconds - earlier.degree_seconds,
            self.outdoor_seconds - earlier.outdoor_seconds,
            self.kwh - earlier.kwh,
            self.cost - earlier.cost,
            self.avoidable - earlier.avoidable,
            self.unpriced - earlier.unpriced,
            self.unmeasured - earlier.unmeasured,
        )

    def times(self, factor: float) -> Amounts:
        """Take a part of it."""
        return Amounts(
            self.degree_seconds * factor,
            self.outdoor_seconds * factor,
            self.kwh * factor,
            self.cost * factor,
            self.avoidable * factor,
            self.unpriced * factor,
            self.unmeasured * factor,
        )

    @property
    def outdoor(self) -> float | None:
        """The mean outdoor temperature in °C; None where it was never known."""
        return self.degree_seconds / self.outdoor_seconds if self.outdoor_seconds > 0 else None


NOTHING = Amounts()


@dataclass(frozen=True, slots=True)
class Meter:
    """What must be remembered of a power meter or energy counter from one reading to the next."""

    power: float | None = None
    """W"""
    count: float | None = None
    """kWh"""
    read_at: datetime | None = None
    level: float | None = None
    """kWh, where the counter stood before it left its course; None: it is on its course."""
    left_at: datetime | None = None
    """When it left its course."""
    counted: float = 0.0
    """kWh that were counted since then."""


UNREAD = Meter()


def read(meter: Meter, observation: Observation, settings: Settings) -> tuple[Meter, float]:
    """Take a reading, and tell the kWh that were drawn since the one before."""
    if settings.energy is EnergyFrom.POWER:
        return _by_power(meter, observation)
    if settings.energy is EnergyFrom.METER:
        return _by_count(meter, observation, settings)
    # What a counter gains while another way of counting is chosen must not be counted twice.
    return UNREAD, 0.0


def as_of(meter: Meter, at: datetime) -> Meter:
    """Forget a power that was read ahead of the clock, as it is after one that was set back."""
    return replace(meter, power=None) if meter.read_at is not None and meter.read_at > at else meter


def bridges(before: Meter, now: Meter) -> bool:
    """Tell whether a power meter's two readings tell of all the time between them."""
    if before.power is None or before.read_at is None or now.read_at is None:
        return False
    return timedelta(0) < now.read_at - before.read_at <= POWER_GAP


def silence(before: Meter, now: Meter) -> tuple[datetime, datetime] | None:
    """Find the first minutes of a power meter's silence, where only its end has shown that it was too long to bridge."""
    if (
        before.power is None
        or before.read_at is None
        or now.read_at is None
        or now.read_at - before.read_at <= POWER_GAP
    ):
        return None
    return before.read_at, before.read_at + POWER_GAP


def drawn(
    kwh: float, conditions: Observation | None, settings: Settings, comparable: float = 1.0
) -> Amounts:
    """Price an energy. What cannot be priced is told apart; what cannot be compared to the heat pump counts as unavoidable.

    Comparable: the share of it, 0 to 1, that was drawn while the outdoor temperature was known.
    """
    price = conditions.price if conditions else None
    if conditions is None or price is None or not PRICE.minimum <= price <= PRICE.maximum:
        return Amounts(kwh=kwh, unpriced=kwh)
    cost = kwh * price
    outdoor = temperature(conditions.outdoor)
    spared = (
        0.0
        if outdoor is None
        else comparable * max(cost, 0.0) * (1 - 1 / interpolate(settings.cop, outdoor))
    )
    return Amounts(kwh=kwh, cost=cost, avoidable=spared)


def passed(start: datetime, end: datetime, conditions: Observation | None) -> Amounts:
    """Sum up how warm it was in a time in which nothing changed."""
    outdoor = temperature(conditions.outdoor) if conditions else None
    if conditions is None or outdoor is None:
        return NOTHING
    known = _fresh_seconds(start, end, conditions)
    return Amounts(outdoor * known, known)


def drawn_by_aux(
    start: datetime, end: datetime, conditions: Observation | None, meter: Meter, settings: Settings
) -> Amounts:
    """Sum up a time in which AUX ran, as far as no reading will tell."""
    seconds = (end - start).total_seconds()
    if settings.energy is EnergyFrom.RATED and seconds > 0:
        fresh = _fresh_seconds(start, end, conditions) if conditions else 0.0
        return drawn(
            settings.strips_kw * seconds / SECONDS_PER_HOUR, conditions, settings, fresh / seconds
        )
    if settings.energy is EnergyFrom.POWER:
        return Amounts(unmeasured=_silent_seconds(start, end, meter))
    return NOTHING


def _fresh_seconds(start: datetime, end: datetime, conditions: Observation) -> float:
    reported = conditions.outdoor_reported
    if reported is not None:
        end = min(end, reported + OUTDOOR_STALE)
    return max((end - start).total_seconds(), 0.0)


def _silent_seconds(start: datetime, end: datetime, meter: Meter) -> float:
    """Tell for how long no reading of a power meter will tell what was drawn."""
    if meter.power is not None and meter.read_at is not None:
        start = max(start, meter.read_at + POWER_GAP)
    return max((end - start).total_seconds(), 0.0)


def _by_power(meter: Meter, observation: Observation) -> tuple[Meter, float]:
    power = observation.power
    if power is None or not abs(power) <= MOST_KW * WATTS_PER_KW:
        return meter, 0.0
    at = min(observation.power_reported or observation.at, observation.at)
    kwh = 0.0
    if meter.power is not None and meter.read_at is not None:
        if at <= meter.read_at <= observation.at:
            return meter, 0.0
        passed = at - meter.read_at
        if timedelta(0) < passed <= POWER_GAP:
            kwh = _mean_power(meter.power, power) * passed.total_seconds() / JOULES_PER_KWH
    return Meter(power=power, read_at=at), kwh


def _mean_power(before: float, now: float) -> float:
    low, high = sorted((before, now))
    if low <= POWER_OFF.default and high > POWER_ON.default:
        # It did not rise or fall evenly, the strips were switched. A meter that reports changes says so at once; of one that is read by the
        # clock, what is missing at a run's start is too much at its end.
        return before
    return (before + now) / 2


def _by_count(meter: Meter, observation: Observation, settings: Settings) -> tuple[Meter, float]:
    count, at = observation.meter, observation.at
    if count is None or not 0 <= count <= METER_MOST_KWH or count == meter.count:
        return meter, 0.0
    if meter.count is None or meter.read_at is None:
        return Meter(count=count, read_at=at), 0.0
    if meter.level is not None and _is_back(meter, meter.level, count, at, settings):
        # Below its old level it gains at first what is counted already.
        return Meter(count=max(count, meter.level), read_at=at), max(
            count - meter.level - meter.counted, 0.0
        )
    if meter.count * METER_RESET < count < meter.count:
        # It only seems to go back; what it gains up to where it was is counted already.
        return meter, 0.0
    most = _most_drawn(settings, meter.read_at, at)
    if count < meter.count:
        return _leave_course(meter, count, at, count if count <= most else 0.0)
    return _count_growth(meter, count, at, kwh=count - meter.count, most=most)


def _count_growth(
    meter: Meter, count: float, at: datetime, *, kwh: float, most: float
) -> tuple[Meter, float]:
    """Return the meter after its counter grew by `kWh`, and the kWh to count: at most `most`."""
    if kwh > MOST_KW * _hours(meter.read_at or at, at) + METER_STEP_KWH:
        return _leave_course(meter, count, at, 0.0)
    kwh = min(kwh, most)
    if meter.level is None or count >= meter.level:
        return Meter(count=count, read_at=at), kwh
    return replace(meter, count=count, read_at=at, counted=meter.counted + kwh), kwh


def _leave_course(meter: Meter, count: float, at: datetime, kwh: float) -> tuple[Meter, float]:
    """Return the meter after a reading that no consumption explains. It keeps the previous level, to which the counter may return."""
    # One that has not grown since it left its course was never on another one.
    strays_on = meter.level is not None and meter.read_at == meter.left_at
    level, counted = (meter.level, meter.counted) if strays_on else (meter.count, 0.0)
    return Meter(count=count, read_at=at, level=level, left_at=at, counted=counted + kwh), kwh


def _is_back(meter: Meter, level: float, count: float, at: datetime, settings: Settings) -> bool:
    """Return True if a counter is where it would be had it never left its course at a level: it was not reset then."""
    left_at, read_at = meter.left_at or at, meter.read_at or at
    if not level * METER_RESET <= count <= level + _most_drawn(settings, left_at, at):
        return False
    if not 0 <= count - (meter.count or 0.0) <= _most_drawn(settings, read_at, at):
        return True
    # It may also have grown so much since a reset, but hardly in one step so soon, and hardly to the very same figure.
    return read_at == left_at and (at - left_at <= METER_DIP or count == level)


def _most_drawn(settings: Settings, since: datetime, until: datetime) -> float:
    """Return how many kWh this home's strips can make a counter grow by."""
    rated = settings.strips_kw * STRIPS_EXCESS if settings.strips_kw else MOST_KW
    return min(rated, MOST_KW) * _hours(since, until) + METER_STEP_KWH


def _hours(since: datetime, until: datetime) -> float:
    return max((until - since).total_seconds(), 0.0) / SECONDS_PER_HOUR
