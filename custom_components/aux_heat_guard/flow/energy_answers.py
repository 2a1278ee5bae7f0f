"""What can be answered to the questions about energy and price, and what cannot."""

import re

from homeassistant.const import ATTR_UNIT_OF_MEASUREMENT, UnitOfTemperature
from homeassistant.core import State
from homeassistant.util.unit_conversion import TemperatureConverter

from ..core.curve import Curve
from ..core.sense.values import UNAVAILABLE_STATES, read_number
from ..options.energy import build_curve
from ..sources.units import currency_in, energy_scale, power_scale, price_per_kwh, price_scale

ON_OFF_STATES = ("on", "off")
ON_OFF_DOMAINS = frozenset({"binary_sensor", "calendar", "input_boolean", "schedule", "switch"})

UNIT = r"\s*(?:°?\s*([CFcf])|°)?\s*"
POINT = re.compile(rf"([-+]?\d+(?:[.,]\d+)?){UNIT}[:=]\s*(\d+(?:[.,]\d+)?)")
BETWEEN_POINTS = re.compile(r"[;\n]|,(?=\s*[-+]?\d+(?:\.\d+)?[\s°CFcf]*[:=])")
"""A comma parts two points only before a temperature: it may be a decimal one."""

MINUS = str.maketrans("\u2212\u2013", "--")
UNITS = {"C": UnitOfTemperature.CELSIUS, "F": UnitOfTemperature.FAHRENHEIT}


def problem_with_power(state: State, _currency: str) -> str | None:
    """Tell why an entity cannot tell the power."""
    return None if power_scale(state.attributes.get(ATTR_UNIT_OF_MEASUREMENT)) else "not_power"


def problem_with_meter(state: State, _currency: str) -> str | None:
    """Tell why an entity cannot count the energy."""
    return None if energy_scale(state.attributes.get(ATTR_UNIT_OF_MEASUREMENT)) else "not_energy"


def problem_with_price(state: State, currency: str) -> str | None:
    """Tell why an entity cannot tell the price."""
    unit = state.attributes.get(ATTR_UNIT_OF_MEASUREMENT)
    says_nothing = state.state in UNAVAILABLE_STATES
    if price_scale(unit) is None or (price_per_kwh(state.state, unit) is None and not says_nothing):
        return "not_a_price"
    return None if currency_in(unit) in {None, currency} else "other_currency"


def problem_with_tariff(state: State, _currency: str) -> str | None:
    """Tell why an entity cannot name the tariff."""
    return None if list_tariffs(state) else "no_tariffs"


def list_tariffs(state: State) -> list[str]:
    """List the tariffs that an entity can name."""
    listed = state.attributes.get("options")
    if isinstance(listed, list | tuple) and listed:
        return list({str(word).strip().casefold(): str(word) for word in listed}.values())
    return (
        list(ON_OFF_STATES)
        if state.state in ON_OFF_STATES or state.domain in ON_OFF_DOMAINS
        else []
    )


def format_curve(curve: Curve, home_unit: str) -> str:
    """Write a curve as a user would type it."""
    convert = TemperatureConverter.converter_factory(UnitOfTemperature.CELSIUS, home_unit)
    return ", ".join(f"{round(convert(at), 1):g}: {cop:g}" for at, cop in curve)


def parse_curve(text: str, home_unit: str) -> tuple[Curve, str | None]:
    """Read a curve that was typed; or tell what is wrong with it, as a translation key."""
    try:
        points = _parse_points(text, home_unit)
    except ValueError:
        return (), "points_not_understood"
    try:
        return build_curve(points), None
    except ValueError:
        return (), "points_out_of_range"


def _parse_points(text: str, home_unit: str) -> list[tuple[float, float]]:
    parts = [part.strip() for part in BETWEEN_POINTS.split(text.translate(MINUS)) if part.strip()]
    matches = [match for match in map(POINT.fullmatch, parts) if match]
    if not matches or len(matches) < len(parts):
        raise ValueError("not all of it is a point")
    return [
        (_to_celsius(_parse_number(at), UNITS.get(unit.upper(), home_unit)), _parse_number(cop))
        for at, unit, cop in (m.groups("") for m in matches)
    ]


def _to_celsius(at: float, unit: str) -> float:
    return round(TemperatureConverter.convert(at, unit, UnitOfTemperature.CELSIUS), 2)


def _parse_number(text: str) -> float:
    value = read_number(text.replace(",", "."))
    if value is None:
        raise ValueError("no number")
    return value
