"""The options about energy and money.

A value that cannot be read counts as not given, and a warning is logged once.

energy: {"kind": "rated"}, or {"kind": "power" or "meter", "entity_id", "attribute"}; not given:
    rated
strips_kw: rated power of the strips
price: {"kind": "fixed", "price"}, {"kind": "entity", "entity_id"} or
    {"kind": "tariff", "entity_id", "prices": {tariff: price}}, each for one kWh in the home's
    currency; not given: no cost is counted
pump: {"kind": "standard"}, {"kind": "cold_climate"} or
    {"kind": "own", "points": [[°C, COP], ...]}; not given: standard
season_start_month: 1 to 12
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
from ..core.sense.kinds.options import decode_text
from ..core.sense.values import plausible_temperature
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
from .values import Options, require_number, require_number_within

_LOGGER = logging.getLogger(__name__)


class PriceSource(StrEnum):
    """The sources of the price of a kWh."""

    FIXED = "fixed"
    ENTITY = "entity"
    TARIFF = "tariff"


class HeatPumpType(StrEnum):
    """The types of heat pumps, by how their efficiency falls in the cold."""

    STANDARD = "standard"
    COLD_CLIMATE = "cold_climate"
    OWN = "own"


RATED: tuple[EnergySource, Source | None] = (EnergySource.RATED, None)
CURVES = {HeatPumpType.STANDARD: STANDARD_COP, HeatPumpType.COLD_CLIMATE: COLD_CLIMATE_COP}


@dataclass(frozen=True, slots=True)
class FixedPrice:
    """A price that is the same at all times."""

    price: float


@dataclass(frozen=True, slots=True)
class EntityPrice:
    """A price that is the state of an entity."""

    entity_id: str


@dataclass(frozen=True, slots=True)
class TariffPrice:
    """A price for each tariff; the state of an entity names the current tariff."""

    entity_id: str
    prices: Mapping[str, float]
    """The price by the tariff's name, case-folded."""

    def price_for(self, tariff: str) -> float | None:
        """Return the price of a tariff, or None if the tariff has no price."""
        return self.prices.get(tariff.strip().casefold())


type Price = FixedPrice | EntityPrice | TariffPrice


def read_energy_source(options: Options) -> tuple[EnergySource, Source | None]:
    """Return how the energy of aux heat is known, and the power sensor or meter if there is one."""
    return _read_option(options, CONF_ENERGY, _parse_energy, RATED)


def read_strips_kw(options: Options) -> float:
    """Return the rated power of the strips in kW, or 0 for equipment that is not electric."""
    if options[CONF_EQUIPMENT] != Equipment.STRIPS:
        return 0.0
    return _read_option(
        options,
        CONF_STRIPS_KW,
        lambda value: require_number_within(value, STRIPS_KW),
        STRIPS_KW.default,
    )


def read_price(options: Options) -> Price | None:
    """Return the price of energy, or None if no cost is counted."""
    return _read_option(options, CONF_PRICE, _parse_price, None)


def read_curve(options: Options) -> Curve:
    """Return the COP of the heat pump by outdoor temperature."""
    return _read_option(options, CONF_PUMP, _parse_curve, STANDARD_COP)


def read_season_start_month(options: Options) -> int:
    """Return the month in which a heating season starts."""
    return _read_option(
        options,
        CONF_SEASON_START_MONTH,
        lambda value: int(require_number_within(value, SEASON_START_MONTH)),
        int(SEASON_START_MONTH.default),
    )


def price_entity_id(price: Price | None) -> str | None:
    """Return the entity of a price, or None if the price has no entity."""
    return None if price is None or isinstance(price, FixedPrice) else price.entity_id


def build_curve(points: Any) -> Curve:  # noqa: ANN401
    """Return the points of a curve, coldest first. Raises ValueError if they form no curve."""
    curve = tuple(
        sorted(
            (require_number(plausible_temperature(outdoor)), require_number(cop))
            for outdoor, cop in points
        )
    )
    if not curve or not all(MIN_COP <= cop <= MAX_COP for _, cop in curve):
        raise ValueError("no COP of a heat pump")
    if len({outdoor for outdoor, _ in curve}) < len(curve):
        raise ValueError("two COP at one temperature")
    return curve


def _read_option[T](options: Options, key: str, parse: Callable[[Any], T], default: T) -> T:
    value = options.get(key)
    if value is None:
        return default
    try:
        return parse(value)
    except KeyError, TypeError, ValueError, AttributeError:
        _log_unreadable(key, f"{value!r:.100}")
        return default


@lru_cache(maxsize=100)
def _log_unreadable(key: str, value: str) -> None:
    # The cache keeps repeated reads of the same options from logging again.
    _LOGGER.warning("The option %s cannot be read and is left out: %s", key, value)


def _parse_energy(value: Options) -> tuple[EnergySource, Source | None]:
    kind = EnergySource(value["kind"])
    attribute = decode_text(value.get(CONF_ATTRIBUTE))
    return kind, None if kind is EnergySource.RATED else Source(_parse_entity_id(value), attribute)


def _parse_price(value: Options) -> Price:
    match PriceSource(value["kind"]):
        case PriceSource.FIXED:
            return FixedPrice(require_number_within(value["price"], PRICE))
        case PriceSource.ENTITY:
            return EntityPrice(_parse_entity_id(value))
        case PriceSource.TARIFF:
            prices = {
                str(tariff).strip().casefold(): require_number_within(price, PRICE)
                for tariff, price in value["prices"].items()
            }
            return TariffPrice(_parse_entity_id(value), prices)


def _parse_curve(value: Options) -> Curve:
    kind = HeatPumpType(value["kind"])
    return build_curve(value["points"]) if kind is HeatPumpType.OWN else CURVES[kind]


def _parse_entity_id(value: Options) -> str:
    entity_id = value[CONF_ENTITY_ID]
    # More tolerant than a check of a valid entity id: such an entity is only unavailable.
    if not isinstance(entity_id, str) or "." not in entity_id:
        raise ValueError("no entity id")
    return entity_id
