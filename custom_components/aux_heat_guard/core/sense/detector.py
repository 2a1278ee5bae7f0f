"""From evidence to the heat state."""

from collections.abc import Iterable
from dataclasses import dataclass

from ..model import Equipment, Evidence, Heat, HeatState, Observation, Quality, Role, Thermostat

HEATING = frozenset({"heating", "preheating"})
CALLING = HEATING | {"defrosting"}
"""Actions in which heat is called for: a pump defrosts on a call."""
NOT_HEATING = frozenset({"cooling", "drying", "off"})
"""Actions in which nothing is called for heat. Not idle: some thermostats say so while a second stage heats."""
NOT_HEATING_MODES = frozenset({"cool", "dry", "fan_only", "off"})


def caller(observation: Observation) -> Thermostat:
    """Return the thermostat that the equipment answers: another one if that calls for heat and this one does not."""
    own = observation.thermostat
    if own.action in CALLING:
        return own
    return next((other for other in observation.others if other.action in CALLING), own)


def is_called_elsewhere(observation: Observation) -> bool | None:
    """Return True if another thermostat of the same equipment calls for heat, None if that is unknown."""
    calls = [_calls(other) for other in observation.others]
    if True in calls:
        return True
    return None if None in calls else False


def _calls(thermostat: Thermostat) -> bool | None:
    if thermostat.action is not None:
        return thermostat.action in CALLING
    return False if thermostat.mode in NOT_HEATING_MODES else None


@dataclass(frozen=True, slots=True)
class _Verdict:
    on: bool | None
    quality: Quality | None = None


UNSAID = _Verdict(None)


def detect(evidence: Iterable[Evidence], thermostat: Thermostat, equipment: Equipment) -> Heat:
    """Tell what heats, from all evidence and what the thermostat says of itself."""
    evidence = tuple(evidence)
    emergency_mode = _verdict(evidence, Role.EMERGENCY).on
    compressor = _compressor(_verdict(evidence, Role.COMPRESSOR).on, thermostat, emergency_mode)
    defrosting = thermostat.action == "defrosting" or bool(_verdict(evidence, Role.DEFROST).on)
    strips = _strips(_verdict(evidence, Role.AUX), thermostat, equipment, emergency_mode)
    state = _state(strips.on, compressor, defrosting, thermostat, equipment)
    return Heat(state, strips.on, compressor, emergency_mode, strips.quality)


def _verdict(evidence: tuple[Evidence, ...], role: Role) -> _Verdict:
    """Combine by OR. What better evidence knows, an estimate does not overrule; what it does not know, the next best may.

    Of a compressor, what is reported is often only that it was called: there the best that knows has the word.
    """
    said = [piece for piece in evidence if piece.role is role]
    # A delay is there to wait for certainty; where something else says off as well, it is certain.
    is_off = any(piece.verdict is False and piece.quality is not Quality.INFERRED for piece in said)
    best = UNSAID
    for quality in Quality:
        verdicts = [
            False if piece.lingers and is_off else piece.verdict
            for piece in said
            if piece.quality is quality
        ]
        is_overruled = best.on is not None and (
            quality is Quality.INFERRED or role is Role.COMPRESSOR
        )
        if True in verdicts and not is_overruled:
            return _Verdict(on=True, quality=quality)
        if verdicts and None not in verdicts and best.on is None:
            best = _Verdict(on=False, quality=quality)
    return best


def _compressor(
    seen: bool | None, thermostat: Thermostat, emergency_mode: bool | None
) -> bool | None:
    """Tell whether the compressor heats; None where nothing tells."""
    if thermostat.action in NOT_HEATING or thermostat.mode in NOT_HEATING_MODES:
        return False
    if seen is None and emergency_mode:
        return False
    return seen


def _strips(
    seen: _Verdict, thermostat: Thermostat, equipment: Equipment, emergency_mode: bool | None
) -> _Verdict:
    if equipment is Equipment.NONE:
        return _Verdict(on=False, quality=Quality.REPORTED)
    guessed = seen.on is None or seen.quality is Quality.INFERRED
    if guessed and emergency_mode and thermostat.action is not None:
        # Then strips are all there is to heat with.
        return _Verdict(on=thermostat.action in HEATING, quality=Quality.REPORTED)
    return seen


def _state(
    strips: bool | None,
    compressor: bool | None,
    defrosting: bool,
    thermostat: Thermostat,
    equipment: Equipment,
) -> HeatState:
    if strips is None:
        return HeatState.UNKNOWN
    if strips:
        return _with_strips(compressor, equipment)
    if defrosting:
        return HeatState.DEFROST
    if compressor is not None:
        return HeatState.HEAT_PUMP if compressor else HeatState.OFF
    if thermostat.action is None:
        return HeatState.UNKNOWN
    return HeatState.HEAT_PUMP if thermostat.action in HEATING else HeatState.OFF


def _with_strips(compressor: bool | None, equipment: Equipment) -> HeatState:
    if equipment is Equipment.FURNACE:
        # A furnace and its heat pump share a coil and take turns, unless the compressor is seen to run.
        return HeatState.HEAT_PUMP_AUX if compressor else HeatState.FURNACE
    return HeatState.EMERGENCY if compressor is False else HeatState.HEAT_PUMP_AUX
