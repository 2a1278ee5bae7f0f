"""The one place that reads states: what the sources say, in the core's units."""

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
"""In the home's unit."""

UNUSABLE_STATES = frozenset({STATE_UNAVAILABLE, STATE_UNKNOWN})
WEATHER = f"{WEATHER_DOMAIN}."


@dataclass(frozen=True, slots=True)
class SourceSnapshot:
    """What was seen at one instant, and the thermostat's own state."""

    observation: Observation
    thermostat: State | None
    unavailable: frozenset[str]
    """The sources that say nothing."""
    unpriced_tariff: str | None = None
    """A tariff that holds and has no price."""


@dataclass(frozen=True, slots=True)
class FeedData:
    """What was fetched before: what is forecast, and what a schedule wants."""

    forecast: Forecast = NO_FORECAST
    schedule: tuple[tuple[datetime, float], ...] = ()


NO_FEED_DATA = FeedData()


def observe(
    hass: HomeAssistant,
    guard_config: GuardConfig,
    at: datetime,
    feed_data: FeedData = NO_FEED_DATA,
    command_context_ids: Collection[str] = (),
) -> SourceSnapshot:
    """Read all sources of a guard as they are now; a state with one of the contexts of our commands, by id, is their answer."""
    states = {entity_id: hass.states.get(entity_id) for entity_id in guard_config.watched}
    observation = build_observation(
        states, guard_config, at, hass.config.units.temperature_unit, feed_data, command_context_ids
    )
    gone = [
        entity_id
        for entity_id, state in states.items()
        if state is None or state.state in UNUSABLE_STATES
    ]
    return SourceSnapshot(
        observation,
        states[guard_config.thermostat],
        frozenset(gone),
        _unpriced_tariff(guard_config.price, states),
    )


def get_available_state(hass: HomeAssistant, entity_id: str) -> State | None:
    """Read what can be told something; None where it is not there, or not available: Home Assistant passes over it without a word."""
    state = hass.states.get(entity_id)
    return None if state is None or state.state in UNUSABLE_STATES else state


def relevant_attributes(guard_config: GuardConfig) -> dict[str, tuple[str, ...]]:
    """Find which attributes of each source matter; its state always does."""
    names = {entity_id: {ATTR_UNIT_OF_MEASUREMENT} for entity_id in guard_config.watched}
    names[guard_config.thermostat] |= {*MIRRORED_ATTRIBUTES}
    for other in guard_config.others:
        names[other].add(ATTR_HVAC_ACTION)
    signs = [signal.source for signal in guard_config.settings.signals]
    for source in (guard_config.outdoor, guard_config.power, guard_config.meter, *signs):
        if source is not None and source.attribute is not None:
            names[source.entity_id].add(source.attribute)
    for entity_id in guard_config.watched:
        if entity_id.startswith(WEATHER):
            names[entity_id] |= {ATTR_WEATHER_TEMPERATURE, ATTR_WEATHER_TEMPERATURE_UNIT}
    return {entity_id: tuple(sorted(wanted)) for entity_id, wanted in names.items()}


def is_unchanged(before: State | None, now: State | None, attributes: Iterable[str]) -> bool:
    """Tell whether a source still says what it said, as far as these attributes and its state go."""
    if before is None or now is None or before.state != now.state:
        return False
    said, says = before.attributes, now.attributes
    if said is says:
        return True
    # A plain loop: this is asked at each event of each source.
    for name in attributes:  # noqa: SIM110
        if said.get(name) != says.get(name):
            return False
    return True


def build_observation(  # noqa: PLR0913, PLR0917 -- all that makes an observation
    states: Mapping[str, State | None],
    guard_config: GuardConfig,
    at: datetime,
    home_unit: str,
    feed_data: FeedData = NO_FEED_DATA,
    command_context_ids: Collection[str] = (),
) -> Observation:
    """Make of the given states of a guard's sources what they say. It reads past states as well as present ones."""
    outdoor = _state(states, guard_config.outdoor)
    power = _state(states, guard_config.power)
    reported, changed = _report_times(guard_config.settings.signals, states)
    return Observation(
        at,
        readings=tuple([_read_signal(signal, states) for signal in guard_config.settings.signals]),
        last_reported=reported,
        last_changed=changed,
        known_values=_words(guard_config.settings.signals, states),
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
    """Take the state or attribute of a source as it stands; None where there is none, or of a type that means nothing."""
    if state is None:
        return None
    if source.attribute is None:
        return state.state
    if state.state == STATE_UNAVAILABLE:
        # What it still says is what it said before it went.
        return None
    value = state.attributes.get(source.attribute)
    if isinstance(value, str):
        return value
    if isinstance(value, list | tuple | set | frozenset):
        return tuple(_word(item) for item in value)
    return value if isinstance(value, bool | int | float) else None


def _state(states: Mapping[str, State | None], source: Source | None) -> State | None:
    return None if source is None else states.get(source.entity_id)


def _word(item: object) -> str:
    try:
        return str(item)
    except ValueError:
        # Python does not write out whole numbers of thousands of digits.
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
    """Return for each signal when its source reported last, and since when it says what it says."""
    reported: list[datetime | None] = []
    changed: list[datetime | None] = []
    for signal in signals:
        state = None if signal.source is None else states.get(signal.source.entity_id)
        is_there = state is not None and state.state not in UNUSABLE_STATES
        reported.append(state.last_reported if state is not None and is_there else None)
        changed.append(state.last_updated if state is not None and is_there else None)
    return tuple(reported), tuple(changed)


def _words(
    signals: tuple[Signal, ...], states: Mapping[str, State | None]
) -> tuple[frozenset[str], ...]:
    """Return for each signal the words that its source can say; nothing where no signal reads words."""
    if not _reads_words(signals):
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
def _reads_words(signals: tuple[Signal, ...]) -> bool:
    return any(signal.reads_listed_values for signal in signals)


def _convert_power(value: Raw, unit: object, wanted: str) -> Raw:
    if unit == wanted:
        return value
    measured = read_number(value)
    if (
        measured is None
        or not isinstance(unit, str)
        or unit not in PowerConverter.VALID_UNITS
        or wanted not in PowerConverter.VALID_UNITS
    ):
        return None
    return PowerConverter.convert(measured, unit, wanted)


def _convert_to_minutes(value: Raw, unit: object) -> Raw:
    # Two hours that become 120 minutes have not grown.
    measured = read_number(value)
    if measured is None or not isinstance(unit, str) or unit not in DurationConverter.VALID_UNITS:
        return value
    return round(DurationConverter.convert(measured, unit, UnitOfTime.MINUTES), 3)


def _read_thermostat(
    state: State | None, home_unit: str, command_context_ids: Collection[str]
) -> Thermostat:
    if state is None or state.state in UNUSABLE_STATES:
        return Thermostat()
    attributes = state.attributes
    action = attributes.get(ATTR_HVAC_ACTION)
    setpoint, preset = attributes.get(ATTR_TEMPERATURE), attributes.get(ATTR_PRESET_MODE)
    return Thermostat(
        hvac_mode=state.state,
        hvac_action=action if action and isinstance(action, str) else None,
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
    """Read whether another thermostat of the same equipment calls for heat; its temperatures are of no use here."""
    if state is None or state.state in UNUSABLE_STATES:
        return Thermostat()
    action = state.attributes.get(ATTR_HVAC_ACTION)
    return Thermostat(
        hvac_mode=state.state, hvac_action=action if action and isinstance(action, str) else None
    )


def _author_of(context: Context, command_context_ids: Collection[str]) -> Author:
    """Return who made a state. Automations have a parent, and mostly no user."""
    if context.id in command_context_ids or context.parent_id in command_context_ids:
        return Author.GUARD
    if context.user_id is not None:
        return Author.PERSON
    return Author.UNKNOWN if context.parent_id is None else Author.AUTOMATION


def _read_grid(step: Any, home_unit: str) -> Grid:  # noqa: ANN401
    """Find which setpoints it has. A thermostat that does not say is one of whole °F or half °C, as thermostats are."""
    measured = read_number(step)
    return _build_grid(
        measured if measured is not None and FINEST_STEP <= measured <= COARSEST_STEP else None,
        home_unit,
    )


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
        # Weather has a unit of its own, whatever the home's is.
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
        # Attributes have no unit of their own.
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
    return (
        state.state
        if state and state.state not in UNUSABLE_STATES and price.price_for(state.state) is None
        else None
    )
