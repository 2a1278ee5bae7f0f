"""The options of a config entry, and what they mean.

thermostat   entity id of the climate entity that is guarded
signals      list of signals, each {"kind", "role", "quality", "entity_id", "attribute", ...}, decoded by its kind in `core.sense.kinds`
other_thermostats   entity ids of the other thermostats of the same equipment
outdoor      {"entity_id", "attribute"} of the outdoor temperature, or None
equipment    "strips", "furnace" or "none"
timing       seconds: reported_confirm, reported_release, power_confirm, power_release

What is said about energy and money is described in `energy_options`, about alerts in `alert_options`, about
protection in `protect_options`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta, tzinfo
from typing import Any

from homeassistant.core import valid_entity_id
from homeassistant.util.unit_conversion import PowerConverter

from ..const import (
    CONF_ATTRIBUTE,
    CONF_ENTITY_ID,
    CONF_EQUIPMENT,
    CONF_OTHERS,
    CONF_OUTDOOR,
    CONF_SIGNALS,
    CONF_THERMOSTAT,
    CONF_TIMING,
)
from ..core.model import Equipment, Quality, Role, Source
from ..core.sense.kinds import KINDS_BY_KEY, SignalKind
from ..core.sense.values import read_number
from ..core.settings.guard import CONFIRM_POWER, ELEMENT_KW, EnergySource, Settings
from ..core.settings.protection import DEFAULT_CAP
from ..core.settings.signal import CONFIRM_REPORTED, Signal, Timing
from .alerts import Channels, read_alert_settings, read_channels, read_forecast_entity
from .energy import (
    Price,
    price_entity_id,
    read_curve,
    read_energy_source,
    read_price,
    read_season_start_month,
    read_strips_kw,
)
from .protection import Schedule, read_mode, read_protection_settings, read_schedule

type SignalOptions = dict[str, Any]

TIMING_NUMBERS = {
    "reported_confirm": CONFIRM_REPORTED,
    "reported_release": CONFIRM_REPORTED,
    "power_confirm": CONFIRM_POWER,
    "power_release": CONFIRM_POWER,
}


INFERENCE: SignalOptions = {
    "kind": SignalKind.INFERENCE.value,
    "role": Role.AUX.value,
    "quality": Quality.INFERRED.value,
}


class OptionsError(Exception):
    """An option that a guard cannot do without is missing or makes no sense."""

    def __init__(self, option: str) -> None:
        super().__init__(option)
        self.option = option


@dataclass(frozen=True, slots=True)
class GuardConfig:
    """Which sources a guard watches, and what it makes of them."""

    thermostat: str
    others: tuple[str, ...]
    """The other thermostats of the same equipment."""
    outdoor: Source | None
    power: Source | None
    """Of the strips' circuit, where its meter tells the energy."""
    meter: Source | None
    """The counter of the strips' energy, where one tells it."""
    price: Price | None
    forecast: str | None
    """The weather entity whose forecast counts."""
    schedule: Schedule | None
    """What tells what is wanted, and when."""
    channels: Channels
    settings: Settings
    watched: frozenset[str]
    """The entity ids whose states matter."""


def read_guard_config(options: Mapping[str, Any], zone: tzinfo) -> GuardConfig:
    """Read what is guarded, and how, from the options of an entry. Raises OptionsError."""
    thermostat = _read_required(options, CONF_THERMOSTAT, _require_entity_id)
    timing = _read_required({CONF_TIMING: {}, **options}, CONF_TIMING, _read_timings)
    signals = _read_required(options, CONF_SIGNALS, lambda signals: _read_signals(signals, timing))
    equipment = _read_required(options, CONF_EQUIPMENT, Equipment)
    outdoor = _read_required(
        {CONF_OUTDOOR: None, **options},
        CONF_OUTDOOR,
        lambda chosen: _read_source(chosen) if chosen else None,
    )
    energy, metered = read_energy_source(options)
    protection = read_protection_settings(options)
    strips_kw = read_strips_kw(options)
    settings = Settings(
        signals=tuple(_with_element_count(signal, strips_kw) for signal in signals),
        equipment=equipment,
        zone=zone,
        season_start_month=read_season_start_month(options),
        energy_source=energy,
        strips_kw=strips_kw,
        cop=read_curve(options),
        has_outdoor=outdoor is not None,
        has_forecast=read_forecast_entity(options) is not None,
        mode=read_mode(options),
        alerts=replace(read_alert_settings(options), cap=protection.cap or DEFAULT_CAP),
        protection=protection,
    )
    price = read_price(options)
    sources = [outdoor, metered, *(signal.source for signal in settings.signals)]
    schedule = read_schedule(options)
    scheduled = None if schedule is None else schedule.entity_id
    others = read_other_thermostats(options)
    watched = {
        thermostat,
        *others,
        price_entity_id(price),
        scheduled,
        *(source.entity_id for source in sources if source is not None),
    }
    return GuardConfig(
        thermostat,
        others,
        outdoor,
        power=metered if energy is EnergySource.POWER else None,
        meter=metered if energy is EnergySource.METER else None,
        price=price,
        forecast=read_forecast_entity(options),
        schedule=schedule,
        channels=read_channels(options),
        settings=settings,
        watched=frozenset(entity_id for entity_id in watched if entity_id is not None),
    )


def read_other_thermostats(options: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the other thermostats of the same equipment."""
    chosen = options.get(CONF_OTHERS)
    named = chosen if isinstance(chosen, list | tuple) else ()
    return tuple(
        other
        for other in named
        if isinstance(other, str) and other and other != options[CONF_THERMOSTAT]
    )


def read_signal(options: Mapping[str, Any], timing: Mapping[str, float]) -> Signal:
    """Return the signal of stored options. Raises KeyError, TypeError or ValueError."""
    kind = KINDS_BY_KEY[options["kind"]]
    if kind.signal.is_selectable:
        _require_entity_id(options[CONF_ENTITY_ID])
    source = "power" if options.get("unit") in PowerConverter.VALID_UNITS else "reported"
    return kind.signal.decode(options, _build_timing(timing, source))


def _with_element_count(signal: Signal, strips_kw: float) -> Signal:
    """Return a meter of the strips with the number of elements that the strips have."""
    if signal.role is not Role.AUX or signal.unit not in PowerConverter.VALID_UNITS:
        return signal
    return signal.with_element_count(max(round(strips_kw / ELEMENT_KW), 1) if strips_kw else 0)


def _read_required[T](options: Mapping[str, Any], key: str, read: Callable[[Any], T]) -> T:
    """Read an option that a guard cannot do without. Raises OptionsError."""
    try:
        return read(options[key])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise OptionsError(key) from error


def _read_signals(signals: object, timing: Mapping[str, float]) -> tuple[Signal, ...]:
    if not isinstance(signals, list | tuple):
        raise TypeError("no list")
    return tuple(read_signal(signal, timing) for signal in signals)


def _read_source(options: Mapping[str, Any]) -> Source:
    return Source(
        _require_entity_id(options[CONF_ENTITY_ID]), _require_text(options.get(CONF_ATTRIBUTE))
    )


def _require_entity_id(value: object) -> str:
    if not isinstance(value, str) or not valid_entity_id(value):
        raise ValueError("no entity id")
    return value


def _require_text(value: object) -> str | None:
    if value is not None and not isinstance(value, str):
        raise TypeError("no text")
    return value


def _require_number(value: Any) -> float:  # noqa: ANN401 -- whatever somebody wrote
    measured = read_number(value)
    if measured is None or isinstance(value, str):
        raise ValueError("no number")
    return measured


def _read_timings(timing: Mapping[str, Any]) -> dict[str, float]:
    """Read how long evidence must hold, in seconds."""
    chosen = {
        key: _require_number(timing.get(key, allowed.default))
        for key, allowed in TIMING_NUMBERS.items()
    }
    if not all(
        TIMING_NUMBERS[key].minimum <= seconds <= TIMING_NUMBERS[key].maximum
        for key, seconds in chosen.items()
    ):
        raise ValueError("out of range")
    return chosen


def _build_timing(timing: Mapping[str, float], what: str) -> Timing:
    confirm, release = f"{what}_confirm", f"{what}_release"
    return Timing(
        timedelta(seconds=timing.get(confirm, TIMING_NUMBERS[confirm].default)),
        timedelta(seconds=timing.get(release, TIMING_NUMBERS[release].default)),
    )
