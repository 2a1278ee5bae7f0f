"""The only reader of states for decisions: builds observations in the core's units."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from homeassistant.components.climate.const import (
    ATTR_CURRENT_TEMPERATURE,
    ATTR_HVAC_ACTION,
    ATTR_MAX_TEMP,
    ATTR_MIN_TEMP,
    ATTR_PRESET_MODE,
    ATTR_TARGET_TEMP_HIGH,
    ATTR_TARGET_TEMP_LOW,
    ATTR_TARGET_TEMP_STEP,
)
from homeassistant.components.weather.const import (
    ATTR_WEATHER_TEMPERATURE,
    ATTR_WEATHER_TEMPERATURE_UNIT,
)
from homeassistant.components.weather.const import DOMAIN as WEATHER_DOMAIN
from homeassistant.const import (
    ATTR_TEMPERATURE,
    ATTR_UNIT_OF_MEASUREMENT,
    STATE_UNAVAILABLE,
    STATE_UNKNOWN,
    UnitOfEnergy,
    UnitOfPower,
    UnitOfTemperature,
    UnitOfTime,
)
from homeassistant.core import Context, HomeAssistant, State
from homeassistant.util.unit_conversion import DurationConverter, PowerConverter

from ..core.model import NO_FORECAST, Author, Forecast, Grid, Observation, Raw, Source, Thermostat
from ..core.sense.signals import NO_KNOWN_VALUES
from ..core.sense.values import read_number
from ..core.settings.signal import Signal
from ..core.units import celsius_from_fahrenheit, kelvin_from_fahrenheit
from ..options.energy import FixedPrice, Price, TariffPrice
from ..options.guard import GuardConfig
from .known_words import list_known_words
from .mirror import MIRRORED_ATTRIBUTES
from .units import celsius, kilowatt_hours, price_per_kwh, watts

FINEST_STEP, COARSEST_STEP = 0.1, 5.0
"""The limits of a plausible setpoint step, in the home's unit."""

UNUSABLE_STATES = frozenset({STATE_UNAVAILABLE, STATE_UNKNOWN})
WEATHER = f"{WEATHER_DOMAIN}."


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceSnapshot:
    """An observation, with what only the shell needs to know of the same instant."""

    observation: Observation
    thermostat: State | None
    """The state of the guarded thermostat, for the matching climate entity."""
    unavailable: frozenset[str]
    """The entity ids of the sources without a usable state."""
    unpriced_tariff: str | None = None
    """The current tariff, if it has no price."""


@dataclass(frozen=True, slots=True)
class FeedData:
    """The parts of an observation that are not read from states, but fetched earlier."""

    forecast: Forecast = NO_FORECAST
    schedule: tuple[tuple[datetime, float], ...] = ()
    """The setpoints of the schedule as (start, °C), in order."""


NO_FEED_DATA = FeedData()


def observe(
    hass: HomeAssistant,
    guard_config: GuardConfig,
    at: datetime,
    feed_data: FeedData = NO_FEED_DATA,
    command_context_ids: Collection[str] = (),
) -> SourceSnapshot:
    """Read all sources of a guard as they are now.

    A state with one of the command contexts was changed by a command of the guard.
    """
    states = {entity_id: hass.states.get(entity_id) for entity_id in guard_config.watched}
    observation = build_observation(
        states, guard_config, at, hass.config.units.temperature_unit, feed_data, command_context_ids
    )
    return SourceSnapshot(
        observation=observation,
        thermostat=states[guard_config.thermostat],
        unavailable=frozenset(
            [entity_id for entity_id, state in states.items() if not _is_usable(state)]
        ),
        unpriced_tariff=_unpriced_tariff(guard_config.price, states),
    )


def get_available_state(hass: HomeAssistant, entity_id: str) -> State | None:
    """Return the state of an entity that can take a command, or None if it cannot.

    Home Assistant ignores commands to unavailable entities without an error.
    """
    state = hass.states.get(entity_id)
    return state if _is_usable(state) else None


def relevant_attributes(guard_config: GuardConfig) -> dict[str, tuple[str, ...]]:
    """Return the attributes of each source that the guard reads beside its state."""
    names = {entity_id: {ATTR_UNIT_OF_MEASUREMENT} for entity_id in guard_config.watched}
    names[guard_config.thermostat] |= {*MIRRORED_ATTRIBUTES}
    for other in guard_config.others:
        names[other].add(ATTR_HVAC_ACTION)
    signals = [signal.source for signal in guard_config.settings.signals]
    for source in (guard_config.outdoor, guard_config.power, guard_config.meter, *signals):
        if source is not None and source.attribute is not None:
            names[source.entity_id].add(source.attribute)
    for entity_id in guard_config.watched:
        if entity_id.startswith(WEATHER):
            names[entity_id] |= {ATTR_WEATHER_TEMPERATURE, ATTR_WEATHER_TEMPERATURE_UNIT}
    return {entity_id: tuple(sorted(attributes)) for entity_id, attributes in names.items()}


def is_unchanged(before: State | None, now: State | None, attributes: Iterable[str]) -> bool:
    """Return True if the state and the given attributes of a source are the same as before."""
    if before is None or now is None or before.state != now.state:
        return False
    old, new = before.attributes, now.attributes
    if old is new:
        return True
    # A plain loop is faster, and this runs at each event of each source.
    for name in attributes:  # noqa: SIM110
        if old.get(name) != new.get(name):
            return False
    return True


def build_observation(  # noqa: PLR0913, PLR0917 -- an observation has that many origins
    states: Mapping[str, State | None],
    guard_config: GuardConfig,
    at: datetime,
    home_unit: str,
    feed_data: FeedData = NO_FEED_DATA,
    command_context_ids: Collection[str] = (),
) -> Observation:
    """Build an observation from the states of a guard's sources, current or recorded."""
    outdoor = _state(states, guard_config.outdoor)
    power = _state(states, guard_config.power)
    last_reported, last_changed = _report_times(guard_config.settings.signals, states)
    return Observation(
        at=at,
        readings=tuple([_read_signal(signal, states) for signal in guard_config.settings.signals]),
        last_reported=last_reported,
        last_changed=last_changed,
        known_values=_known_values(guard_config.settings.signals, states),
        thermostat=_read_thermostat(
            states.get(guard_config.thermostat), home_unit, command_context_ids
        ),
        other_thermostats=tuple(
            [_read_other_thermostat(states.get(entity_id)) for entity_id in guard_config.others]
        ),
        outdoor=_read_outdoor(outdoor, guard_config.outdoor, home_unit),
        outdoor_last_reported=outdoor.last_reported if outdoor else None,
        power=_read_quantity(power, guard_config.power, watts, UnitOfPower.WATT),
        power_last_reported=power.last_reported if power else None,
        meter_reading=_read_quantity(
            _state(states, guard_config.meter),
            guard_config.meter,
            kilowatt_hours,
            UnitOfEnergy.KILO_WATT_HOUR,
        ),
        price=_read_price(guard_config.price, states),
        forecast=feed_data.forecast,
        schedule=feed_data.schedule,
    )


def read_raw_value(state: State | None, source: Source) -> Raw:
    """Return the state or attribute of a source, or None if it is missing or of an unknown type."""
    if state is None:
        return None
    if source.attribute is None:
        return state.state
    if state.state == STATE_UNAVAILABLE:
        # The attributes of an unavailable entity are old.
        return None
    value = state.attributes.get(source.attribute)
    if isinstance(value, str):
        return value
    if isinstance(value, list | tuple | set | frozenset):
        return tuple(_to_text(item) for item in value)
    return value if isinstance(value, bool | int | float) else None


def _is_usable(state: State | None) -> bool:
    return state is not None and state.state not in UNUSABLE_STATES


def _state(states: Mapping[str, State | None], source: Source | None) -> State | None:
    return None if source is None else states.get(source.entity_id)


def _to_text(item: object) -> str:
    try:
        return str(item)
    except ValueError:
        # Python refuses to write an integer of thousands of digits.
        return "a number too long to write"


def _read_signal(signal: Signal, states: Mapping[str, State | None]) -> Raw:
    if signal.source is None:
        return None
    state = states.get(signal.source.entity_id)
    value = read_raw_value(state, signal.source)
    if state is None or signal.source.attribute is not None:
        return value
    unit = state.attributes.get(ATTR_UNIT_OF_MEASUREMENT)
    if signal.unit is not None:
        return _convert_power(value, unit, signal.unit)
    return _convert_to_minutes(value, unit) if signal.reads_minutes else value


type _Instants = tuple[datetime | None, ...]


def _report_times(
    signals: tuple[Signal, ...], states: Mapping[str, State | None]
) -> tuple[_Instants, _Instants]:
    """Return for each signal when its source last reported, and when it last changed."""
    reported: list[datetime | None] = []
    changed: list[datetime | None] = []
    for signal in signals:
        state = None if signal.source is None else states.get(signal.source.entity_id)
        usable = state if _is_usable(state) else None
        reported.append(None if usable is None else usable.last_reported)
        changed.append(None if usable is None else usable.last_updated)
    return tuple(reported), tuple(changed)


def _known_values(
    signals: tuple[Signal, ...], states: Mapping[str, State | None]
) -> tuple[frozenset[str], ...]:
    """Return the known values of each signal's source, or nothing if no signal compares values."""
    if not _compares_values(signals):
        return ()
    return tuple(
        [
            list_known_words(states.get(signal.source.entity_id), signal.source)
            if signal.source is not None and signal.reads_listed_values
            else NO_KNOWN_VALUES
            for signal in signals
        ]
    )


@lru_cache(maxsize=64)
def _compares_values(signals: tuple[Signal, ...]) -> bool:
    return any(signal.reads_listed_values for signal in signals)


def _convert_power(value: Raw, unit: object, to_unit: str) -> Raw:
    if unit == to_unit:
        return value
    number = read_number(value)
    if (
        number is None
        or not isinstance(unit, str)
        or unit not in PowerConverter.VALID_UNITS
        or to_unit not in PowerConverter.VALID_UNITS
    ):
        return None
    return PowerConverter.convert(number, unit, to_unit)


def _convert_to_minutes(value: Raw, unit: object) -> Raw:
    # A counter whose unit changes from hours to minutes has not grown.
    number = read_number(value)
    if number is None or not isinstance(unit, str) or unit not in DurationConverter.VALID_UNITS:
        return value
    return round(DurationConverter.convert(number, unit, UnitOfTime.MINUTES), 3)


def _read_thermostat(
    state: State | None, home_unit: str, command_context_ids: Collection[str]
) -> Thermostat:
    if state is None or state.state in UNUSABLE_STATES:
        return Thermostat()
    attributes = state.attributes
    setpoint, preset = attributes.get(ATTR_TEMPERATURE), attributes.get(ATTR_PRESET_MODE)
    return Thermostat(
        hvac_mode=state.state,
        hvac_action=_read_action(state),
        room=celsius(attributes.get(ATTR_CURRENT_TEMPERATURE), home_unit),
        setpoint=celsius(
            attributes.get(ATTR_TARGET_TEMP_LOW) if setpoint is None else setpoint, home_unit
        ),
        max_setpoint=celsius(attributes.get(ATTR_MAX_TEMP), home_unit),
        min_setpoint=celsius(attributes.get(ATTR_MIN_TEMP), home_unit),
        cooling_setpoint=celsius(attributes.get(ATTR_TARGET_TEMP_HIGH), home_unit)
        if setpoint is None
        else None,
        preset=preset if isinstance(preset, str) else None,
        grid=_read_grid(attributes.get(ATTR_TARGET_TEMP_STEP), home_unit),
        is_manual_change=state.context.user_id is not None,
        author=_author_of(state.context, command_context_ids),
        last_reported=state.last_reported,
        last_changed=state.last_updated,
    )


def _read_other_thermostat(state: State | None) -> Thermostat:
    """Read the mode and action of another thermostat. Its temperatures are not used."""
    if state is None or state.state in UNUSABLE_STATES:
        return Thermostat()
    return Thermostat(hvac_mode=state.state, hvac_action=_read_action(state))


def _read_action(state: State) -> str | None:
    action = state.attributes.get(ATTR_HVAC_ACTION)
    return action if action and isinstance(action, str) else None


def _author_of(context: Context, command_context_ids: Collection[str]) -> Author:
    """Return who changed a state. The context of an automation has a parent and mostly no user."""
    if context.id in command_context_ids or context.parent_id in command_context_ids:
        return Author.GUARD
    if context.user_id is not None:
        return Author.PERSON
    return Author.UNKNOWN if context.parent_id is None else Author.AUTOMATION


def _read_grid(step: Any, home_unit: str) -> Grid:  # noqa: ANN401
    """Return the grid of a thermostat's setpoints.

    A thermostat without a valid step has one of 1 °F or 0.5 °C, as most thermostats do.
    """
    number = read_number(step)
    is_valid = number is not None and FINEST_STEP <= number <= COARSEST_STEP
    return _build_grid(number if is_valid else None, home_unit)


@lru_cache
def _build_grid(step: float | None, home_unit: str) -> Grid:
    if home_unit == UnitOfTemperature.FAHRENHEIT:
        return Grid(kelvin_from_fahrenheit(step or 1.0), celsius_from_fahrenheit(0))
    return Grid(step or 0.5, 0.0)


def _read_outdoor(state: State | None, source: Source | None, home_unit: str) -> float | None:
    if state is None or source is None or state.state == STATE_UNAVAILABLE:
        return None
    attributes = state.attributes
    if source.entity_id.startswith(WEATHER):
        # A weather entity states its own unit.
        value = attributes.get(source.attribute or ATTR_WEATHER_TEMPERATURE)
        return celsius(value, attributes.get(ATTR_WEATHER_TEMPERATURE_UNIT))
    if source.attribute is not None:
        return celsius(attributes.get(source.attribute), home_unit)
    return celsius(state.state, attributes.get(ATTR_UNIT_OF_MEASUREMENT))


def _read_quantity(
    state: State | None,
    source: Source | None,
    read: Callable[[Any, object], float | None],
    bare_unit: str,
) -> float | None:
    if state is None or source is None:
        return None
    if source.attribute is not None:
        # An attribute has no unit of its own.
        return read(read_raw_value(state, source), bare_unit)
    return read(state.state, state.attributes.get(ATTR_UNIT_OF_MEASUREMENT))


def _read_price(price: Price | None, states: Mapping[str, State | None]) -> float | None:
    if price is None or isinstance(price, FixedPrice):
        return price.price if price else None
    state = states.get(price.entity_id)
    if state is None:
        return None
    if isinstance(price, TariffPrice):
        return price.price_for(state.state)
    return price_per_kwh(state.state, state.attributes.get(ATTR_UNIT_OF_MEASUREMENT))


def _unpriced_tariff(price: Price | None, states: Mapping[str, State | None]) -> str | None:
    if not isinstance(price, TariffPrice):
        return None
    state = states.get(price.entity_id)
    if state is None or state.state in UNUSABLE_STATES or price.price_for(state.state) is not None:
        return None
    return state.state
