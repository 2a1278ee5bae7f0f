"""The curve of a heat pump as text that a user can type."""

import re

from homeassistant.const import UnitOfTemperature
from homeassistant.util.unit_conversion import TemperatureConverter

from ..core.curve import Curve
from ..core.sense.values import read_number
from ..options.energy import build_curve

UNIT = r"\s*(?:°?\s*([CFcf])|°)?\s*"
POINT = re.compile(rf"([-+]?\d+(?:[.,]\d+)?){UNIT}[:=]\s*(\d+(?:[.,]\d+)?)")
BETWEEN_POINTS = re.compile(r"[;\n]|,(?=\s*[-+]?\d+(?:\.\d+)?[\s°CFcf]*[:=])")
"""A comma separates two points only before a temperature. It may also be a decimal comma."""

MINUS = str.maketrans("\u2212\u2013", "--")
UNITS = {"C": UnitOfTemperature.CELSIUS, "F": UnitOfTemperature.FAHRENHEIT}


def format_curve(curve: Curve, home_unit: str) -> str:
    """Return a curve as a user would type it."""
    convert = TemperatureConverter.converter_factory(UnitOfTemperature.CELSIUS, home_unit)
    return ", ".join(f"{round(convert(outdoor), 1):g}: {cop:g}" for outdoor, cop in curve)


def parse_curve(text: str, home_unit: str) -> tuple[Curve, str | None]:
    """Return a curve that was typed, or the translation key of its error."""
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
        raise ValueError("a part that is no point")
    points = []
    for match in matches:
        outdoor, unit, cop = match.groups("")
        unit = UNITS.get(unit.upper(), home_unit)
        points.append((_to_celsius(_parse_number(outdoor), unit), _parse_number(cop)))
    return points


def _to_celsius(temperature: float, unit: str) -> float:
    return round(TemperatureConverter.convert(temperature, unit, UnitOfTemperature.CELSIUS), 2)


def _parse_number(text: str) -> float:
    value = read_number(text.replace(",", "."))
    if value is None:
        raise ValueError("no number")
    return value
