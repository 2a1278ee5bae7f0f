"""Converts figures between the units of entities and the core's units.

An implausible figure becomes None; no function raises.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any
import unicodedata

from homeassistant.const import UnitOfEnergy, UnitOfPower, UnitOfTemperature
from homeassistant.generated.currencies import ACTIVE_CURRENCIES
from homeassistant.util.unit_conversion import (
    EnergyConverter,
    PowerConverter,
    TemperatureConverter,
    TemperatureDeltaConverter,
)

from ..core.sense.values import read_number
from ..core.settings.guard import PLAUSIBLE_TEMPERATURE, POWER_ON, PRICE
from ..core.units import NumberSpec

POWER_NOISE = 50.0
"""W below zero that a meter may show at no load. A meter that shows less is reversed."""

MAX_ENERGY_KWH = 1e8
"""kWh. No meter of a home shows more."""

SUBUNITS = frozenset(
    {
        *(
            "c",
            "ct",
            "cts",
            "cent",
            "cents",
            "c€",
            "€c",
            "ct€",
            "€ct",
            "eurocent",
            "eurocents",
            "eurct",
            "¢",
            "snt",
        ),
        *(
            "p",
            "penny",
            "pence",
            "öre",
            "øre",
            "ore",
            "gr",
            "grosz",
            "groszy",
            "rappen",
            "bani",
            "stotinki",
            "agorot",
            "paise",
        ),
    }
)
"""The names of a hundredth of a currency, case-folded."""

CURRENCY_WORDS = frozenset(
    {"kr", "kr.", "zł", "kč", "ft", "lei", "a$", "au$", "ca$", "nz$", "us$", "r$", "fr.", "rs"}
)
"""The names of currencies other than ISO codes and single signs, case-folded."""

type Scale = Callable[[float], float]


def celsius(value: Any, unit: object) -> float | None:  # noqa: ANN401
    """Return a plausible temperature in °C."""
    number = read_number(value)
    scale = _celsius_scale(unit) if isinstance(unit, str) else None
    if number is None or scale is None:
        return None
    converted = scale(number)
    return converted if PLAUSIBLE_TEMPERATURE[0] <= converted <= PLAUSIBLE_TEMPERATURE[1] else None


def home_temperature(celsius_degrees: float, home_unit: str) -> float:
    """Return a temperature in °C in the home's unit, rounded so that 68 °F is 68 again."""
    return round(
        TemperatureConverter.convert(celsius_degrees, UnitOfTemperature.CELSIUS, home_unit), 2
    )


def watts(value: Any, unit: object) -> float | None:  # noqa: ANN401
    """Return a power in W."""
    number = read_number(value)
    scale = power_scale(unit)
    if number is None or scale is None:
        return None
    converted = scale(number)
    return max(converted, 0.0) if -POWER_NOISE <= converted <= POWER_ON.maximum else None


def kilowatt_hours(value: Any, unit: object) -> float | None:  # noqa: ANN401
    """Return the reading of an energy meter in kWh."""
    number = read_number(value)
    scale = energy_scale(unit)
    if number is None or scale is None:
        return None
    converted = scale(number)
    return converted if 0 <= converted <= MAX_ENERGY_KWH else None


def price_per_kwh(value: Any, unit: object) -> float | None:  # noqa: ANN401
    """Return a price in the home's currency per kWh."""
    number = read_number(value)
    scale = price_scale(unit)
    if number is None or scale is None:
        return None
    converted = number * scale
    return converted if PRICE.minimum <= converted <= PRICE.maximum else None


def power_scale(unit: object) -> Scale | None:
    """Return the conversion of a unit to W, or None if it is no unit of power."""
    if not isinstance(unit, str) or unit not in PowerConverter.VALID_UNITS:
        return None
    return PowerConverter.converter_factory(unit, UnitOfPower.WATT)


def energy_scale(unit: object) -> Scale | None:
    """Return the conversion of a unit to kWh, or None if it is no unit of energy."""
    if not isinstance(unit, str) or unit not in EnergyConverter.VALID_UNITS:
        return None
    return EnergyConverter.converter_factory(unit, UnitOfEnergy.KILO_WATT_HOUR)


def price_scale(unit: object) -> float | None:
    """Return the factor from a unit of price to the home's currency per kWh, or None."""
    if unit is None or unit == "":
        return 1.0
    return _price_scale(unit) if isinstance(unit, str) else None


def currency_in(unit: object) -> str | None:
    """Return the ISO code of the currency in the unit of a price, or None if there is none."""
    money = unit.partition("/")[0].strip().upper() if isinstance(unit, str) else ""
    return money if money in ACTIVE_CURRENCIES else None


@lru_cache
def _celsius_scale(unit: str) -> Scale | None:
    if unit not in TemperatureConverter.VALID_UNITS:
        return None
    return TemperatureConverter.converter_factory(unit, UnitOfTemperature.CELSIUS)


@lru_cache
def _price_scale(unit: str) -> float | None:
    money, _, energy = (part.strip() for part in unit.partition("/"))
    factor = _currency_factor(money)
    if factor is None or not energy:
        return factor
    energy_unit = UnitOfEnergy.KILO_WATT_HOUR if energy.casefold() == "kwh" else energy
    if energy_unit not in EnergyConverter.VALID_UNITS:
        return None
    return factor * EnergyConverter.convert(1, UnitOfEnergy.KILO_WATT_HOUR, energy_unit)


def _currency_factor(money: str) -> float | None:
    """Return the value of a unit of money in the currency, or None if it is no money."""
    folded = money.casefold()
    if folded in SUBUNITS:
        return 0.01
    is_sign = len(money) == 1 and unicodedata.category(money) == "Sc"
    if is_sign or folded in CURRENCY_WORDS or money.upper() in ACTIVE_CURRENCIES:
        return 1.0
    return None


def to_home_unit(figure: NumberSpec, value: float, home_unit: str) -> float:
    """Return a figure in the home's unit, rounded to a tenth if it is a temperature."""
    match figure.unit:
        case "°C":
            return round(
                TemperatureConverter.convert(value, UnitOfTemperature.CELSIUS, home_unit), 1
            )
        case "K" | "K/h":
            return round(
                TemperatureDeltaConverter.convert(value, UnitOfTemperature.CELSIUS, home_unit), 1
            )
    return value


def from_home_unit(figure: NumberSpec, value: float, home_unit: str) -> float:
    """Return a figure in its own unit, from a value in the home's unit."""
    match figure.unit:
        case "°C":
            return TemperatureConverter.convert(value, home_unit, UnitOfTemperature.CELSIUS)
        case "K" | "K/h":
            return TemperatureDeltaConverter.convert(value, home_unit, UnitOfTemperature.CELSIUS)
    return value
