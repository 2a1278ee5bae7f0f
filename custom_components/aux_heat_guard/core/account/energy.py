"""Energy and cost of aux heat, and the part of both that the heat pump alone would save."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ..curve import interpolate
from ..model import Observation
from ..sense.values import plausible_temperature
from ..settings.guard import (
    MAX_AUX_KW,
    MAX_METER_DIP,
    MAX_METER_KWH,
    MAX_POWER_GAP,
    MAX_STRIPS_OVERLOAD,
    METER_RESET_SHARE,
    METER_STEP_KWH,
    OUTDOOR_STALE,
    POWER_OFF,
    POWER_ON,
    PRICE,
    EnergySource,
    Settings,
)

JOULES_PER_KWH = 3_600_000.0
SECONDS_PER_HOUR = 3600.0
WATTS_PER_KW = 1000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Amounts:
    """Sums over time of energy, cost and outdoor temperature."""

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
            degree_seconds=self.degree_seconds + more.degree_seconds,
            outdoor_seconds=self.outdoor_seconds + more.outdoor_seconds,
            kwh=self.kwh + more.kwh,
            cost=self.cost + more.cost,
            avoidable=self.avoidable + more.avoidable,
            unpriced=self.unpriced + more.unpriced,
            unmeasured=self.unmeasured + more.unmeasured,
        )

    def __sub__(self, earlier: Amounts) -> Amounts:
        return Amounts(
            degree_seconds=self.degree_seconds - earlier.degree_seconds,
            outdoor_seconds=self.outdoor_seconds - earlier.outdoor_seconds,
            kwh=self.kwh - earlier.kwh,
            cost=self.cost - earlier.cost,
            avoidable=self.avoidable - earlier.avoidable,
            unpriced=self.unpriced - earlier.unpriced,
            unmeasured=self.unmeasured - earlier.unmeasured,
        )

    def scale(self, factor: float) -> Amounts:
        """Return a share of the amounts."""
        return Amounts(
            degree_seconds=self.degree_seconds * factor,
            outdoor_seconds=self.outdoor_seconds * factor,
            kwh=self.kwh * factor,
            cost=self.cost * factor,
            avoidable=self.avoidable * factor,
            unpriced=self.unpriced * factor,
            unmeasured=self.unmeasured * factor,
        )

    @property
    def outdoor(self) -> float | None:
        """The mean outdoor temperature in °C; None where it was never known."""
        return self.degree_seconds / self.outdoor_seconds if self.outdoor_seconds > 0 else None


NO_AMOUNTS = Amounts()


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterState:
    """The memory of a power meter or energy counter from one reading to the next."""

    power: float | None = None
    """W"""
    count: float | None = None
    """kWh"""
    read_at: datetime | None = None
    previous_count: float | None = None
    """kWh, where the counter stood before it left its course; None: it is on its course."""
    jumped_at: datetime | None = None
    """When it left its course."""
    counted_since_jump: float = 0.0
    """kWh that were counted since then."""

    def take_reading(
        self, observation: Observation, settings: Settings
    ) -> tuple[MeterState, float]:
        """Return the state after a reading, and the kWh drawn since the previous one."""
        if settings.energy_source is EnergySource.POWER:
            return self._read_power(observation)
        if settings.energy_source is EnergySource.METER:
            return self._read_counter(observation, settings)
        # What a counter gains while another way of counting is chosen must not be counted twice.
        return UNREAD_METER, 0.0

    def without_future_power(self, at: datetime) -> MeterState:
        """Forget a power that was read ahead of the clock, as it is after one that was set back."""
        return replace(self, power=None) if self.read_at is not None and self.read_at > at else self

    def is_continuous_with(self, now: MeterState) -> bool:
        """Return True if two readings of a power meter cover all the time between them."""
        if self.power is None or self.read_at is None or now.read_at is None:
            return False
        return timedelta(0) < now.read_at - self.read_at <= MAX_POWER_GAP

    def unmeasured_interval(self, now: MeterState) -> tuple[datetime, datetime] | None:
        """Return the first minutes of a power meter's silence that was too long to bridge."""
        if (
            self.power is None
            or self.read_at is None
            or now.read_at is None
            or now.read_at - self.read_at <= MAX_POWER_GAP
        ):
            return None
        return self.read_at, self.read_at + MAX_POWER_GAP

    def _read_power(self, observation: Observation) -> tuple[MeterState, float]:
        power = observation.power
        if power is None or not abs(power) <= MAX_AUX_KW * WATTS_PER_KW:
            return self, 0.0
        at = min(observation.power_last_reported or observation.at, observation.at)
        kwh = 0.0
        if self.power is not None and self.read_at is not None:
            if at <= self.read_at <= observation.at:
                return self, 0.0
            passed = at - self.read_at
            if timedelta(0) < passed <= MAX_POWER_GAP:
                kwh = _mean_power(self.power, power) * passed.total_seconds() / JOULES_PER_KWH
        return MeterState(power=power, read_at=at), kwh

    def _read_counter(
        self, observation: Observation, settings: Settings
    ) -> tuple[MeterState, float]:
        count, at = observation.meter_reading, observation.at
        if count is None or not 0 <= count <= MAX_METER_KWH or count == self.count:
            return self, 0.0
        if self.count is None or self.read_at is None:
            return MeterState(count=count, read_at=at), 0.0
        if self.previous_count is not None and self._has_returned(
            self.previous_count, count, at, settings
        ):
            # Below its old level it gains at first what is counted already.
            return MeterState(count=max(count, self.previous_count), read_at=at), max(
                count - self.previous_count - self.counted_since_jump, 0.0
            )
        if self.count * METER_RESET_SHARE < count < self.count:
            # It only seems to go back; what it gains up to where it was is counted already.
            return self, 0.0
        most = _max_kwh(settings, self.read_at, at)
        if count < self.count:
            return self._record_jump(count, at, count if count <= most else 0.0)
        return self._record_growth(count, at, kwh=count - self.count, max_kwh=most)

    def _record_growth(
        self, count: float, at: datetime, *, kwh: float, max_kwh: float
    ) -> tuple[MeterState, float]:
        """Return the meter after its counter grew, and the kWh to count: at most `max_kwh`."""
        if kwh > MAX_AUX_KW * _hours(self.read_at or at, at) + METER_STEP_KWH:
            return self._record_jump(count, at, 0.0)
        kwh = min(kwh, max_kwh)
        if self.previous_count is None or count >= self.previous_count:
            return MeterState(count=count, read_at=at), kwh
        return replace(
            self, count=count, read_at=at, counted_since_jump=self.counted_since_jump + kwh
        ), kwh

    def _record_jump(self, count: float, at: datetime, kwh: float) -> tuple[MeterState, float]:
        """Return the meter after a reading that no consumption explains; its old level is kept."""
        # One that has not grown since it left its course was never on another one.
        strays_on = self.previous_count is not None and self.read_at == self.jumped_at
        level, counted = (
            (self.previous_count, self.counted_since_jump) if strays_on else (self.count, 0.0)
        )
        return MeterState(
            count=count,
            read_at=at,
            previous_count=level,
            jumped_at=at,
            counted_since_jump=counted + kwh,
        ), kwh

    def _has_returned(
        self, previous_count: float, count: float, at: datetime, settings: Settings
    ) -> bool:
        """Return True if a counter has returned to its old level, so it was not reset."""
        left_at, read_at = self.jumped_at or at, self.read_at or at
        if (
            not previous_count * METER_RESET_SHARE
            <= count
            <= previous_count + _max_kwh(settings, left_at, at)
        ):
            return False
        if not 0 <= count - (self.count or 0.0) <= _max_kwh(settings, read_at, at):
            return True
        # It may also have grown so much since a reset, but hardly in one step so soon, and hardly
        # to the very same figure.
        return read_at == left_at and (at - left_at <= MAX_METER_DIP or count == previous_count)


UNREAD_METER = MeterState()


def price_energy(
    kwh: float, conditions: Observation | None, settings: Settings, comparable_share: float = 1.0
) -> Amounts:
    """Price an energy; energy without a price is counted apart.

    Cost that cannot be compared to the heat pump counts as unavoidable.

    Comparable: the share of it, 0 to 1, that was drawn while the outdoor temperature was known.
    """
    price = conditions.price if conditions else None
    if conditions is None or price is None or not PRICE.minimum <= price <= PRICE.maximum:
        return Amounts(kwh=kwh, unpriced=kwh)
    cost = kwh * price
    outdoor = plausible_temperature(conditions.outdoor)
    spared = (
        0.0
        if outdoor is None
        else comparable_share * max(cost, 0.0) * (1 - 1 / interpolate(settings.cop, outdoor))
    )
    return Amounts(kwh=kwh, cost=cost, avoidable=spared)


def outdoor_amounts(start: datetime, end: datetime, conditions: Observation | None) -> Amounts:
    """Sum up how warm it was in a time in which nothing changed."""
    outdoor = plausible_temperature(conditions.outdoor) if conditions else None
    if conditions is None or outdoor is None:
        return NO_AMOUNTS
    known = _fresh_seconds(start, end, conditions)
    return Amounts(degree_seconds=outdoor * known, outdoor_seconds=known)


def aux_amounts(
    start: datetime,
    end: datetime,
    conditions: Observation | None,
    meter: MeterState,
    settings: Settings,
) -> Amounts:
    """Sum up a time in which AUX ran, as far as no reading will tell."""
    seconds = (end - start).total_seconds()
    if settings.energy_source is EnergySource.RATED and seconds > 0:
        fresh = _fresh_seconds(start, end, conditions) if conditions else 0.0
        return price_energy(
            settings.strips_kw * seconds / SECONDS_PER_HOUR, conditions, settings, fresh / seconds
        )
    if settings.energy_source is EnergySource.POWER:
        return Amounts(unmeasured=_unmeasured_seconds(start, end, meter))
    return NO_AMOUNTS


def _fresh_seconds(start: datetime, end: datetime, conditions: Observation) -> float:
    reported = conditions.outdoor_last_reported
    if reported is not None:
        end = min(end, reported + OUTDOOR_STALE)
    return max((end - start).total_seconds(), 0.0)


def _unmeasured_seconds(start: datetime, end: datetime, meter: MeterState) -> float:
    """Return the seconds that no reading of a power meter will cover."""
    if meter.power is not None and meter.read_at is not None:
        start = max(start, meter.read_at + MAX_POWER_GAP)
    return max((end - start).total_seconds(), 0.0)


def _mean_power(before: float, now: float) -> float:
    low, high = sorted((before, now))
    if low <= POWER_OFF.default and high > POWER_ON.default:
        # It did not rise or fall evenly, the strips were switched. A meter that reports changes
        # says so at once; of one that is read by the clock, what is missing at a run's start is
        # too much at its end.
        return before
    return (before + now) / 2


def _max_kwh(settings: Settings, since: datetime, until: datetime) -> float:
    """Return how many kWh this home's strips can make a counter grow by."""
    rated = settings.strips_kw * MAX_STRIPS_OVERLOAD if settings.strips_kw else MAX_AUX_KW
    return min(rated, MAX_AUX_KW) * _hours(since, until) + METER_STEP_KWH


def _hours(since: datetime, until: datetime) -> float:
    return max((until - since).total_seconds(), 0.0) / SECONDS_PER_HOUR
