"""What the options say about energy and money. What cannot be read is taken for not given, and told once.

energy       {"kind": "rated"}, or {"kind": "power" or "meter", "entity_id", "attribute"}; not given: rated
strips_kw    rated power of the strips
price        {"kind": "fixed", "price"}, {"kind": "entity", "entity_id"} or {"kind": "tariff", "entity_id", "prices": {tariff: price}},
             each for one kWh in the home's currency; not given: no money is counted
pump         {"kind": "standard"}, {"kind": "cold_climate"} or {"kind": "own", "points": [[°C, COP], ...]}; not given: standard
season_start_month   1 to 12
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
import logging
from typing import Any

from ..const import (
    CONF_ATTRIBUTE,
    CONF_ENERGY,
    CONF_ENTITY_ID,
    CONF_EQUIPMENT,
    CONF_PRICE,
    CONF_PUMP,
    CONF_SEASON_START_MONTH,
    CONF_STRIPS_KW,
)
from ..core.curve import Curve
from ..core.model import Equipment, Source
from ..core.sense.signals import number, temperature
from ..core.settings.guard import (
    COLD_CLIMATE_COP,
    HIGHEST_COP,
    LOWEST_COP,
    PRICE,
    SEASON_START_MONTH,
    STANDARD_COP,
    STRIPS_KW,
    EnergyFrom,
)
from ..core.units import Number

_LOGGER = logging.getLogger(__name__)


class PriceFrom(StrEnum):
    """What tells the price of a kWh."""

    FIXED = "fixed"
    ENTITY = "entity"
    TARIFF = "tariff"


class Pump(StrEnum):
    """Which heat pump, by how its efficiency falls with the cold."""

    STANDARD = "standard"
    COLD_CLIMATE = "cold_climate"
    OWN = "own"


RATED: tuple[EnergyFrom, Source | None] = (EnergyFrom.RATED, None)
CURVES = {Pump.STANDARD: STANDARD_COP, Pump.COLD_CLIMATE: COLD_CLIMATE_COP}


@dataclass(frozen=True, slots=True)
class FixedPrice:
    """One price at all times."""

    price: float


@dataclass(frozen=True, slots=True)
class EntityPrice:
    """The state of an entity is the price."""

    entity_id: str


@dataclass(frozen=True, slots=True)
class TariffPrice:
    """The state of an entity names the tariff that holds."""

    entity_id: str
    prices: Mapping[str, float]
    """By the tariff's name, case-folded."""

    def of(self, tariff: str) -> float | None:
        """Find the price of a tariff; None where it has none."""
        return self.prices.get(tariff.strip().casefold())


type Price = FixedPrice | EntityPrice | TariffPrice


def energy_from(options: Mapping[str, Any]) -> tuple[EnergyFrom, Source | None]:
    """Read what tells the energy that AUX draws."""
    return _read(options, CONF_ENERGY, _energy, RATED)


def strips_kw_from(options: Mapping[str, Any]) -> float:
    """Read the rated power; what is no electric strip has none."""
    if options[CONF_EQUIPMENT] != Equipment.STRIPS:
        return 0.0
    return _read(
        options, CONF_STRIPS_KW, lambda value: _within(value, STRIPS_KW), STRIPS_KW.default
    )


def price_from(options: Mapping[str, Any]) -> Price | None:
    """Read what tells the price."""
    return _read(options, CONF_PRICE, _price, None)


def curve_from(options: Mapping[str, Any]) -> Curve:
    """Read how efficient the heat pump is."""
    return _read(options, CONF_PUMP, _curve, STANDARD_COP)


def season_start_month_from(options: Mapping[str, Any]) -> int:
    """Read with which month a heating season begins."""
    return _read(
        options,
        CONF_SEASON_START_MONTH,
        lambda value: int(_within(value, SEASON_START_MONTH)),
        int(SEASON_START_MONTH.default),
    )


def priced_by(price: Price | None) -> str | None:
    """Name the entity that tells the price, where one does."""
    return None if price is None or isinstance(price, FixedPrice) else price.entity_id


def curve_of(points: Any) -> Curve:  # noqa: ANN401
    """Sort the points of a curve, coldest first. Raises ValueError where they make none."""
    curve = tuple(
        sorted((_required(temperature(celsius)), _required(number(cop))) for celsius, cop in points)
    )
    if not curve or not all(LOWEST_COP <= cop <= HIGHEST_COP for _, cop in curve):
        raise ValueError("no COP of a heat pump")
    if len({celsius for celsius, _ in curve}) < len(curve):
        raise ValueError("two COP at one temperature")
    return curve


def _read[T](options: Mapping[str, Any], key: str, read: Callable[[Any], T], default: T) -> T:
    value = options.get(key)
    if value is None:
        return default
    try:
        return read(value)
    except KeyError, TypeError, ValueError, AttributeError:
        _tell_unread(key, f"{value!r:.100}")
        return default


@lru_cache(maxsize=100)
def _tell_unread(key: str, value: str) -> None:
    # Cached, so that it is told once, however often the options are read.
    _LOGGER.warning("The option %s cannot be read and is left out: %s", key, value)


def _energy(value: Mapping[str, Any]) -> tuple[EnergyFrom, Source | None]:
    kind = EnergyFrom(value["kind"])
    attribute = value.get(CONF_ATTRIBUTE)
    if attribute is not None and not isinstance(attribute, str):
        raise ValueError("no attribute")
    return kind, None if kind is EnergyFrom.RATED else Source(_entity_id(value), attribute)


def _price(value: Mapping[str, Any]) -> Price:
    match PriceFrom(value["kind"]):
        case PriceFrom.FIXED:
            return FixedPrice(_within(value["price"], PRICE))
        case PriceFrom.ENTITY:
            return EntityPrice(_entity_id(value))
        case PriceFrom.TARIFF:
            prices = {
                str(tariff).strip().casefold(): _within(price, PRICE)
                for tariff, price in value["prices"].items()
            }
            return TariffPrice(_entity_id(value), prices)


def _curve(value: Mapping[str, Any]) -> Curve:
    kind = Pump(value["kind"])
    return curve_of(value["points"]) if kind is Pump.OWN else CURVES[kind]


def _entity_id(value: Mapping[str, Any]) -> str:
    entity_id = value[CONF_ENTITY_ID]
    if not isinstance(entity_id, str) or "." not in entity_id:
        raise ValueError("no entity id")
    return entity_id


def _within(value: Any, allowed: Number) -> float:  # noqa: ANN401
    measured = _required(number(value))
    if not allowed.minimum <= measured <= allowed.maximum:
        raise ValueError("out of range")
    return measured


def _required(value: float | None) -> float:
    if value is None:
        raise ValueError("no number")
    return value
