"""Find the cause of an aux heat run from the observations."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise
from math import inf

from ..model import Cause, Evidence, Heat, HeatState, Observation, Quality, Role, Run, Thermostat
from ..sense.detector import CALLING_ACTIONS, calling_thermostat
from ..sense.values import plausible_temperature
from ..settings.guard import Settings
from ..units import EPSILON, celsius_from_fahrenheit, kelvin_from_fahrenheit

SETPOINT_MEMORY = timedelta(hours=24)
"""A setback is over within a day."""

MAX_SETPOINTS = 20
"""A thermostat whose setpoint is turned all day must not fill the memory."""

AUX_ONLY_STATES = frozenset({HeatState.EMERGENCY, HeatState.UNKNOWN})
"""The states without a running compressor. In an unknown state, no compressor was observed."""

EXPECTED_CAUSES = frozenset({Cause.DEFROST, Cause.SETBACK, Cause.MANUAL})

MIN_IDLE = timedelta(minutes=5)
"""The shortest idle report that counts: reports of one change may arrive this far apart."""

MAX_IDLE = timedelta(minutes=15)
"""A longer idle report raises an alert, and is normal only if the user says so."""

MAX_RECOVERY = timedelta(hours=6)
"""The longest recovery from a setback. A later run has another cause."""

STEPWISE_RAISE_WINDOW = timedelta(minutes=30)
"""Somebody who raises a setpoint step by step is done within this time."""

MIN_RAISE = 0.5
"""K. Just under 1 °F or 0.5 °C, the smallest step of thermostats; less is rounding."""

SETPOINT_TOLERANCE = kelvin_from_fahrenheit(1) + EPSILON
"""K. A schedule returns to an earlier setpoint; a higher one was set manually."""

RECOVERED_WITHIN = kelvin_from_fahrenheit(1) + EPSILON
"""K below the setpoint, where a thermometer with whole degrees may stay."""

REPORT_DELAY = timedelta(minutes=5)
"""The delay of a polled thermostat, which may report aux heat before its cause."""

MAX_DEFROST = timedelta(minutes=15)
"""The longest defrost: ten minutes, plus the delay of reports."""

MAX_DEFROST_OUTDOOR = celsius_from_fahrenheit(45) + EPSILON
"""°C. No coil freezes in warmer air."""

DEFROST_SETPOINT_TOLERANCE = kelvin_from_fahrenheit(1) + EPSILON
"""K. During a defrost the room is near its setpoint. If not, the thermostat called for aux heat."""


type SetpointHistory = tuple[tuple[datetime, float], ...]
"""Setpoints in °C, each with its start."""


@dataclass(frozen=True, slots=True)
class SetpointRaise:
    """A raise of the setpoint."""

    at: datetime
    is_manual: bool
    recovered_at: datetime | None = None
    """When the room reached the setpoint, or the setpoint was lowered again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """The circumstances of a run."""

    setpoints: SetpointHistory = ()
    """The heating setpoints of the last day in °C, each with its start. The last one is current."""
    last_raise: SetpointRaise | None = None
    had_emergency_heat: bool = False
    """Whether emergency heat was chosen in the current or last run."""
    is_aux_only: bool = False
    """Whether aux heat ran alone for the whole run, while no signal shows the chosen mode."""
    had_defrost: bool = False
    """Whether the heat pump defrosted during the run."""
    started_near_setpoint: bool = False
    """Whether the run began on a call for heat with the room at its setpoint."""
    idle_since: datetime | None = None
    """When the thermostat started to report idle during the run."""
    reports_idle_with_aux: bool = False
    """Whether this thermostat ever reported idle together with aux heat."""
    has_reported_room: bool = False
    """Whether the thermostat ever reported a room temperature."""
    compressor_ran: bool | None = None
    """Whether the compressor ran during the run, or None if it was not measured."""
    room_unknown_at_start: bool = False
    """Whether heat may have been called for at the start, because the room was unknown."""

    def start_run(self, observation: Observation) -> Circumstances:
        """Start a run."""
        under, action = _below_setpoint(observation.thermostat), observation.thermostat.hvac_action
        may_call = action is None or action in CALLING_ACTIONS
        return replace(
            self,
            had_emergency_heat=False,
            is_aux_only=True,
            had_defrost=False,
            started_near_setpoint=may_call
            and under is not None
            and under <= DEFROST_SETPOINT_TOLERANCE,
            idle_since=None,
            compressor_ran=None,
            room_unknown_at_start=may_call and under is None,
        )

    def end_run(self, at: datetime) -> Circumstances:
        """End a run. An idle report of a few minutes at its end is normal for the thermostat."""
        idle_since = self.idle_since
        if idle_since is None or not MIN_IDLE <= at - idle_since < MAX_IDLE:
            return self
        return replace(self, reports_idle_with_aux=True)

    def record_thermostat(self, observation: Observation) -> Circumstances:
        """Update the setpoint and the room. Return the same object if nothing changed."""
        thermostat = observation.thermostat
        known = self
        if not self.has_reported_room and plausible_temperature(thermostat.room) is not None:
            known = replace(self, has_reported_room=True)
        setpoint = plausible_temperature(thermostat.setpoint)
        if not thermostat.is_set_to_heat or setpoint is None:
            return known
        setpoints = known.setpoints
        if not setpoints or abs(setpoint - setpoints[-1][1]) >= MIN_RAISE:
            return _record_setpoint_change(known, setpoint, observation)
        last_raise = known.last_raise
        if last_raise is None or last_raise.recovered_at is not None:
            return known
        below = _below_setpoint(thermostat)
        if below is None or below > RECOVERED_WITHIN:
            return known
        return replace(known, last_raise=replace(last_raise, recovered_at=observation.at))

    def advance_run(
        self, heat: Heat, evidence: Iterable[Evidence], observation: Observation
    ) -> Circumstances:
        """Update the heat state and the thermostat's action during a run."""
        action, at = calling_thermostat(observation).hvac_action, observation.at
        emergency = self.had_emergency_heat or bool(heat.emergency_mode)
        alone = self.is_aux_only and heat.state in AUX_ONLY_STATES and heat.emergency_mode is None
        defrosting = self.had_defrost or heat.state is HeatState.DEFROST or action == "defrosting"
        idle_since = None if action != "idle" else self.idle_since or at
        reports = any(
            piece.role is Role.AUX and piece.quality is Quality.REPORTED and piece.is_on
            for piece in evidence
        )
        idles = self.reports_idle_with_aux or (action == "idle" and reports)
        runs, ran = measured_state(evidence, Role.COMPRESSOR), self.compressor_ran
        return replace(
            self,
            had_emergency_heat=emergency,
            is_aux_only=alone,
            had_defrost=defrosting,
            idle_since=idle_since,
            reports_idle_with_aux=idles,
            compressor_ran=runs if ran is None else ran or bool(runs),
        )

    def cause_of(self, run: Run, at: datetime, settings: Settings) -> Cause:
        """Return the cause of a run, as far as it is known at an instant."""
        if self.had_emergency_heat or self.is_aux_only:
            return Cause.EMERGENCY
        # Only a running compressor can defrost.
        is_without = self.compressor_ran is False
        if self.had_defrost and not is_without:
            return Cause.DEFROST
        if (raised := self.last_raise) is not None and _is_recovery(run, raised):
            return Cause.MANUAL if raised.is_manual else Cause.SETBACK
        outdoor = plausible_temperature(run.outdoor)
        if outdoor is not None and _has_defrost_pattern(run, self, at, outdoor) and not is_without:
            return Cause.DEFROST
        if outdoor is not None and outdoor < settings.alerts.balance_point:
            return Cause.COLD
        return Cause.EMERGENCY if is_without else Cause.UNKNOWN

    def is_expected(self, run: Run) -> bool:
        """Return True if the current or last run has a good cause or an alert of its own."""
        return run.cause in EXPECTED_CAUSES or self.had_emergency_heat or self.can_be_defrost(run)

    def can_be_defrost(self, run: Run) -> bool:
        """Return True if a run may be a defrost: short, in frost, and if no call is known."""
        outdoor, length = plausible_temperature(run.outdoor), run.last_seen - run.start
        is_frosty = outdoor is not None and outdoor <= MAX_DEFROST_OUTDOOR
        is_unknown = self.room_unknown_at_start and self.compressor_ran is not False
        return is_unknown and is_frosty and run.cause is Cause.UNKNOWN and length <= MAX_DEFROST


NO_CIRCUMSTANCES = Circumstances()


def measured_state(evidence: Iterable[Evidence], role: Role) -> bool | None:
    """Return the measured state of a role, or None if it is not measured or a signal is unknown."""
    states = [
        piece.is_on
        for piece in evidence
        if piece.role is role and piece.quality is Quality.MEASURED
    ]
    if True in states:
        return True
    return None if None in states or not states else False


def _has_defrost_pattern(
    run: Run, circumstances: Circumstances, at: datetime, outdoor: float
) -> bool:
    return (
        circumstances.started_near_setpoint
        and outdoor <= MAX_DEFROST_OUTDOOR
        and at - run.start <= MAX_DEFROST
    )


def _record_setpoint_change(
    circumstances: Circumstances, setpoint: float, observation: Observation
) -> Circumstances:
    at, levels = observation.at, circumstances.setpoints
    # The setpoint at the start of the last 24 hours counts as well.
    recent = [
        level for level, following in pairwise(levels) if following[0] > at - SETPOINT_MEMORY
    ] + [*levels[-1:]]
    raised = circumstances.last_raise
    if levels and setpoint > levels[-1][1]:
        is_return = any(setpoint <= level + SETPOINT_TOLERANCE for _, level in recent[:-1])
        by_hand = (
            observation.thermostat.is_manual_change
            or not is_return
            or _is_within_manual_raise(levels, raised, setpoint)
        )
        raised = SetpointRaise(at, is_manual=by_hand)
    elif (
        raised is not None
        and raised.recovered_at is None
        and setpoint < _setpoint_before(levels, raised) + MIN_RAISE
    ):
        raised = replace(raised, recovered_at=at)
    return replace(
        circumstances, setpoints=(*recent[1 - MAX_SETPOINTS :], (at, setpoint)), last_raise=raised
    )


def _is_within_manual_raise(
    setpoints: SetpointHistory, last_raise: SetpointRaise | None, setpoint: float
) -> bool:
    """Return True if a setpoint is within a manual raise that the room has not reached yet."""
    if last_raise is None or not last_raise.is_manual or last_raise.recovered_at is not None:
        return False
    return (
        setpoint
        < max((level for at, level in setpoints if at >= last_raise.at), default=setpoint)
        + MIN_RAISE
    )


def _setpoint_before(setpoints: SetpointHistory, last_raise: SetpointRaise) -> float:
    """Return the setpoint in °C before a raise, or infinity if it is unknown."""
    before = [
        level
        for (since, level), (until, _) in pairwise(setpoints)
        if since < last_raise.at and until >= last_raise.at - STEPWISE_RAISE_WINDOW
    ]
    return min(before, default=inf)


def _is_recovery(run: Run, last_raise: SetpointRaise) -> bool:
    is_late = run.start > last_raise.at + MAX_RECOVERY
    return (
        last_raise.at <= run.start + REPORT_DELAY
        and not is_late
        and (last_raise.recovered_at is None or last_raise.recovered_at >= run.start)
    )


def _below_setpoint(thermostat: Thermostat) -> float | None:
    room, setpoint = (
        plausible_temperature(thermostat.room),
        plausible_temperature(thermostat.setpoint),
    )
    return None if room is None or setpoint is None else setpoint - room
