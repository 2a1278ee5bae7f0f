"""Facts of an alert: the quantities, instants and words that its text shows."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType


class Unit(StrEnum):
    """The unit of a quantity, which decides how the quantity is shown and exported."""

    COUNT = "count"
    """A number without a unit, or one whose unit the text names."""
    SECONDS = "s"
    TEMPERATURE = "c"
    """A temperature in °C."""
    SETPOINT = "setpoint"
    """A setpoint in °C, shown to the tenth: some thermostats have half degrees."""
    DIFFERENCE = "k"
    """A temperature difference in K."""
    PERCENT = "pct"
    ENERGY = "kwh"
    MONEY = "money"
    """An amount in the home's currency."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with its unit."""

    value: float
    unit: Unit = Unit.COUNT


type Fact = Quantity | datetime | str
type Facts = Mapping[str, Fact]
"""Facts by the name of their placeholder in the texts."""

NO_FACTS: Facts = MappingProxyType({})


def number_of(fact: Fact | None) -> float | None:
    """Return the number of a quantity, or None if the fact is missing or no quantity."""
    return fact.value if isinstance(fact, Quantity) else None


def count(value: float) -> Quantity:
    """Return a number without a unit."""
    return Quantity(value)


def seconds(value: float) -> Quantity:
    """Return a duration in seconds."""
    return Quantity(value, Unit.SECONDS)


def temperature(celsius: float) -> Quantity:
    """Return a temperature in °C."""
    return Quantity(celsius, Unit.TEMPERATURE)


def setpoint(celsius: float) -> Quantity:
    """Return a setpoint in °C."""
    return Quantity(celsius, Unit.SETPOINT)


def difference(kelvin: float) -> Quantity:
    """Return a temperature difference in K."""
    return Quantity(kelvin, Unit.DIFFERENCE)


def percent(value: float) -> Quantity:
    """Return a percentage, 0 to 100."""
    return Quantity(value, Unit.PERCENT)


def energy(kwh: float) -> Quantity:
    """Return an amount of energy in kWh."""
    return Quantity(kwh, Unit.ENERGY)


def money(amount: float) -> Quantity:
    """Return an amount in the home's currency."""
    return Quantity(amount, Unit.MONEY)
