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
from ..core.sense.values import plausible_temperature, read_number
from ..core.settings.guard import (
    COLD_CLIMATE_COP,
    MAX_COP,
    MIN_COP,
    PRICE,
    SEASON_START_MONTH,
    STANDARD_COP,
    STRIPS_KW,
    EnergySource,
)
from ..core.units import NumberSpec

_LOGGER = logging.getLogger(__name__)


class PriceSource(StrEnum):
    """What tells the price of a kWh."""

    FIXED = "fixed"
    ENTITY = "entity"
    TARIFF = "tariff"


class HeatPumpType(StrEnum):
    """Which heat pump, by how its efficiency falls with the cold."""

    STANDARD = "standard"
    COLD_CLIMATE = "cold_climate"
    OWN = "own"


RATED: tuple[EnergySource, Source | None] = (EnergySource.RATED, None)
CURVES = {HeatPumpType.STANDARD: STANDARD_COP, HeatPumpType.COLD_CLIMATE: COLD_CLIMATE_COP}


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

    def price_for(self, tariff: str) -> float | None:
        """Find the price of a tariff; None where it has none."""
        return self.prices.get(tariff.strip().casefold())


type Price = FixedPrice | EntityPrice | TariffPrice


def read_energy_source(options: Mapping[str, Any]) -> tuple[EnergySource, Source | None]:
    """Read what tells the energy that AUX draws."""
    return _read_option(options, CONF_ENERGY, _parse_energy, RATED)


def read_strips_kw(options: Mapping[str, Any]) -> float:
    """Read the rated power; what is no electric strip has none."""
    if options[CONF_EQUIPMENT] != Equipment.STRIPS:
        return 0.0
    return _read_option(
        options,
        CONF_STRIPS_KW,
        lambda value: _parse_number_within(value, STRIPS_KW),
        STRIPS_KW.default,
    )


def read_price(options: Mapping[str, Any]) -> Price | None:
    """Read what tells the price."""
    return _read_option(options, CONF_PRICE, _parse_price, None)


def read_curve(options: Mapping[str, Any]) -> Curve:
    """Read how efficient the heat pump is."""
    return _read_option(options, CONF_PUMP, _parse_curve, STANDARD_COP)


def read_season_start_month(options: Mapping[str, Any]) -> int:
    """Read with which month a heating season begins."""
    return _read_option(
        options,
        CONF_SEASON_START_MONTH,
        lambda value: int(_parse_number_within(value, SEASON_START_MONTH)),
        int(SEASON_START_MONTH.default),
    )


def price_entity_id(price: Price | None) -> str | None:
    """Name the entity that tells the price, where one does."""
    return None if price is None or isinstance(price, FixedPrice) else price.entity_id


def build_curve(points: Any) -> Curve:  # noqa: ANN401
    """Sort the points of a curve, coldest first. Raises ValueError where they make none."""
    curve = tuple(
        sorted(
            (_require_number(plausible_temperature(celsius)), _require_number(read_number(cop)))
            for celsius, cop in points
        )
    )
    if not curve or not all(MIN_COP <= cop <= MAX_COP for _, cop in curve):
        raise ValueError("no COP of a heat pump")
    if len({celsius for celsius, _ in curve}) < len(curve):
        raise ValueError("two COP at one temperature")
    return curve


def _read_option[T](
    options: Mapping[str, Any], key: str, read: Callable[[Any], T], default: T
) -> T:
    value = options.get(key)
    if value is None:
        return default
    try:
        return read(value)
    except KeyError, TypeError, ValueError, AttributeError:
        _log_unreadable(key, f"{value!r:.100}")
        return default


@lru_cache(maxsize=100)
def _log_unreadable(key: str, value: str) -> None:
    # Cached, so that it is told once, however often the options are read.
    _LOGGER.warning("The option %s cannot be read and is left out: %s", key, value)


def _parse_energy(value: Mapping[str, Any]) -> tuple[EnergySource, Source | None]:
    kind = EnergySource(value["kind"])
    attribute = value.get(CONF_ATTRIBUTE)
    if attribute is not None and not isinstance(attribute, str):
        raise ValueError("no attribute")
    return kind, None if kind is EnergySource.RATED else Source(_parse_entity_id(value), attribute)


def _parse_price(value: Mapping[str, Any]) -> Price:
    match PriceSource(value["kind"]):
        case PriceSource.FIXED:
            return FixedPrice(_parse_number_within(value["price"], PRICE))
        case PriceSource.ENTITY:
            return EntityPrice(_parse_entity_id(value))
        case PriceSource.TARIFF:
            prices = {
                str(tariff).strip().casefold(): _parse_number_within(price, PRICE)
                for tariff, price in value["prices"].items()
            }
            return TariffPrice(_parse_entity_id(value), prices)


def _parse_curve(value: Mapping[str, Any]) -> Curve:
    kind = HeatPumpType(value["kind"])
    return build_curve(value["points"]) if kind is HeatPumpType.OWN else CURVES[kind]


def _parse_entity_id(value: Mapping[str, Any]) -> str:
    entity_id = value[CONF_ENTITY_ID]
    if not isinstance(entity_id, str) or "." not in entity_id:
        raise ValueError("no entity id")
    return entity_id


def _parse_number_within(value: Any, allowed: NumberSpec) -> float:  # noqa: ANN401
    measured = _require_number(read_number(value))
    if not allowed.minimum <= measured <= allowed.maximum:
        raise ValueError("out of range")
    return measured


def _require_number(value: float | None) -> float:
    if value is None:
        raise ValueError("no number")
    return value
