"""What AUX draws, what that costs, and what of it the heat pump alone would have spared."""

from dataclasses import astuple, dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from ..model import Observation
from ..settings import METER_RESET, METER_STEP_KWH, MOST_KW, OUTDOOR_STALE, POWER_GAP, EnergyFrom, Settings

JOULES_PER_KWH = 3_600_000.0
SECONDS_PER_HOUR = 3600.0


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
        return self + earlier.times(-1.0)

    def times(self, factor: float) -> Amounts:
        """Take a part of it."""
        return Amounts(*(factor * amount for amount in astuple(self)))

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


UNREAD = Meter()


def read(meter: Meter, observation: Observation, settings: Settings) -> tuple[Meter, float]:
    """Take a reading, and tell the kWh that were drawn since the one before."""
    if settings.energy is EnergyFrom.POWER:
        return _by_power(meter, observation)
    if settings.energy is EnergyFrom.METER:
        return _by_count(meter, observation)
    return meter, 0.0


def drawn(kwh: float, conditions: Observation | None, settings: Settings) -> Amounts:
    """Price an energy. What cannot be priced is told apart; what cannot be compared to the heat pump counts as unavoidable."""
    price = conditions.price if conditions else None
    if price is None:
        return Amounts(kwh=kwh, unpriced=kwh)
    cost = kwh * price
    outdoor = conditions.outdoor if conditions else None
    spared = 0.0 if outdoor is None else max(cost, 0.0) * (1 - 1 / efficiency(settings.cop, outdoor))
    return Amounts(kwh=kwh, cost=cost, avoidable=spared)


def passed(start: datetime, end: datetime, conditions: Observation | None) -> Amounts:
    """Sum up how warm it was in a time in which nothing changed."""
    if conditions is None or conditions.outdoor is None:
        return NOTHING
    reported = conditions.outdoor_reported
    fresh_until = end if reported is None else min(end, reported + OUTDOOR_STALE)
    known = max((fresh_until - start).total_seconds(), 0.0)
    return Amounts(degree_seconds=conditions.outdoor * known, outdoor_seconds=known)


def drawn_by_aux(start: datetime, end: datetime, conditions: Observation | None, meter: Meter, settings: Settings) -> Amounts:
    """Sum up a time in which AUX ran, as far as no reading will tell."""
    seconds = (end - start).total_seconds()
    if settings.energy is EnergyFrom.RATED:
        return drawn(settings.strips_kw * seconds / SECONDS_PER_HOUR, conditions, settings)
    if settings.energy is EnergyFrom.POWER and (meter.power is None or meter.read_at is None or end - meter.read_at > POWER_GAP):
        return Amounts(unmeasured=seconds)
    return NOTHING


def efficiency(cop: tuple[tuple[float, float], ...], outdoor: float) -> float:
    """Read the heat pump's heat per electricity off its curve at an outdoor temperature in °C."""
    if outdoor <= cop[0][0]:
        return cop[0][1]
    for (low, at_low), (high, at_high) in pairwise(cop):
        if outdoor < high:
            return at_low + (at_high - at_low) * (outdoor - low) / (high - low)
    return cop[-1][1]


def _by_power(meter: Meter, observation: Observation) -> tuple[Meter, float]:
    power = observation.power
    if power is None:
        return meter, 0.0
    at = min(observation.power_reported or observation.at, observation.at)
    kwh = 0.0
    if meter.power is not None and meter.read_at is not None:
        if at == meter.read_at:
            return meter, 0.0
        # Between two readings the power went from the one to the other.
        if timedelta(0) < at - meter.read_at <= POWER_GAP:
            kwh = (meter.power + power) / 2 * (at - meter.read_at).total_seconds() / JOULES_PER_KWH
    return Meter(power=power, read_at=at), kwh


def _by_count(meter: Meter, observation: Observation) -> tuple[Meter, float]:
    count = observation.meter
    if count is None or count == meter.count:
        return meter, 0.0
    now = Meter(count=count, read_at=observation.at)
    if meter.count is None or meter.read_at is None:
        return now, 0.0
    if meter.count * METER_RESET < count < meter.count:
        # It only seems to go back; what it gains up to where it was is counted already.
        return meter, 0.0
    kwh = count - meter.count if count > meter.count else count
    most = MOST_KW * (max((observation.at - meter.read_at).total_seconds(), 0.0) / SECONDS_PER_HOUR) + METER_STEP_KWH
    return now, kwh if kwh <= most else 0.0
