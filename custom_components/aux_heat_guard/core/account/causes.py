"""Why the strips ran, as far as what is seen tells."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise
from math import inf

from ..model import Cause, Evidence, Heat, HeatState, Observation, Quality, Role, Run, Thermostat
from ..sense.detector import CALLING, caller
from ..sense.signals import temperature
from ..settings.guard import Settings
from ..units import EPSILON, fahrenheit, fahrenheit_degrees

REMEMBERED = timedelta(hours=24)
"""A setback is over within a day."""

MOST_LEVELS = 20
"""A thermostat whose setpoint is turned all day must not fill the memory."""

ALONE = frozenset({HeatState.EMERGENCY, HeatState.UNKNOWN})
"""A gap is no sign of the compressor."""

RECOVERY_OR_DEFROST = frozenset({Cause.DEFROST, Cause.SETBACK, Cause.HAND})

IDLE_LEAST = timedelta(minutes=5)
"""Reports of a call and of its end may lie that far apart."""

IDLE_MOST = timedelta(minutes=15)
"""What lasts longer is told of, and is usual only where somebody says so."""

LONGEST_RECOVERY = timedelta(hours=6)
"""A setback is made good in that time, or not by raising the setpoint."""

IN_STEPS = timedelta(minutes=30)
"""Who turns a setpoint up step by step is done within it."""

RAISE_LEAST = 0.5
"""K. Just under 1 °F or 0.5 °C, the smallest step of thermostats; less is rounding."""

LEVEL_TOLERANCE = fahrenheit_degrees(1) + EPSILON
"""K. A schedule brings the setpoint back to where it was; by more than this it is somebody's wish."""

RECOVERED = fahrenheit_degrees(1) + EPSILON
"""K under the setpoint: where a thermometer of whole degrees may stay."""

NEWS_LATE = timedelta(minutes=5)
"""A thermostat that is polled may tell that the strips run before it tells why."""

DEFROST_LONGEST = timedelta(minutes=15)
"""Ten minutes of defrost at most, and what reports are late by."""

DEFROST_WARMEST = fahrenheit(45) + EPSILON
"""°C. No coil freezes in warmer air."""

DEFROST_NEAR = fahrenheit_degrees(1) + EPSILON
"""K. In a defrost the room is at its setpoint, else the strips were called."""


type Levels = tuple[tuple[datetime, float], ...]
"""Setpoints, °C, each from when on it held."""


@dataclass(frozen=True, slots=True)
class Raise:
    """The setpoint was raised."""

    at: datetime
    by_hand: bool
    recovered: datetime | None = None
    """When the room was there, or the setpoint was back where it had been raised from."""


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What surrounds a run."""

    levels: Levels = ()
    """The heating setpoints of the last day, °C, each from when on it held; the last one holds."""
    raised: Raise | None = None
    emergency: bool = False
    """Of the present or last run: whether emergency heat was chosen in it."""
    alone: bool = False
    """Whether it was strips alone throughout, where nothing shows what was chosen."""
    defrosting: bool = False
    """Whether the heat pump was seen to defrost in it."""
    near: bool = False
    """Whether heat was called for and the room was at its setpoint when it began."""
    idle_since: datetime | None = None
    """Since when in it the thermostat says that it calls for nothing."""
    idles_with_aux: bool = False
    """Whether this thermostat was ever seen to report AUX while it says that it calls for nothing."""
    room_known: bool = False
    """Whether it ever told how warm the room is."""
    compressor: bool | None = None
    """Whether the compressor was measured to run in the run; None: nothing measured it."""
    room_unseen: bool = False
    """Whether heat may have been called for when it began, and nobody knew how far the room was under its setpoint."""


NOTHING = Circumstances()


def begun(circumstances: Circumstances, observation: Observation) -> Circumstances:
    """Take in that a run begins."""
    under, action = _under(observation.thermostat), observation.thermostat.action
    may_call = action is None or action in CALLING
    return replace(
        circumstances,
        emergency=False,
        alone=True,
        defrosting=False,
        near=may_call and under is not None and under <= DEFROST_NEAR,
        idle_since=None,
        compressor=None,
        room_unseen=may_call and under is None,
    )


def ended(circumstances: Circumstances, at: datetime) -> Circumstances:
    """Take in that a run has ended by itself: who then said for a while that it calls for nothing, says so as a rule."""
    idle_since = circumstances.idle_since
    if idle_since is None or not IDLE_LEAST <= at - idle_since < IDLE_MOST:
        return circumstances
    return replace(circumstances, idles_with_aux=True)


def noted(circumstances: Circumstances, observation: Observation) -> Circumstances:
    """Take in what the thermostat says of setpoint and room. Where that is nothing new, it is the very same."""
    thermostat = observation.thermostat
    if not circumstances.room_known and temperature(thermostat.room) is not None:
        circumstances = replace(circumstances, room_known=True)
    setpoint = temperature(thermostat.setpoint)
    if not thermostat.is_set_to_heat or setpoint is None:
        return circumstances
    levels = circumstances.levels
    if not levels or abs(setpoint - levels[-1][1]) >= RAISE_LEAST:
        return _set(circumstances, setpoint, observation)
    raised = circumstances.raised
    if (
        raised is not None
        and raised.recovered is None
        and (under := _under(thermostat)) is not None
        and under <= RECOVERED
    ):
        return replace(circumstances, raised=replace(raised, recovered=observation.at))
    return circumstances


def seen_in_run(
    circumstances: Circumstances, heat: Heat, evidence: Iterable[Evidence], seen: Observation
) -> Circumstances:
    """Take in what heats, and what the thermostat says of that, while a run goes on."""
    action, at = caller(seen).action, seen.at
    emergency = circumstances.emergency or bool(heat.emergency_mode)
    alone = circumstances.alone and heat.state in ALONE and heat.emergency_mode is None
    defrosting = (
        circumstances.defrosting or heat.state is HeatState.DEFROST or action == "defrosting"
    )
    idle_since = None if action != "idle" else circumstances.idle_since or at
    reports = any(
        piece.role is Role.AUX and piece.quality is Quality.REPORTED and piece.verdict
        for piece in evidence
    )
    idles = circumstances.idles_with_aux or (action == "idle" and reports)
    runs, ran = measured_state(evidence, Role.COMPRESSOR), circumstances.compressor
    return replace(
        circumstances,
        emergency=emergency,
        alone=alone,
        defrosting=defrosting,
        idle_since=idle_since,
        idles_with_aux=idles,
        compressor=runs if ran is None else ran or bool(runs),
    )


def measured_state(evidence: Iterable[Evidence], role: Role) -> bool | None:
    """Return what relays and meters say; None where there is none, or one of them is silent."""
    said = [
        piece.verdict
        for piece in evidence
        if piece.role is role and piece.quality is Quality.MEASURED
    ]
    if True in said:
        return True
    return None if None in said or not said else False


def cause(run: Run, circumstances: Circumstances, at: datetime, settings: Settings) -> Cause:
    """Tell why a run happened, as far as is known at an instant of it or at its end."""
    if circumstances.emergency or circumstances.alone:
        return Cause.EMERGENCY
    # It takes a compressor to defrost.
    is_without = circumstances.compressor is False
    if circumstances.defrosting and not is_without:
        return Cause.DEFROST
    if (raised := circumstances.raised) is not None and _is_recovery(run, raised):
        return Cause.HAND if raised.by_hand else Cause.SETBACK
    outdoor = temperature(run.outdoor)
    if outdoor is not None and _may_defrost(run, circumstances, at, outdoor) and not is_without:
        return Cause.DEFROST
    if outdoor is not None and outdoor < settings.alerts.balance_point:
        return Cause.COLD
    return Cause.EMERGENCY if is_without else Cause.UNKNOWN


def _may_defrost(run: Run, circumstances: Circumstances, at: datetime, outdoor: float) -> bool:
    return circumstances.near and outdoor <= DEFROST_WARMEST and at - run.start <= DEFROST_LONGEST


def is_expected(run: Run, circumstances: Circumstances) -> bool:
    """Return True if the current or last run has, or may have, a cause or an alert of its own."""
    return (
        run.cause in RECOVERY_OR_DEFROST
        or circumstances.emergency
        or may_be_defrost(run, circumstances)
    )


def may_be_defrost(run: Run, circumstances: Circumstances) -> bool:
    """Return True if the run may be a defrost: it is short and in frost, and it is unknown whether heat was called for."""
    outdoor, length = temperature(run.outdoor), run.last_seen - run.start
    is_frosty = outdoor is not None and outdoor <= DEFROST_WARMEST
    is_unknown = circumstances.room_unseen and circumstances.compressor is not False
    return is_unknown and is_frosty and run.cause is Cause.UNKNOWN and length <= DEFROST_LONGEST


def _set(circumstances: Circumstances, setpoint: float, observation: Observation) -> Circumstances:
    at, levels = observation.at, circumstances.levels
    # What held when the day began counts as well, but for the last one only from when on it held.
    recent = [level for level, following in pairwise(levels) if following[0] > at - REMEMBERED] + [
        *levels[-1:]
    ]
    raised = circumstances.raised
    if levels and setpoint > levels[-1][1]:
        is_return = any(setpoint <= level + LEVEL_TOLERANCE for _, level in recent[:-1])
        by_hand = (
            observation.thermostat.by_hand or not is_return or _is_within(levels, raised, setpoint)
        )
        raised = Raise(at, by_hand=by_hand)
    elif (
        raised is not None
        and raised.recovered is None
        and setpoint < _level_before(levels, raised) + RAISE_LEAST
    ):
        raised = replace(raised, recovered=at)
    return replace(
        circumstances, levels=(*recent[1 - MOST_LEVELS :], (at, setpoint)), raised=raised
    )


def _is_within(levels: Levels, raised: Raise | None, setpoint: float) -> bool:
    """Return True if a setpoint is no higher than what somebody raised it to, who still waits for it."""
    if raised is None or not raised.by_hand or raised.recovered is not None:
        return False
    return (
        setpoint
        < max((level for at, level in levels if at >= raised.at), default=setpoint) + RAISE_LEAST
    )


def _level_before(levels: Levels, raised: Raise) -> float:
    """Return the setpoint, °C, that was raised; infinite where nobody remembers."""
    before = [
        level
        for (since, level), (until, _) in pairwise(levels)
        if since < raised.at and until >= raised.at - IN_STEPS
    ]
    return min(before, default=inf)


def _is_recovery(run: Run, raised: Raise) -> bool:
    is_late = run.start > raised.at + LONGEST_RECOVERY
    return (
        raised.at <= run.start + NEWS_LATE
        and not is_late
        and (raised.recovered is None or raised.recovered >= run.start)
    )


def _under(thermostat: Thermostat) -> float | None:
    room, setpoint = temperature(thermostat.room), temperature(thermostat.setpoint)
    return None if room is None or setpoint is None else setpoint - room
