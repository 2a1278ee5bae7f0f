"""The options of a config entry, and what they mean.

thermostat   entity id of the climate entity that is guarded
signals      list of signals, each {"kind", "role", "quality", "entity_id", "attribute", ...}, see `signal_from`
other_thermostats   entity ids of the other thermostats of the same equipment
outdoor      {"entity_id", "attribute"} of the outdoor temperature, or None
equipment    "strips", "furnace" or "none"
timing       seconds: reported_confirm, reported_release, power_confirm, power_release

What is said about energy and money is described in `energy_options`, about alerts in `alert_options`, about
protection in `protect_options`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta, tzinfo
from enum import StrEnum
from typing import Any

from homeassistant.util.unit_conversion import PowerConverter

from .alert_options import Channels, alerts_from, channels_from, forecast_from
from .const import (
    CONF_ATTRIBUTE,
    CONF_ENTITY_ID,
    CONF_EQUIPMENT,
    CONF_OTHERS,
    CONF_OUTDOOR,
    CONF_SIGNALS,
    CONF_THERMOSTAT,
    CONF_TIMING,
)
from .core.model import Equipment, Quality, Raw, Role, Source
from .core.protect_settings import CAP
from .core.sense.signals import OFF, ON, UNSEEN, number
from .core.settings import (
    CONFIRM_POWER,
    CONFIRM_REPORTED,
    CounterSignal,
    EnergyFrom,
    EqualsSignal,
    InferenceSignal,
    OnOffSignal,
    Settings,
    Signal,
    ThresholdSignal,
    Timing,
    TokenSignal,
)
from .energy_options import Price, curve_from, energy_from, price_from, priced_by, season_start_month_from, strips_kw_from
from .protect_options import Schedule, mode_from, protection_from, schedule_from

type SignalOptions = dict[str, Any]

TIMINGS = {
    "reported_confirm": CONFIRM_REPORTED,
    "reported_release": CONFIRM_REPORTED,
    "power_confirm": CONFIRM_POWER,
    "power_release": CONFIRM_POWER,
}


class Kind(StrEnum):
    """How a signal is read."""

    TOKEN = "token"  # noqa: S105
    EQUALS = "equals"
    ON_OFF = "on_off"
    THRESHOLD = "threshold"
    COUNTER = "counter"
    INFERENCE = "inference"


INFERENCE: SignalOptions = {"kind": Kind.INFERENCE.value, "role": Role.AUX.value, "quality": Quality.INFERRED.value}


@dataclass(frozen=True, slots=True)
class Guarded:
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


def guarded_from(options: Mapping[str, Any], zone: tzinfo) -> Guarded:
    """Read what is guarded, and how, from the options of an entry."""
    timing = options.get(CONF_TIMING, {})
    energy, metered = energy_from(options)
    protection = protection_from(options)
    settings = Settings(
        signals=tuple(signal_from(signal, timing) for signal in options[CONF_SIGNALS]),
        equipment=Equipment(options[CONF_EQUIPMENT]),
        zone=zone,
        season_start_month=season_start_month_from(options),
        energy=energy,
        strips_kw=strips_kw_from(options),
        cop=curve_from(options),
        has_outdoor=bool(options.get(CONF_OUTDOOR)),
        has_forecast=forecast_from(options) is not None,
        mode=mode_from(options),
        alerts=replace(alerts_from(options), cap=protection.cap or CAP),
        protection=protection,
    )
    outdoor = _source(options[CONF_OUTDOOR]) if options.get(CONF_OUTDOOR) else None
    price = price_from(options)
    sources = [outdoor, metered, *(signal.source for signal in settings.signals)]
    schedule = schedule_from(options)
    scheduled = None if schedule is None else schedule.entity_id
    others = others_from(options)
    watched = {
        options[CONF_THERMOSTAT],
        *others,
        priced_by(price),
        scheduled,
        *(source.entity_id for source in sources if source is not None),
    }
    return Guarded(
        options[CONF_THERMOSTAT],
        others,
        outdoor,
        power=metered if energy is EnergyFrom.POWER else None,
        meter=metered if energy is EnergyFrom.METER else None,
        price=price,
        forecast=forecast_from(options),
        schedule=schedule,
        channels=channels_from(options),
        settings=settings,
        watched=frozenset(entity_id for entity_id in watched if entity_id is not None),
    )


def others_from(options: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the other thermostats of the same equipment."""
    chosen = options.get(CONF_OTHERS)
    named = chosen if isinstance(chosen, list | tuple) else ()
    return tuple(other for other in named if isinstance(other, str) and other and other != options[CONF_THERMOSTAT])


def signal_from(options: Mapping[str, Any], timing: Mapping[str, float]) -> Signal:
    """Read one signal. Raises KeyError or ValueError where the options are not those of a signal."""
    kind = Kind(options["kind"])
    if kind is Kind.INFERENCE:
        return InferenceSignal()
    source, role, quality = _source(options), Role(options["role"]), Quality(options["quality"])
    delays = _timing(timing, "power" if options.get("unit") in PowerConverter.VALID_UNITS else "reported")
    match kind:
        case Kind.TOKEN:
            return TokenSignal(source, _words(options, "values"), _words(options, "others"), role, quality, delays)
        case Kind.EQUALS:
            return EqualsSignal(source, _words(options, "values"), _words(options, "others"), role, quality, delays)
        case Kind.ON_OFF:
            return OnOffSignal(source, role, quality, delays)
        case Kind.THRESHOLD:
            return ThresholdSignal(source, options["on_above"], options["off_below"], options.get("unit"), role, quality, delays)
        case Kind.COUNTER:
            return CounterSignal(source, role=role, quality=quality, timing=delays)


def is_understood(kind: Kind, value: Raw) -> bool:
    """Tell whether a way of reading makes sense of what a source says now; of nothing said, any does."""
    match kind:
        case Kind.ON_OFF:
            return value is None or str(value).strip().casefold() in ON | OFF | UNSEEN | {""}
        case Kind.THRESHOLD | Kind.COUNTER:
            return value is None or number(value) is not None or str(value).strip().casefold() in UNSEEN | {""}
        case _:
            return True


def _source(options: Mapping[str, Any]) -> Source:
    return Source(options[CONF_ENTITY_ID], options.get(CONF_ATTRIBUTE))


def _words(options: Mapping[str, Any], key: str) -> frozenset[str]:
    return frozenset(str(word).strip().casefold() for word in options.get(key, ()))


def _timing(timing: Mapping[str, float], what: str) -> Timing:
    confirm, release = f"{what}_confirm", f"{what}_release"
    return Timing(
        timedelta(seconds=timing.get(confirm, TIMINGS[confirm].default)),
        timedelta(seconds=timing.get(release, TIMINGS[release].default)),
    )
