"""Count calls for heat during which the compressor stood still."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from ..model import Alert, Equipment, Evidence, Heat, Observation, Role
from ..sense.detector import CALLING_ACTIONS, NOT_HEATING_MODES
from ..sense.values import current_outdoor, is_reheating
from ..settings.alerts import COMPRESSOR_LOCKOUT, PUMP_CLEAR_DELAY, STANDSTILL_LIMIT
from ..settings.guard import Settings
from .causes import Circumstances, measured_state

MAX_PROVEN_SECONDS = PUMP_CLEAR_DELAY.total_seconds()
"""Seconds. Nothing depends on a longer count."""


class CompressorResponse(Enum):
    """The response of the compressor to a call for heat."""

    NOT_APPLICABLE = "none"
    """There is no call, or it is unknown whether the compressor runs."""
    RUNNING = "runs"
    """The compressor runs, together with the strips or while the state of the strips is unknown."""
    RUNNING_ALONE = "runs_alone"
    IDLE_ON_CALL = "stands_still"
    """The compressor stands still on a call that it should answer."""
    AUX_ONLY = "strips_alone"
    """The compressor stands still on a call, and the strips are measured to heat in its place."""

    @property
    def is_idle_on_call(self) -> bool:
        """Whether the compressor stands still on a call that it should answer."""
        return self in {CompressorResponse.IDLE_ON_CALL, CompressorResponse.AUX_ONLY}


@dataclass(frozen=True, slots=True)
class Standstill:
    """Standstill counters in seconds."""

    missed_call_seconds: float = 0.0
    """Seconds of calls in which the compressor stood still, since it last ran."""
    strips_seconds: float = 0.0
    """Seconds of these calls in which the strips were measured to heat."""
    proven_seconds: float = 0.0
    """Seconds the compressor ran without strips since it last stood still, up to an hour."""

    def advance(
        self,
        seconds: float,
        response: CompressorResponse,
        conditions: Observation | None,
        settings: Settings,
    ) -> Standstill:
        """Count a time without changes. Return the same object if no counter changed."""
        if response is CompressorResponse.NOT_APPLICABLE:
            return self
        if response.is_idle_on_call:
            return self._count_missed_call(seconds, response, conditions, settings)
        if not self.missed_call_seconds and (
            response is CompressorResponse.RUNNING or self.proven_seconds >= MAX_PROVEN_SECONDS
        ):
            return self
        alone = seconds if response is CompressorResponse.RUNNING_ALONE else 0.0
        return Standstill(proven_seconds=min(self.proven_seconds + alone, MAX_PROVEN_SECONDS))

    def _count_missed_call(
        self,
        seconds: float,
        response: CompressorResponse,
        conditions: Observation | None,
        settings: Settings,
    ) -> Standstill:
        if conditions is None or is_excused(current_outdoor(conditions), settings):
            return self
        called = self.missed_call_seconds + seconds
        strips = self.strips_seconds + (seconds if response is CompressorResponse.AUX_ONLY else 0.0)
        is_doubtful = called >= STANDSTILL_LIMIT.total_seconds()
        return Standstill(called, strips, 0.0 if is_doubtful else self.proven_seconds)


NO_STANDSTILL = Standstill()


def compressor_response(
    heat: Heat,
    evidence: Iterable[Evidence],
    observation: Observation,
    circumstances: Circumstances,
    settings: Settings,
) -> CompressorResponse:
    """Return the response of the compressor to a call for heat."""
    evidence = tuple(evidence)
    compressor = measured_state(evidence, Role.COMPRESSOR)
    if heat.compressor or compressor:
        return CompressorResponse.RUNNING_ALONE if heat.aux is False else CompressorResponse.RUNNING
    if heat.compressor is None or heat.emergency_mode or settings.equipment is Equipment.FURNACE:
        return CompressorResponse.NOT_APPLICABLE
    strips = bool(measured_state(evidence, Role.AUX))
    # If the thermostat does not report its action, strips that heat in the compressor's place are
    # a call. An idle report together with aux heat counts as no report.
    action = observation.thermostat.hvac_action
    is_silent = action is None or (action == "idle" and circumstances.reports_idle_with_aux)
    is_heated = is_silent and strips and compressor is False and _is_for_heat(observation)
    if action not in CALLING_ACTIONS and not is_heated:
        return CompressorResponse.NOT_APPLICABLE
    return CompressorResponse.AUX_ONLY if strips else CompressorResponse.IDLE_ON_CALL


def _is_for_heat(observation: Observation) -> bool:
    """Return True if the strips can only be on because of a call for heat."""
    return observation.thermostat.hvac_mode not in NOT_HEATING_MODES and not is_reheating(
        observation
    )


def is_excused(outdoor: float | None, settings: Settings) -> bool:
    """Return True if a compressor may stand still at an outdoor temperature in °C."""
    if outdoor is None:
        return settings.has_outdoor
    return outdoor < settings.alerts.threshold(Alert.NOT_HEATING, "lockout", COMPRESSOR_LOCKOUT)
