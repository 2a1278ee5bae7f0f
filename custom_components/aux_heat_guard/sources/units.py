"""Figures with units, as entities show them, in the core's units. What makes no sense is None; nothing raises."""

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
"""W. How far a meter of nothing may stray under zero; further, and it is the wrong way round."""

MAX_ENERGY_KWH = 1e8
"""kWh. More than any counter of a home shows."""

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
"""A hundred of these make one of the currency; case-folded."""

CURRENCY_WORDS = frozenset(
    {"kr", "kr.", "zł", "kč", "ft", "lei", "a$", "au$", "ca$", "nz$", "us$", "r$", "fr.", "rs"}
)
"""How the currency itself is written besides its ISO code and its sign; case-folded."""

type Scale = Callable[[float], float]


def celsius(value: Any, unit: object) -> float | None:  # noqa: ANN401
    """Read a temperature in °C."""
    measured = read_number(value)
    scale = _celsius_scale(unit) if isinstance(unit, str) else None
    if measured is None or scale is None:
        return None
    converted = scale(measured)
    return converted if PLAUSIBLE_TEMPERATURE[0] <= converted <= PLAUSIBLE_TEMPERATURE[1] else None


def home_temperature(celsius_degrees: float, home_unit: str) -> float:
    """Write a temperature in °C in the home's unit, as one would say it: what was 68 °F is 68 again."""
    return round(
        TemperatureConverter.convert(celsius_degrees, UnitOfTemperature.CELSIUS, home_unit), 2
    )


def watts(value: Any, unit: object) -> float | None:  # noqa: ANN401
    """Read a power that is drawn, in W."""
    measured = read_number(value)
    scale = power_scale(unit)
    if measured is None or scale is None:
        return None
    converted = scale(measured)
    return max(converted, 0.0) if -POWER_NOISE <= converted <= POWER_ON.maximum else None


def kilowatt_hours(value: Any, unit: object) -> float | None:  # noqa: ANN401
    """Read a counter of energy in kWh."""
    measured = read_number(value)
    scale = energy_scale(unit)
    if measured is None or scale is None:
        return None
    converted = scale(measured)
    return converted if 0 <= converted <= MAX_ENERGY_KWH else None


def price_per_kwh(value: Any, unit: object) -> float | None:  # noqa: ANN401
    """Read a price in the home's currency per kWh."""
    measured = read_number(value)
    scale = price_scale(unit)
    if measured is None or scale is None:
        return None
    converted = measured * scale
    return converted if PRICE.minimum <= converted <= PRICE.maximum else None


def power_scale(unit: object) -> Scale | None:
    """Tell how a unit becomes W; None where it is none of power."""
    if not isinstance(unit, str) or unit not in PowerConverter.VALID_UNITS:
        return None
    return PowerConverter.converter_factory(unit, UnitOfPower.WATT)


def energy_scale(unit: object) -> Scale | None:
    """Tell how a unit becomes kWh; None where it is none of energy."""
    if not isinstance(unit, str) or unit not in EnergyConverter.VALID_UNITS:
        return None
    return EnergyConverter.converter_factory(unit, UnitOfEnergy.KILO_WATT_HOUR)


def price_scale(unit: object) -> float | None:
    """Tell what makes a price of this unit one for a kWh in the home's currency; None where the unit is none of a price."""
    if unit is None or unit == "":
        return 1.0
    return _price_scale(unit) if isinstance(unit, str) else None


def currency_in(unit: object) -> str | None:
    """Tell which currency a price's unit names by its ISO code."""
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
    worth = _currency_factor(money)
    if worth is None or not energy:
        return worth
    known = UnitOfEnergy.KILO_WATT_HOUR if energy.casefold() == "kwh" else energy
    if known not in EnergyConverter.VALID_UNITS:
        return None
    return worth * EnergyConverter.convert(1, UnitOfEnergy.KILO_WATT_HOUR, known)


def _currency_factor(money: str) -> float | None:
    """Tell how much of the currency one of this money is."""
    folded = money.casefold()
    if folded in SUBUNITS:
        return 0.01
    is_sign = len(money) == 1 and unicodedata.category(money) == "Sc"
    return (
        1.0 if is_sign or folded in CURRENCY_WORDS or money.upper() in ACTIVE_CURRENCIES else None
    )


def to_home_unit(figure: NumberSpec, value: float, home_unit: str) -> float:
    """Convert a figure to the home's unit, to a tenth."""
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
    """Convert what was entered to the figure's own unit."""
    match figure.unit:
        case "°C":
            return TemperatureConverter.convert(value, home_unit, UnitOfTemperature.CELSIUS)
        case "K" | "K/h":
            return TemperatureDeltaConverter.convert(value, home_unit, UnitOfTemperature.CELSIUS)
    return value
