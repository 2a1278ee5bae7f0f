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

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta, tzinfo
from enum import StrEnum
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
from ..core.model import Equipment, Quality, Raw, Role, Source
from ..core.sense.signals import OFF, ON, UNSEEN, number
from ..core.settings.guard import (
    CONFIRM_POWER,
    CONFIRM_REPORTED,
    ELEMENT_KW,
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
from ..core.settings.protection import CAP
from .alerts import Channels, alerts_from, channels_from, forecast_from
from .energy import (
    Price,
    curve_from,
    energy_from,
    price_from,
    priced_by,
    season_start_month_from,
    strips_kw_from,
)
from .protection import Schedule, mode_from, protection_from, schedule_from

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


INFERENCE: SignalOptions = {
    "kind": Kind.INFERENCE.value,
    "role": Role.AUX.value,
    "quality": Quality.INFERRED.value,
}


class OptionsError(Exception):
    """An option that a guard cannot do without is missing or makes no sense."""

    def __init__(self, option: str) -> None:
        super().__init__(option)
        self.option = option


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
    """Read what is guarded, and how, from the options of an entry. Raises OptionsError."""
    thermostat = _required(options, CONF_THERMOSTAT, _entity_id)
    timing = _required({CONF_TIMING: {}, **options}, CONF_TIMING, _timings)
    signals = _required(options, CONF_SIGNALS, lambda signals: _signals(signals, timing))
    equipment = _required(options, CONF_EQUIPMENT, Equipment)
    outdoor = _required(
        {CONF_OUTDOOR: None, **options},
        CONF_OUTDOOR,
        lambda chosen: _source(chosen) if chosen else None,
    )
    energy, metered = energy_from(options)
    protection = protection_from(options)
    strips_kw = strips_kw_from(options)
    settings = Settings(
        signals=tuple(_with_elements(signal, strips_kw) for signal in signals),
        equipment=equipment,
        zone=zone,
        season_start_month=season_start_month_from(options),
        energy=energy,
        strips_kw=strips_kw,
        cop=curve_from(options),
        has_outdoor=outdoor is not None,
        has_forecast=forecast_from(options) is not None,
        mode=mode_from(options),
        alerts=replace(alerts_from(options), cap=protection.cap or CAP),
        protection=protection,
    )
    price = price_from(options)
    sources = [outdoor, metered, *(signal.source for signal in settings.signals)]
    schedule = schedule_from(options)
    scheduled = None if schedule is None else schedule.entity_id
    others = others_from(options)
    watched = {
        thermostat,
        *others,
        priced_by(price),
        scheduled,
        *(source.entity_id for source in sources if source is not None),
    }
    return Guarded(
        thermostat,
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
    return tuple(
        other
        for other in named
        if isinstance(other, str) and other and other != options[CONF_THERMOSTAT]
    )


def signal_from(options: Mapping[str, Any], timing: Mapping[str, float]) -> Signal:
    """Read one signal. Raises KeyError, TypeError or ValueError if the options are not those of a signal."""
    kind = Kind(options["kind"])
    if kind is Kind.INFERENCE:
        return InferenceSignal()
    source, role, quality = _source(options), Role(options["role"]), Quality(options["quality"])
    delays = _timing(
        timing, "power" if options.get("unit") in PowerConverter.VALID_UNITS else "reported"
    )
    match kind:
        case Kind.TOKEN:
            return TokenSignal(
                source, _words(options, "values"), _words(options, "others"), role, quality, delays
            )
        case Kind.EQUALS:
            return EqualsSignal(
                source, _words(options, "values"), _words(options, "others"), role, quality, delays
            )
        case Kind.ON_OFF:
            return OnOffSignal(source, role, quality, delays)
        case Kind.THRESHOLD:
            on_above, off_below = (_number(options[key]) for key in ("on_above", "off_below"))
            return ThresholdSignal(
                source, on_above, off_below, _text(options.get("unit")), role, quality, delays
            )
        case Kind.COUNTER:
            return CounterSignal(source, role=role, quality=quality, timing=delays)


def _with_elements(signal: Signal, strips_kw: float) -> Signal:
    """Tell a meter of the strips how many elements they have."""
    if (
        not isinstance(signal, ThresholdSignal)
        or signal.role is not Role.AUX
        or signal.unit not in PowerConverter.VALID_UNITS
    ):
        return signal
    return replace(signal, elements=max(round(strips_kw / ELEMENT_KW), 1) if strips_kw else 0)


def is_understood(kind: Kind, value: Raw) -> bool:
    """Tell whether a way of reading makes sense of what a source says now; of nothing said, any does."""
    match kind:
        case Kind.ON_OFF:
            return value is None or str(value).strip().casefold() in ON | OFF | UNSEEN | {""}
        case Kind.THRESHOLD | Kind.COUNTER:
            return (
                value is None
                or number(value) is not None
                or str(value).strip().casefold() in UNSEEN | {""}
            )
        case _:
            return True


def _required[T](options: Mapping[str, Any], key: str, read: Callable[[Any], T]) -> T:
    """Read an option that a guard cannot do without. Raises OptionsError."""
    try:
        return read(options[key])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise OptionsError(key) from error


def _signals(signals: object, timing: Mapping[str, float]) -> tuple[Signal, ...]:
    if not isinstance(signals, list | tuple):
        raise TypeError("no list")
    return tuple(signal_from(signal, timing) for signal in signals)


def _source(options: Mapping[str, Any]) -> Source:
    return Source(_entity_id(options[CONF_ENTITY_ID]), _text(options.get(CONF_ATTRIBUTE)))


def _entity_id(value: object) -> str:
    if not isinstance(value, str) or not valid_entity_id(value):
        raise ValueError("no entity id")
    return value


def _text(value: object) -> str | None:
    if value is not None and not isinstance(value, str):
        raise TypeError("no text")
    return value


def _number(value: Any) -> float:  # noqa: ANN401 -- whatever somebody wrote
    measured = number(value)
    if measured is None or isinstance(value, str):
        raise ValueError("no number")
    return measured


def _words(options: Mapping[str, Any], key: str) -> frozenset[str]:
    words = options.get(key, ())
    if not isinstance(words, list | tuple):
        raise TypeError("no list")
    return frozenset(str(word).strip().casefold() for word in words)


def _timings(timing: Mapping[str, Any]) -> dict[str, float]:
    """Read how long evidence must hold, in seconds."""
    chosen = {key: _number(timing.get(key, allowed.default)) for key, allowed in TIMINGS.items()}
    if not all(
        TIMINGS[key].minimum <= seconds <= TIMINGS[key].maximum for key, seconds in chosen.items()
    ):
        raise ValueError("out of range")
    return chosen


def _timing(timing: Mapping[str, float], what: str) -> Timing:
    confirm, release = f"{what}_confirm", f"{what}_release"
    return Timing(
        timedelta(seconds=timing.get(confirm, TIMINGS[confirm].default)),
        timedelta(seconds=timing.get(release, TIMINGS[release].default)),
    )
