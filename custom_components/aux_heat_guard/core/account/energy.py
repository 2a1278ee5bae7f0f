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
    """The integral of the known outdoor temperature over time, in °C times seconds."""
    outdoor_seconds: float = 0.0
    """Seconds in which the outdoor temperature was known."""
    kwh: float = 0.0
    cost: float = 0.0
    """The cost in the home's currency."""
    avoidable: float = 0.0
    """The part of the cost that the heat pump alone would have saved."""
    unpriced: float = 0.0
    """The energy in kWh that was drawn while no price was known."""
    unmeasured: float = 0.0
    """Seconds of aux heat without measured energy."""

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
        """The mean outdoor temperature in °C, or None if it was never known."""
        return self.degree_seconds / self.outdoor_seconds if self.outdoor_seconds > 0 else None


NO_AMOUNTS = Amounts()


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterState:
    """The memory of a power meter or energy counter from one reading to the next."""

    power: float | None = None
    """The last power in W."""
    count: float | None = None
    """The last reading of the counter in kWh."""
    read_at: datetime | None = None
    previous_count: float | None = None
    """The reading in kWh before the counter jumped, or None if there was no jump."""
    jumped_at: datetime | None = None
    """The time of the jump."""
    counted_since_jump: float = 0.0
    """The energy in kWh that was counted since the jump."""

    def take_reading(
        self, observation: Observation, settings: Settings
    ) -> tuple[MeterState, float]:
        """Return the state after a reading, and the kWh drawn since the previous one."""
        if settings.energy_source is EnergySource.POWER:
            return self._read_power(observation)
        if settings.energy_source is EnergySource.METER:
            return self._read_counter(observation, settings)
        # The growth of a counter while another energy source is chosen must not be counted twice.
        return UNREAD_METER, 0.0

    def without_future_power(self, at: datetime) -> MeterState:
        """Return the state without a power that was read before the clock was set back."""
        return replace(self, power=None) if self.read_at is not None and self.read_at > at else self

    def is_continuous_with(self, now: MeterState) -> bool:
        """Return True if two readings of a power meter cover all the time between them."""
        if self.power is None or self.read_at is None or now.read_at is None:
            return False
        return timedelta(0) < now.read_at - self.read_at <= MAX_POWER_GAP

    def unmeasured_interval(self, now: MeterState) -> tuple[datetime, datetime] | None:
        """Return the start of a power meter's silence that is too long to bridge, or None."""
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
            # Up to the previous reading, the growth of the counter is counted already.
            return MeterState(count=max(count, self.previous_count), read_at=at), max(
                count - self.previous_count - self.counted_since_jump, 0.0
            )
        if self.count * METER_RESET_SHARE < count < self.count:
            # A small step back is inaccuracy. The growth up to the last reading is counted already.
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
        """Return the meter, with its old level, after a reading that consumption cannot explain."""
        # A counter that has not grown since an earlier jump keeps the level before that jump.
        has_not_grown = self.previous_count is not None and self.read_at == self.jumped_at
        level, counted = (
            (self.previous_count, self.counted_since_jump) if has_not_grown else (self.count, 0.0)
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
        # After a reset, the counter could also have grown to this level, but hardly in one step so
        # soon, and hardly to exactly the same figure.
        return read_at == left_at and (at - left_at <= MAX_METER_DIP or count == previous_count)


UNREAD_METER = MeterState()


def price_energy(
    kwh: float, conditions: Observation | None, settings: Settings, comparable_share: float = 1.0
) -> Amounts:
    """Return the amounts of an energy in kWh with its cost, or as unpriced if no price is known.

    `comparable_share` is the share of the energy, 0 to 1, that was drawn while the outdoor
    temperature was known. The cost of the rest counts as unavoidable.
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
    """Return the outdoor temperature of an interval without changes, as amounts."""
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
    """Return the amounts of an interval with aux heat that no later reading will contain."""
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
        # The strips were switched, so the power did not change evenly. A meter that reports
        # changes does so at once. For a polled meter, the power missing at the start of a run
        # is made up for at its end.
        return before
    return (before + now) / 2


def _max_kwh(settings: Settings, since: datetime, until: datetime) -> float:
    """Return the largest energy in kWh that this home's strips can add to a counter."""
    rated = settings.strips_kw * MAX_STRIPS_OVERLOAD if settings.strips_kw else MAX_AUX_KW
    return min(rated, MAX_AUX_KW) * _hours(since, until) + METER_STEP_KWH


def _hours(since: datetime, until: datetime) -> float:
    return max((until - since).total_seconds(), 0.0) / SECONDS_PER_HOUR
