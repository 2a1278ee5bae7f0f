"""Finds the signals of aux heat on a thermostat, on its device and elsewhere.

The strings are those of the integrations named beside them.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
import re
from typing import Any

from homeassistant.components.climate.const import ATTR_PRESET_MODE, ATTR_PRESET_MODES
from homeassistant.const import (
    ATTR_DEVICE_CLASS,
    ATTR_FRIENDLY_NAME,
    ATTR_UNIT_OF_MEASUREMENT,
    UnitOfPower,
)
from homeassistant.core import HomeAssistant, State, split_entity_id
from homeassistant.helpers import entity_registry as er

from ..const import CONF_ATTRIBUTE, CONF_ENTITY_ID, CONF_SIGNALS, CONF_THERMOSTAT
from ..core.model import Quality, Role
from ..core.sense.kinds import SignalKind
from ..core.settings.guard import DEMAND_ON, POWER_OFF, POWER_ON
from ..options.guard import INFERENCE, SignalOptions
from .known_words import ZHA_EMERGENCY, ZWAVE_STATES
from .registry import is_own_entity


@dataclass(frozen=True, slots=True)
class Candidate:
    """A state or attribute that may show aux heat."""

    key: str
    """The key of the choice in the form."""
    signals: tuple[SignalOptions, ...]
    on_thermostat: bool
    """True if it belongs to the thermostat or its device. Such a candidate is selected at first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """A signal without its source."""

    kind: SignalKind
    role: Role = Role.AUX
    quality: Quality = Quality.REPORTED
    extra_options: Mapping[str, Any] = field(default_factory=dict)

    def signal_for(self, entity_id: str, attribute: str | None = None) -> SignalOptions:
        """Return the pattern as the signal of a source."""
        return {
            "kind": self.kind.value,
            "role": self.role.value,
            "quality": self.quality.value,
            CONF_ENTITY_ID: entity_id,
            CONF_ATTRIBUTE: attribute,
            **self.extra_options,
        }


def _words_pattern(
    kind: SignalKind, values: Iterable[str], others: Iterable[str] = (), role: Role = Role.AUX
) -> Pattern:
    return Pattern(
        kind=kind, role=role, extra_options={"values": list(values), "others": list(others)}
    )


def _threshold_pattern(role: Role = Role.AUX) -> Pattern:
    return Pattern(
        kind=SignalKind.THRESHOLD,
        role=role,
        extra_options={"on_above": DEMAND_ON.default, "off_below": DEMAND_ON.default},
    )


ECOBEE_AUX = ["auxHeat1", "auxHeat2", "auxHeat3"]
ECOBEE_PUMP = ["heatPump", "heatPump2", "heatPump3"]
ECOBEE_OTHERS = [
    "compCool1",
    "compCool2",
    "fan",
    "humidifier",
    "dehumidifier",
    "ventilator",
    "economizer",
    "auxHotWater",
    "compHotWater",
]

FURNACE_AUX = ["Aux Heat", "E-Heat"]
FURNACE_PUMP = ["Heating 1", "Heating 2"]
FURNACE_OTHERS = ["Standby", "Fan Only", "Cooling 1", "Cooling 2", "Reheat", "Lockout", "Waiting"]

ZWAVE_AUX = ["Aux Heating", "2nd Stage Aux Heat", "3rd Stage Aux Heat"]

THERMOSTAT_ATTRIBUTES: dict[str, tuple[Pattern, ...]] = {
    "equipment_running": (  # ecobee
        _words_pattern(SignalKind.TOKEN, ECOBEE_AUX, [*ECOBEE_PUMP, *ECOBEE_OTHERS]),
        _words_pattern(
            SignalKind.TOKEN, ECOBEE_PUMP, [*ECOBEE_AUX, *ECOBEE_OTHERS], Role.COMPRESSOR
        ),
    ),
    "aux": (Pattern(kind=SignalKind.ON_OFF),),  # lennoxs30
    "defrost": (Pattern(kind=SignalKind.ON_OFF, role=Role.DEFROST),),  # lennoxs30
    "hvac_aux_stage": (_threshold_pattern(),),  # sensi
    "heat_level_source_type": (_words_pattern(SignalKind.EQUALS, ["auxHeating"]),),  # neviweb130
    "source_type": (_words_pattern(SignalKind.EQUALS, ["auxHeating"]),),  # neviweb130
    "system_mode": (
        _words_pattern(
            SignalKind.EQUALS, ["emergency_heating", ZHA_EMERGENCY], role=Role.EMERGENCY
        ),
    ),  # zigbee2mqtt, zha
}

EMERGENCY_PRESETS = frozenset(
    {"auxiliary", "emergency heat", "emergency_heat", "emergency", "aux heat only", "aux_heat_only"}
)
"""Z-Wave thermostats show the mode Auxiliary as a preset; others use the word emergency."""

AUX_NAME = re.compile(r"aux|strip|electric.?heat|backup.?heat|resistance.?heat|\bw2\b")
EMERGENCY_NAME = re.compile(r"emergency.?heat|\be.?heat\b|aux\w*.?heat.?only|\bem.?heat\b")
NOT_RUNNING_NAME = re.compile(
    r"lockout|allowed|enable|limit|setting|threshold|setpoint|cost|price|hot.?water|stuck|fault"
    r"|problem|alarm|error|\bfan\b|\bled\b|light|printer|audio"
)

ENTITY_NAMES: tuple[tuple[re.Pattern[str], tuple[Pattern, ...]], ...] = (
    (  # waterfurnace
        re.compile(r"furnace.?mode"),
        (
            _words_pattern(SignalKind.EQUALS, FURNACE_AUX, [*FURNACE_PUMP, *FURNACE_OTHERS]),
            _words_pattern(
                SignalKind.EQUALS,
                [*FURNACE_PUMP, "Aux Heat"],
                ["E-Heat", *FURNACE_OTHERS],
                Role.COMPRESSOR,
            ),
            _words_pattern(
                SignalKind.EQUALS,
                ["E-Heat"],
                ["Aux Heat", *FURNACE_PUMP, *FURNACE_OTHERS],
                Role.EMERGENCY,
            ),
        ),
    ),
    (  # infinitude_beyond
        re.compile(r"furnace.?status"),
        (_words_pattern(SignalKind.EQUALS, [f"stage_{stage}" for stage in range(1, 6)], ["off"]),),
    ),
    (  # zwave_js, where the value is exposed
        re.compile(r"operating.?state"),
        (_words_pattern(SignalKind.EQUALS, ZWAVE_AUX, ZWAVE_STATES),),
    ),
)

SIGNAL_DOMAINS = ("binary_sensor", "input_boolean", "sensor", "switch")

OUTDOOR_ATTRIBUTES = ("outdoor_temperature", "outside_temperature", "outdoor_temp", "outside_temp")
OUTDOOR_NAME = re.compile(r"outdoor|outside|ambient|external")


def list_candidates(hass: HomeAssistant, draft: Mapping[str, Any]) -> list[Candidate]:
    """Return the signals that the user added, then those that are found and were not added."""
    found = find_signals(hass, draft[CONF_THERMOSTAT])
    found_signals = [signal for candidate in found for signal in candidate.signals]
    added = [
        signal
        for signal in draft.get(CONF_SIGNALS) or []
        if signal not in found_signals and signal != INFERENCE
    ]
    candidates = [
        Candidate(f"{number} {signal[CONF_ENTITY_ID]}", (signal,), on_thermostat=False)
        for number, signal in enumerate(added, 1)
    ]
    return [*candidates, *_exclude_readings(found, added)]


def with_signal(signals: Iterable[SignalOptions], added: SignalOptions) -> list[SignalOptions]:
    """Return the signals with one added. It replaces a signal of the same reading and role."""
    return [*(signal for signal in signals if _reading(signal) != _reading(added)), added]


def _exclude_readings(
    found: Iterable[Candidate], added: Iterable[SignalOptions]
) -> Iterator[Candidate]:
    """Yield the candidates that are found, without the readings of signals that the user added."""
    added_readings = {_reading(signal) for signal in added}
    for candidate in found:
        rest = tuple(
            signal for signal in candidate.signals if _reading(signal) not in added_readings
        )
        if rest:
            yield replace(candidate, signals=rest)


def _reading(signal: SignalOptions) -> tuple[object, ...]:
    """Return the source and role of a signal. Signals that share them replace each other."""
    return signal.get(CONF_ENTITY_ID), signal.get(CONF_ATTRIBUTE), signal["role"]


def selected_signals(
    candidates: Iterable[Candidate], selected: Iterable[str], *, estimate: bool
) -> list[SignalOptions]:
    """Return the signals of the selected candidates, and the estimate if it is selected."""
    keys = set(selected)
    signals = [
        dict(signal)
        for candidate in candidates
        if candidate.key in keys
        for signal in candidate.signals
    ]
    return [*signals, dict(INFERENCE)] if estimate else signals


def find_signals(hass: HomeAssistant, thermostat: str) -> list[Candidate]:
    """Return the signals of aux heat: on the thermostat, on its device, then anywhere else."""
    state = hass.states.get(thermostat)
    found = [*_attribute_candidates(state)] if state else []
    siblings = _siblings(hass, thermostat)
    for other in sorted(
        hass.states.async_all(SIGNAL_DOMAINS),
        key=lambda other: (other.entity_id not in siblings, other.entity_id),
    ):
        if is_own_entity(hass, other.entity_id) or _belongs_to_other_thermostat(
            hass, thermostat, other.entity_id
        ):
            continue
        patterns = _patterns_for(other)
        if patterns:
            signals = tuple(pattern.signal_for(other.entity_id) for pattern in patterns)
            found.append(Candidate(other.entity_id, signals, other.entity_id in siblings))
    return found


def find_outdoor(hass: HomeAssistant, thermostat: str) -> list[tuple[str, str | None]]:
    """Return the sources of an outdoor temperature as (entity id, attribute).

    The thermostat's attributes come first, then its device's sensors, other sensors and weather.
    """
    state = hass.states.get(thermostat)
    own: list[tuple[str, str | None]] = [
        (thermostat, name) for name in OUTDOOR_ATTRIBUTES if state and name in state.attributes
    ]
    siblings = _siblings(hass, thermostat)
    sensors = [
        sensor.entity_id
        for sensor in hass.states.async_all("sensor")
        if sensor.attributes.get(ATTR_DEVICE_CLASS) == "temperature"
        and OUTDOOR_NAME.search(_search_name(sensor))
    ]
    sensors.sort(key=lambda entity_id: (entity_id not in siblings, entity_id))
    weather = sorted(hass.states.async_entity_ids("weather"))
    return [*own, *((entity_id, None) for entity_id in [*sensors, *weather])]


def _attribute_candidates(state: State) -> Iterator[Candidate]:
    for name, patterns in THERMOSTAT_ATTRIBUTES.items():
        if name in state.attributes:
            signals = tuple(pattern.signal_for(state.entity_id, name) for pattern in patterns)
            yield Candidate(f"{state.entity_id} {name}", signals, on_thermostat=True)
    presets = state.attributes.get(ATTR_PRESET_MODES)
    emergency = (
        [preset for preset in presets if str(preset).casefold() in EMERGENCY_PRESETS]
        if isinstance(presets, list)
        else []
    )
    if emergency:
        signal = _words_pattern(SignalKind.EQUALS, emergency, role=Role.EMERGENCY).signal_for(
            state.entity_id, ATTR_PRESET_MODE
        )
        yield Candidate(f"{state.entity_id} {ATTR_PRESET_MODE}", (signal,), on_thermostat=True)


def _patterns_for(state: State) -> tuple[Pattern, ...]:
    domain, name = split_entity_id(state.entity_id)[0], _search_name(state)
    match domain:
        case "binary_sensor" | "input_boolean":
            return _on_off_patterns(name)
        case "switch":
            # Unless it is the relay itself, a switch called AUX is a command, not a state.
            return _on_off_patterns(name) if "relay" in name or EMERGENCY_NAME.search(name) else ()
        case "sensor":
            return _sensor_patterns(state, name)
    return ()


def _on_off_patterns(name: str) -> tuple[Pattern, ...]:
    if NOT_RUNNING_NAME.search(name):
        return ()
    if EMERGENCY_NAME.search(name):
        return (Pattern(kind=SignalKind.ON_OFF, role=Role.EMERGENCY),)
    if AUX_NAME.search(name):
        return (Pattern(kind=SignalKind.ON_OFF, quality=Quality.MEASURED),)
    return ()


def _sensor_patterns(state: State, name: str) -> tuple[Pattern, ...]:
    for pattern, patterns in ENTITY_NAMES:
        if pattern.search(name):
            return patterns
    if not AUX_NAME.search(name) or NOT_RUNNING_NAME.search(name):
        return ()
    if state.attributes.get(ATTR_DEVICE_CLASS) == "power":
        levels = {
            "on_above": POWER_ON.default,
            "off_below": POWER_OFF.default,
            "unit": UnitOfPower.WATT.value,
        }
        return (Pattern(kind=SignalKind.THRESHOLD, quality=Quality.MEASURED, extra_options=levels),)
    if state.attributes.get(ATTR_UNIT_OF_MEASUREMENT) in {"min", "h", "s"}:
        return (Pattern(kind=SignalKind.COUNTER),)
    return (_threshold_pattern(),) if "stage" in name or "demand" in name else ()


def _search_name(state: State) -> str:
    words = f"{split_entity_id(state.entity_id)[1]} {state.attributes.get(ATTR_FRIENDLY_NAME, '')}"
    return words.casefold().replace("_", " ")


def _siblings(hass: HomeAssistant, entity_id: str) -> frozenset[str]:
    registry = er.async_get(hass)
    entry = registry.async_get(entity_id)
    if entry is None or entry.device_id is None:
        return frozenset()
    return frozenset(
        other.entity_id for other in er.async_entries_for_device(registry, entry.device_id)
    )


def _belongs_to_other_thermostat(hass: HomeAssistant, thermostat: str, entity_id: str) -> bool:
    """Return True if an entity shares its device with another thermostat only."""
    climates = [sibling for sibling in _siblings(hass, entity_id) if sibling.startswith("climate.")]
    return bool(climates) and thermostat not in climates
