"""Determine the heat state from the evidence."""

from collections.abc import Iterable
from dataclasses import dataclass

from ..model import Equipment, Evidence, Heat, HeatState, Observation, Quality, Role, Thermostat

HEATING_ACTIONS = frozenset({"heating", "preheating"})
CALLING_ACTIONS = HEATING_ACTIONS | {"defrosting"}
"""Actions with a call for heat. A heat pump defrosts during a call."""
NOT_HEATING_ACTIONS = frozenset({"cooling", "drying", "off"})
"""Actions without a call for heat.

Idle is not included: some thermostats report idle while a second stage heats.
"""
NOT_HEATING_MODES = frozenset({"cool", "dry", "fan_only", "off"})


def calling_thermostat(observation: Observation) -> Thermostat:
    """Return the thermostat that calls for heat: this one, or another of the same equipment."""
    own = observation.thermostat
    if own.hvac_action in CALLING_ACTIONS:
        return own
    return next(
        (other for other in observation.other_thermostats if other.hvac_action in CALLING_ACTIONS),
        own,
    )


def is_called_elsewhere(observation: Observation) -> bool | None:
    """Return whether another thermostat of the equipment calls for heat; None: unknown."""
    calls = [_is_calling(other) for other in observation.other_thermostats]
    if True in calls:
        return True
    return None if None in calls else False


def _is_calling(thermostat: Thermostat) -> bool | None:
    if thermostat.hvac_action is not None:
        return thermostat.hvac_action in CALLING_ACTIONS
    return False if thermostat.hvac_mode in NOT_HEATING_MODES else None


@dataclass(frozen=True, slots=True)
class _RoleState:
    is_on: bool | None
    quality: Quality | None = None


NO_ROLE_STATE = _RoleState(None)


def detect(evidence: Iterable[Evidence], thermostat: Thermostat, equipment: Equipment) -> Heat:
    """Return the heat state from all evidence and the thermostat."""
    evidence = tuple(evidence)
    emergency_mode = _combine_evidence(evidence, Role.EMERGENCY).is_on
    compressor = _compressor_state(
        _combine_evidence(evidence, Role.COMPRESSOR).is_on, thermostat, emergency_mode
    )
    defrosting = thermostat.hvac_action == "defrosting" or bool(
        _combine_evidence(evidence, Role.DEFROST).is_on
    )
    strips = _aux_state(
        _combine_evidence(evidence, Role.AUX), thermostat, equipment, emergency_mode
    )
    state = _heat_state(strips.is_on, compressor, defrosting, thermostat, equipment)
    return Heat(
        state=state,
        aux=strips.is_on,
        compressor=compressor,
        emergency_mode=emergency_mode,
        quality=strips.quality,
    )


def _combine_evidence(evidence: tuple[Evidence, ...], role: Role) -> _RoleState:
    """Combine the evidence of a role by OR.

    An estimate never overrules better evidence. A reported compressor is often only a call for it,
    so the best evidence decides there.
    """
    own_evidence = [piece for piece in evidence if piece.role is role]
    # A delay waits for certainty. If another signal reports off as well, it is certain already.
    is_off = any(
        piece.is_on is False and piece.quality is not Quality.INFERRED for piece in own_evidence
    )
    best = NO_ROLE_STATE
    for quality in Quality:
        verdicts = [
            False if piece.is_on_by_delay and is_off else piece.is_on
            for piece in own_evidence
            if piece.quality is quality
        ]
        is_overruled = best.is_on is not None and (
            quality is Quality.INFERRED or role is Role.COMPRESSOR
        )
        if True in verdicts and not is_overruled:
            return _RoleState(is_on=True, quality=quality)
        if verdicts and None not in verdicts and best.is_on is None:
            best = _RoleState(is_on=False, quality=quality)
    return best


def _compressor_state(
    detected: bool | None, thermostat: Thermostat, emergency_mode: bool | None
) -> bool | None:
    """Return whether the compressor heats; None: unknown."""
    if thermostat.hvac_action in NOT_HEATING_ACTIONS or thermostat.hvac_mode in NOT_HEATING_MODES:
        return False
    if detected is None and emergency_mode:
        return False
    return detected


def _aux_state(
    detected: _RoleState, thermostat: Thermostat, equipment: Equipment, emergency_mode: bool | None
) -> _RoleState:
    if equipment is Equipment.NONE:
        return _RoleState(is_on=False, quality=Quality.REPORTED)
    guessed = detected.is_on is None or detected.quality is Quality.INFERRED
    if guessed and emergency_mode and thermostat.hvac_action is not None:
        # Then only the strips can heat.
        return _RoleState(is_on=thermostat.hvac_action in HEATING_ACTIONS, quality=Quality.REPORTED)
    return detected


def _heat_state(
    aux: bool | None,
    compressor: bool | None,
    defrosting: bool,
    thermostat: Thermostat,
    equipment: Equipment,
) -> HeatState:
    if aux is None:
        return HeatState.UNKNOWN
    if aux:
        return _heat_state_with_aux(compressor, equipment)
    if defrosting:
        return HeatState.DEFROST
    if compressor is not None:
        return HeatState.HEAT_PUMP if compressor else HeatState.OFF
    if thermostat.hvac_action is None:
        return HeatState.UNKNOWN
    return HeatState.HEAT_PUMP if thermostat.hvac_action in HEATING_ACTIONS else HeatState.OFF


def _heat_state_with_aux(compressor: bool | None, equipment: Equipment) -> HeatState:
    if equipment is Equipment.FURNACE:
        # A furnace and its heat pump take turns, unless the compressor is known to run.
        return HeatState.HEAT_PUMP_AUX if compressor else HeatState.FURNACE
    return HeatState.EMERGENCY if compressor is False else HeatState.HEAT_PUMP_AUX
