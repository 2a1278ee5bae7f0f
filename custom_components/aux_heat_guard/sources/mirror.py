"""The thermostat as its wrapper shows it: the source's state, field by field, with whatever makes no sense left out."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

from homeassistant.components.climate.const import (
    ATTR_CURRENT_HUMIDITY,
    ATTR_CURRENT_TEMPERATURE,
    ATTR_FAN_MODE,
    ATTR_FAN_MODES,
    ATTR_HUMIDITY,
    ATTR_HVAC_ACTION,
    ATTR_HVAC_MODES,
    ATTR_MAX_HUMIDITY,
    ATTR_MAX_TEMP,
    ATTR_MIN_HUMIDITY,
    ATTR_MIN_TEMP,
    ATTR_PRESET_MODE,
    ATTR_PRESET_MODES,
    ATTR_SWING_HORIZONTAL_MODE,
    ATTR_SWING_HORIZONTAL_MODES,
    ATTR_SWING_MODE,
    ATTR_SWING_MODES,
    ATTR_TARGET_HUMIDITY_STEP,
    ATTR_TARGET_TEMP_HIGH,
    ATTR_TARGET_TEMP_LOW,
    ATTR_TARGET_TEMP_STEP,
    DEFAULT_MAX_HUMIDITY,
    DEFAULT_MAX_TEMP,
    DEFAULT_MIN_HUMIDITY,
    DEFAULT_MIN_TEMP,
    ClimateEntityFeature,
    HVACAction,
    HVACMode,
)
from homeassistant.const import (
    ATTR_SUPPORTED_FEATURES,
    ATTR_TEMPERATURE,
    STATE_UNAVAILABLE,
    UnitOfTemperature,
)
from homeassistant.core import State
from homeassistant.util.unit_conversion import TemperatureConverter

from ..core.model import HEATING_MODES
from ..core.sense.values import read_number

ALL_FEATURES = sum(ClimateEntityFeature)
NUMERIC = (int, float)
"""As a tuple: a union would be made anew at each look."""

MAX_ABSOLUTE_VALUE = 1e6
"""Of temperatures and humidities: what is beyond makes no sense, and some of it Home Assistant cannot write down."""

DISPLAY_TOLERANCE = 0.05
"""Nearer than a tenth, which is the finest that is shown."""

MIRRORED_ATTRIBUTES = (
    ATTR_SUPPORTED_FEATURES,
    ATTR_HVAC_MODES,
    ATTR_HVAC_ACTION,
    ATTR_CURRENT_TEMPERATURE,
    ATTR_TEMPERATURE,
    ATTR_TARGET_TEMP_LOW,
    ATTR_TARGET_TEMP_HIGH,
    ATTR_TARGET_TEMP_STEP,
    ATTR_MIN_TEMP,
    ATTR_MAX_TEMP,
    ATTR_CURRENT_HUMIDITY,
    ATTR_HUMIDITY,
    ATTR_TARGET_HUMIDITY_STEP,
    ATTR_MIN_HUMIDITY,
    ATTR_MAX_HUMIDITY,
    ATTR_FAN_MODE,
    ATTR_FAN_MODES,
    ATTR_PRESET_MODE,
    ATTR_PRESET_MODES,
    ATTR_SWING_MODE,
    ATTR_SWING_MODES,
    ATTR_SWING_HORIZONTAL_MODE,
    ATTR_SWING_HORIZONTAL_MODES,
)


@dataclass(frozen=True, slots=True)
class Mirror:
    """A thermostat. Temperatures in the home's unit, as all climate states are."""

    available: bool
    supported_features: ClimateEntityFeature
    hvac_mode: HVACMode | None
    hvac_modes: list[HVACMode]
    hvac_action: HVACAction | None
    current_temperature: float | None
    target_temperature: float | None
    target_temperature_low: float | None
    target_temperature_high: float | None
    target_temperature_step: float | None
    min_temp: float
    max_temp: float
    current_humidity: float | None
    target_humidity: float | None
    target_humidity_step: int | None
    min_humidity: float
    max_humidity: float
    fan_mode: str | None
    fan_modes: list[str] | None
    preset_mode: str | None
    preset_modes: list[str] | None
    swing_mode: str | None
    swing_modes: list[str] | None
    swing_horizontal_mode: str | None
    swing_horizontal_modes: list[str] | None


def build_mirror(state: State | None, home_unit: str) -> Mirror:
    """Reflect a climate state; a thermostat that is not there is not available."""
    attributes: Mapping[str, Any] = state.attributes if state else {}
    return Mirror(
        available=state is not None and state.state != STATE_UNAVAILABLE,
        supported_features=_features(attributes.get(ATTR_SUPPORTED_FEATURES)),
        hvac_mode=_mode(state.state if state else None),
        hvac_modes=[
            mode for item in _list(attributes.get(ATTR_HVAC_MODES)) or [] if (mode := _mode(item))
        ],
        hvac_action=_action(attributes.get(ATTR_HVAC_ACTION)),
        current_temperature=_number(attributes.get(ATTR_CURRENT_TEMPERATURE)),
        target_temperature=_number(attributes.get(ATTR_TEMPERATURE)),
        target_temperature_low=_number(attributes.get(ATTR_TARGET_TEMP_LOW)),
        target_temperature_high=_number(attributes.get(ATTR_TARGET_TEMP_HIGH)),
        target_temperature_step=_number(attributes.get(ATTR_TARGET_TEMP_STEP)),
        min_temp=_default_to(
            _number(attributes.get(ATTR_MIN_TEMP)), _from_celsius(DEFAULT_MIN_TEMP, home_unit)
        ),
        max_temp=_default_to(
            _number(attributes.get(ATTR_MAX_TEMP)), _from_celsius(DEFAULT_MAX_TEMP, home_unit)
        ),
        current_humidity=_number(attributes.get(ATTR_CURRENT_HUMIDITY)),
        target_humidity=_number(attributes.get(ATTR_HUMIDITY)),
        target_humidity_step=_whole_number(attributes.get(ATTR_TARGET_HUMIDITY_STEP)),
        min_humidity=_default_to(_number(attributes.get(ATTR_MIN_HUMIDITY)), DEFAULT_MIN_HUMIDITY),
        max_humidity=_default_to(_number(attributes.get(ATTR_MAX_HUMIDITY)), DEFAULT_MAX_HUMIDITY),
        fan_mode=_text(attributes.get(ATTR_FAN_MODE)),
        fan_modes=_list(attributes.get(ATTR_FAN_MODES)),
        preset_mode=_text(attributes.get(ATTR_PRESET_MODE)),
        preset_modes=_list(attributes.get(ATTR_PRESET_MODES)),
        swing_mode=_text(attributes.get(ATTR_SWING_MODE)),
        swing_modes=_list(attributes.get(ATTR_SWING_MODES)),
        swing_horizontal_mode=_text(attributes.get(ATTR_SWING_HORIZONTAL_MODE)),
        swing_horizontal_modes=_list(attributes.get(ATTR_SWING_HORIZONTAL_MODES)),
    )


def with_heating_setpoint(mirror: Mirror, setpoint: float) -> Mirror:
    """Show another heating setpoint, in the home's unit, where it is another one: 70 stays 70 and does not become 70.0.

    Of a range it is never shown above the cooling setpoint.
    """
    is_range = mirror.target_temperature is None
    if is_range and mirror.target_temperature_high is not None:
        setpoint = min(setpoint, mirror.target_temperature_high)
    shown = mirror.target_temperature_low if is_range else mirror.target_temperature
    if (
        mirror.hvac_mode not in HEATING_MODES
        or shown is None
        or abs(shown - setpoint) < DISPLAY_TOLERANCE
    ):
        return mirror
    return (
        replace(mirror, target_temperature_low=setpoint)
        if is_range
        else replace(mirror, target_temperature=setpoint)
    )


def heating_setpoint(state: State | None, home_unit: str) -> float | None:
    """Find what a thermostat is to heat to, in °C; None where it does not heat."""
    if state is None or state.state not in HEATING_MODES:
        return None
    single, low = (
        _number(state.attributes.get(name)) for name in (ATTR_TEMPERATURE, ATTR_TARGET_TEMP_LOW)
    )
    shown = low if single is None else single
    return (
        None
        if shown is None
        else TemperatureConverter.convert(shown, home_unit, UnitOfTemperature.CELSIUS)
    )


def _features(value: object) -> ClimateEntityFeature:
    # A bit that Home Assistant does not know yet cannot be served.
    known = value & ALL_FEATURES if isinstance(value, int) and not isinstance(value, bool) else 0
    return ClimateEntityFeature(known)


def _mode(value: object) -> HVACMode | None:
    return HVACMode(value) if isinstance(value, str) and value in HVACMode else None


def _action(value: object) -> HVACAction | None:
    # Home Assistant lets an integration show an action of its own.
    return cast(HVACAction, value) if isinstance(value, str) else None


def _number(value: object) -> float | None:
    # As it is: 70 stays 70 and does not become 70.0.
    return (
        value
        if isinstance(value, NUMERIC)
        and read_number(value) is not None
        and abs(value) <= MAX_ABSOLUTE_VALUE
        else None
    )


def _whole_number(value: object) -> int | None:
    measured = _number(value)
    return int(measured) if measured is not None and measured == int(measured) else None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _list(value: object) -> list[str] | None:
    if (
        value is None
        or not isinstance(value, Collection)
        or isinstance(value, str | bytes | Mapping)
    ):
        return None
    return [item for item in value if isinstance(item, str)]


def _default_to(value: float | None, default: float) -> float:
    return default if value is None else value


def _from_celsius(value: float, unit: str) -> float:
    return TemperatureConverter.convert(value, UnitOfTemperature.CELSIUS, unit)
