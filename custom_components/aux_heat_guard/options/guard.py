"""The options of a config entry, and the guard they configure.

thermostat: entity id of the climate entity that is guarded
signals: list of signals, each {"kind", "role", "quality", "entity_id", "attribute", ...},
    which its kind in `core.sense.kinds` decodes
other_thermostats: entity ids of the other thermostats of the same equipment
outdoor: {"entity_id", "attribute"} of the outdoor temperature, or None
equipment: "strips", "furnace" or "none"
timing: seconds, reported_confirm, reported_release, power_confirm, power_release

The modules `energy`, `alerts` and `protection` describe the other options.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta, tzinfo
from typing import Any

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
from ..core.sense.kinds.options import decode_number, decode_text
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
from .values import (
    Options,
    is_within,
    read_list,
    read_text,
    require_entity_id,
    require_list,
)

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
    """An option that a guard needs is missing or makes no sense."""

    def __init__(self, option: str) -> None:
        super().__init__(option)
        self.option = option


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardConfig:
    """The sources that a guard reads, and the settings by which it reads them."""

    thermostat: str
    """The entity id of the guarded thermostat."""
    others: tuple[str, ...]
    """The entity ids of the other thermostats of the same equipment."""
    outdoor: Source | None
    """The outdoor temperature."""
    power: Source | None
    """The power of the strips' circuit, if the energy is computed from it."""
    meter: Source | None
    """The meter of the strips' energy, if there is one."""
    price: Price | None
    """The price of energy; None: no cost is counted."""
    forecast: str | None
    """The entity id of the weather entity whose forecast the guard uses."""
    schedule: Schedule | None
    """The schedule helper that gives the setpoints."""
    channels: Channels
    """The channels that deliver alerts."""
    settings: Settings
    """The settings of the core."""
    watched: frozenset[str]
    """The entity ids of all entities whose states the guard reads."""


def read_guard_config(options: Options, zone: tzinfo) -> GuardConfig:
    """Return the guard that the options of an entry configure. Raises OptionsError."""
    thermostat = _read_required(options, CONF_THERMOSTAT, require_entity_id)
    timing = _read_required({CONF_TIMING: {}, **options}, CONF_TIMING, _read_timings)
    signals = _read_required(options, CONF_SIGNALS, lambda signals: _read_signals(signals, timing))
    equipment = _read_required(options, CONF_EQUIPMENT, Equipment)
    outdoor = _read_required(
        {CONF_OUTDOOR: None, **options},
        CONF_OUTDOOR,
        lambda source: _read_source(source) if source else None,
    )
    energy_source, energy_sensor = read_energy_source(options)
    protection = read_protection_settings(options)
    strips_kw = read_strips_kw(options)
    settings = Settings(
        signals=tuple(_with_element_count(signal, strips_kw) for signal in signals),
        equipment=equipment,
        zone=zone,
        season_start_month=read_season_start_month(options),
        energy_source=energy_source,
        strips_kw=strips_kw,
        cop=read_curve(options),
        has_outdoor=outdoor is not None,
        has_forecast=read_forecast_entity(options) is not None,
        mode=read_mode(options),
        alerts=replace(read_alert_settings(options), cap=protection.cap or DEFAULT_CAP),
        protection=protection,
    )
    price = read_price(options)
    schedule = read_schedule(options)
    others = read_other_thermostats(options)
    sources = [outdoor, energy_sensor, *(signal.source for signal in settings.signals)]
    watched = {
        thermostat,
        *others,
        price_entity_id(price),
        None if schedule is None else schedule.entity_id,
        *(source.entity_id for source in sources if source is not None),
    }
    return GuardConfig(
        thermostat=thermostat,
        others=others,
        outdoor=outdoor,
        power=energy_sensor if energy_source is EnergySource.POWER else None,
        meter=energy_sensor if energy_source is EnergySource.METER else None,
        price=price,
        forecast=read_forecast_entity(options),
        schedule=schedule,
        channels=read_channels(options),
        settings=settings,
        watched=frozenset(entity_id for entity_id in watched if entity_id is not None),
    )


def read_other_thermostats(options: Options) -> tuple[str, ...]:
    """Return the entity ids of the other thermostats of the same equipment."""
    others = (read_text(other) for other in read_list(options.get(CONF_OTHERS)))
    return tuple(other for other in others if other and other != options[CONF_THERMOSTAT])


def read_signal(options: Options, timing: Mapping[str, float]) -> Signal:
    """Return the signal of stored options. Raises KeyError, TypeError or ValueError."""
    kind = KINDS_BY_KEY[options["kind"]]
    if kind.signal.is_selectable:
        require_entity_id(options[CONF_ENTITY_ID])
    is_power = options.get("unit") in PowerConverter.VALID_UNITS
    return kind.signal.decode(options, _build_timing(timing, "power" if is_power else "reported"))


def _with_element_count(signal: Signal, strips_kw: float) -> Signal:
    """Return a power signal of aux heat with the number of elements of the strips."""
    if signal.role is not Role.AUX or signal.unit not in PowerConverter.VALID_UNITS:
        return signal
    return signal.with_element_count(max(round(strips_kw / ELEMENT_KW), 1) if strips_kw else 0)


def _read_required[T](options: Options, key: str, read: Callable[[Any], T]) -> T:
    """Return an option that a guard needs. Raises OptionsError."""
    try:
        return read(options[key])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise OptionsError(key) from error


def _read_signals(signals: object, timing: Mapping[str, float]) -> tuple[Signal, ...]:
    return tuple(read_signal(signal, timing) for signal in require_list(signals))


def _read_source(options: Options) -> Source:
    return Source(
        require_entity_id(options[CONF_ENTITY_ID]),
        decode_text(options.get(CONF_ATTRIBUTE)),
    )


def _read_timings(options: Options) -> dict[str, float]:
    """Return the delays of signals in seconds. Raises ValueError if one is out of range."""
    timings = {
        key: decode_number(options.get(key, spec.default)) for key, spec in TIMING_NUMBERS.items()
    }
    if not all(is_within(seconds, TIMING_NUMBERS[key]) for key, seconds in timings.items()):
        raise ValueError("out of range")
    return timings


def _build_timing(timing: Mapping[str, float], what: str) -> Timing:
    confirm, release = f"{what}_confirm", f"{what}_release"
    return Timing(
        timedelta(seconds=timing.get(confirm, TIMING_NUMBERS[confirm].default)),
        timedelta(seconds=timing.get(release, TIMING_NUMBERS[release].default)),
    )
