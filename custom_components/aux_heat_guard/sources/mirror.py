"""The thermostat's state as the matching climate entity shows it, without implausible values."""

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
"""A tuple, because a union would be built again at each check."""

MAX_ABSOLUTE_VALUE = 1e6
"""The largest temperature or humidity to show. Home Assistant cannot store some larger ones."""

DISPLAY_TOLERANCE = 0.05
"""Half of a tenth, which is the finest difference that is shown."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Mirror:
    """A thermostat. Temperatures are in the home's unit, as in all climate states."""

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
    """Build a mirror of a climate state. A missing thermostat counts as unavailable."""
    attributes: Mapping[str, Any] = state.attributes if state else {}
    return Mirror(
        available=state is not None and state.state != STATE_UNAVAILABLE,
        supported_features=_features(attributes.get(ATTR_SUPPORTED_FEATURES)),
        hvac_mode=_mode(state.state if state else None),
        hvac_modes=_modes(attributes.get(ATTR_HVAC_MODES)),
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
    """Return the mirror with another heating setpoint, in the home's unit.

    The setpoint of a range is never above the cooling setpoint. If the setpoint is shown already,
    the mirror stays the same, so that 70 does not become 70.0.
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
    if is_range:
        return replace(mirror, target_temperature_low=setpoint)
    return replace(mirror, target_temperature=setpoint)


def heating_setpoint(state: State | None, home_unit: str) -> float | None:
    """Return the heating setpoint of a thermostat in °C, or None if its mode does not heat."""
    if state is None or state.state not in HEATING_MODES:
        return None
    single, low = (
        _number(state.attributes.get(name)) for name in (ATTR_TEMPERATURE, ATTR_TARGET_TEMP_LOW)
    )
    setpoint = low if single is None else single
    if setpoint is None:
        return None
    return TemperatureConverter.convert(setpoint, home_unit, UnitOfTemperature.CELSIUS)


def _features(value: object) -> ClimateEntityFeature:
    # The climate entity cannot serve a feature that Home Assistant does not know.
    known = value & ALL_FEATURES if isinstance(value, int) and not isinstance(value, bool) else 0
    return ClimateEntityFeature(known)


def _mode(value: object) -> HVACMode | None:
    return HVACMode(value) if isinstance(value, str) and value in HVACMode else None


def _modes(value: object) -> list[HVACMode]:
    modes = [_mode(item) for item in _list(value) or []]
    return [mode for mode in modes if mode is not None]


def _action(value: object) -> HVACAction | None:
    # Home Assistant allows integrations to show actions of their own.
    return cast(HVACAction, value) if isinstance(value, str) else None


def _number(value: object) -> float | None:
    # The number keeps its type, so that 70 does not become 70.0.
    if not isinstance(value, NUMERIC) or read_number(value) is None:
        return None
    return value if abs(value) <= MAX_ABSOLUTE_VALUE else None


def _whole_number(value: object) -> int | None:
    number = _number(value)
    return int(number) if number is not None and number == int(number) else None


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
