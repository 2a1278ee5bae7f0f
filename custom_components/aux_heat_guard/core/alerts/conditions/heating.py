"""Whether the heat pump heats, and whether the strips do though nobody called them."""

from datetime import datetime, timedelta

from ...account import standstill as standstills
from ...account.ledger import HEAT_PUMP_STATES
from ...account.standstill import PROVEN, Effort
from ...model import Quality, Role
from ...sense.detector import CALLING, NOT_HEATING, NOT_HEATING_MODES, caller, is_called_elsewhere
from ...settings.alerts import (
    AFTERGLOW,
    CAUGHT_UP,
    NO_RISE,
    SLOWEST_RISE,
    STRIPS_SHARE,
    UNREPORTED_CALL,
)
from ...units import EPSILON
from ..context import Situation
from ..trend import LENGTH
from ..verdict import NO, UNKNOWN, YES, Figures, Verdict, later
from .facts import outdoor_of, room_of

HOUR = timedelta(hours=1)
RESTING = frozenset({"fan", "idle"})


def calls_in_vain(now: Situation, figures: Figures) -> Verdict:
    """Tell whether heat is called for, the room is under the setpoint, and the pump should manage by itself."""
    action, under, outdoor = now.observation.thermostat.action, now.under, now.outdoor
    if action is not None and (action not in CALLING or now.heat.emergency_mode):
        return NO
    if action is None or under is None or outdoor is None:
        return UNKNOWN
    settings = now.settings.alerts
    if (
        under < _margin(now, figures) - EPSILON
        or outdoor < settings.balance_point + figures["above_balance"] - EPSILON
    ):
        return NO
    return Verdict(True, facts={"under_k": under, **room_of(now), **outdoor_of(now)})


def does_not_rise(now: Situation, figures: Figures, since: datetime) -> Verdict:
    """Tell whether the room has not become warmer since an instant, nor since it was coldest."""
    run = now.ledger.run
    if run is not None and run.last_seen <= since < run.last_seen + AFTERGLOW:
        since = run.last_seen + AFTERGLOW
        due = since + timedelta(minutes=figures["after"])
        if now.at < due:
            return Verdict(False, due)
    if (
        now.trend.above_lowest(now.at, now.at - since)
        >= max(SLOWEST_RISE, now.trend.step) - EPSILON
    ):
        return NO
    return now.trend.rises_less(
        now.at, NO_RISE if _is_spare(now, figures) else -SLOWEST_RISE, since
    )


def _is_spare(now: Situation, figures: Figures) -> bool:
    """Return True if it is so mild that even an undersized pump has capacity to spare."""
    sure = now.settings.alerts.balance_point + 2 * figures["above_balance"]
    return now.outdoor is not None and now.outdoor >= sure - EPSILON


def has_idle_compressor(now: Situation, figures: Figures) -> Verdict:
    """Return whether calls went by for long with the compressor standing still, and one does now.

    The strips must have been measured to do their share: they rest whenever the room is warm.
    """
    standstill = now.tally.standstill
    if not standstill.called:
        return NO
    effort = standstills.effort(
        now.heat, now.evidence, now.observation, now.circumstances, now.settings
    )
    is_missing = _is_missing(now, effort)
    if not is_missing:
        return Verdict(is_missing)
    left = 60 * figures["strips_alone"] - standstill.called
    unhelped = STRIPS_SHARE * standstill.called - standstill.strips
    if left > 0:
        return Verdict(False, later(now.ledger.at, left))
    if unhelped > 0:
        # While they heat, the share grows by what they do more than it asks for.
        helps = effort is Effort.STRIPS_ALONE
        return Verdict(
            False, later(now.ledger.at, unhelped / (1 - STRIPS_SHARE)) if helps else None
        )
    return Verdict(True, facts={"what": "compressor", **room_of(now), **outdoor_of(now)})


def _is_missing(now: Situation, effort: Effort) -> bool | None:
    """Return whether the compressor stands still now on a call; None where nobody knows."""
    if not effort.is_missing:
        return None if now.heat.compressor is None else False
    if standstills.is_excused(now.outdoor, now.settings):
        return None if now.outdoor is None else False
    return now.observation.thermostat.action in CALLING or not _is_warm(now)


def _is_warm(now: Situation) -> bool:
    """Return True if the room is so far over its setpoint that nobody can have called for heat."""
    return now.under is not None and now.under < -CAUGHT_UP - EPSILON


def runs_again(now: Situation, _figures: Figures) -> Verdict:
    """Return whether the compressor has run for long without strips since it stood still."""
    left = PROVEN - now.tally.standstill.proven
    if left <= 0:
        return YES
    return (
        Verdict(False, later(now.ledger.at, left))
        if now.heat.compressor and not now.aux_runs
        else NO
    )


def heats_again(now: Situation, figures: Figures, raised: datetime) -> Verdict:
    """Tell whether the pump, without the strips, brings or keeps the room near its setpoint, or nothing is to be heated any more."""
    if not now.observation.thermostat.is_set_to_heat:
        return UNKNOWN if now.observation.thermostat.mode is None else YES
    calls = now.observation.thermostat.action in CALLING
    if now.aux_runs or (calls and now.heat.compressor is False):
        # A compressor that stands still on a call may start any moment.
        return NO if now.aux_runs else UNKNOWN
    # What the strips did to the room before is not the pump's.
    alone = LENGTH if now.ledger.run is None else now.at - now.ledger.run.last_seen
    under, rise = now.under, now.trend.rise(now.at, min(alone, HOUR))
    if under is None or rise is None:
        return UNKNOWN
    if calls and now.trend.above_lowest(now.at, min(alone, HOUR)) >= SLOWEST_RISE - EPSILON:
        return YES
    # A setpoint that was lowered for the night is no heat: the room must keep it, or come back to it, and somebody have called the pump.
    was_called = (
        now.ledger.points[-1].state in HEAT_PUMP_STATES
        or now.ledger.window(max(raised, now.at - LENGTH))[0].heat_pump > 0
    )
    comes_back = (
        now.trend.risen(now.at, min(alone, LENGTH)) >= max(SLOWEST_RISE, now.trend.step) - EPSILON
    )
    is_near = under < _margin(now, figures) - EPSILON
    return Verdict(was_called and is_near and (rise > -NO_RISE or comes_back))


def _margin(now: Situation, figures: Figures) -> float:
    # A thermometer of whole degrees may show the room a half too cold.
    return figures["under"] + now.trend.step / 2


def is_behind(now: Situation, figures: Figures) -> Verdict:
    """Tell whether the room is far under what can be asked for."""
    under = _under_target(now)
    if under is None:
        return (
            NO if now.observation.thermostat.mode is not None and now.setpoint is None else UNKNOWN
        )
    if under < figures["under"] - EPSILON:
        return NO
    return Verdict(True, facts={"under_k": under, **room_of(now), **outdoor_of(now)})


def rises_too_slowly(now: Situation, _figures: Figures, since: datetime) -> Verdict:
    """Tell whether the room does not catch up either, since an instant."""
    return now.trend.rises_less(now.at, SLOWEST_RISE, since)


def has_caught_up(now: Situation, _figures: Figures, _raised: datetime) -> Verdict:
    """Tell whether the room is near what can be asked for, or nothing is asked for."""
    under = _under_target(now)
    if under is None:
        return (
            YES if now.observation.thermostat.mode is not None and now.setpoint is None else UNKNOWN
        )
    return Verdict(under <= CAUGHT_UP + EPSILON)


def _under_target(now: Situation) -> float | None:
    setpoint, room, outdoor = now.setpoint, now.room, now.outdoor
    if setpoint is None or room is None:
        return None
    return (setpoint if outdoor is None else min(setpoint, now.cap_at(outdoor))) - room


def is_emergency(now: Situation, _figures: Figures) -> Verdict:
    """Tell whether emergency heat was chosen."""
    mode = now.heat.emergency_mode
    return Verdict(True, facts=outdoor_of(now)) if mode else UNKNOWN if mode is None else NO


def is_emergency_in_mild_weather(now: Situation, figures: Figures) -> Verdict:
    """Tell whether it was chosen, and the pump would do."""
    if not now.heat.emergency_mode:
        return is_emergency(now, figures)
    outdoor = now.outdoor
    if outdoor is None:
        return UNKNOWN
    return Verdict(True, facts=outdoor_of(now)) if outdoor > figures["outdoor"] else NO


def is_no_emergency(now: Situation, _figures: Figures, _raised: datetime) -> Verdict:
    """Tell whether the mode was left."""
    mode = now.heat.emergency_mode
    return UNKNOWN if mode is None else Verdict(not mode)


def is_measured(now: Situation) -> bool | None:
    """Tell whether a relay or a meter shows the strips on; None: there is one, and it is silent."""
    said = [
        piece.verdict
        for piece in now.evidence
        if piece.role is Role.AUX and piece.quality is Quality.MEASURED
    ]
    return True if True in said else None if None in said else False


def runs_while_off(now: Situation, _figures: Figures) -> Verdict:
    """Tell whether the strips are measured on though the thermostat, as it said since, is off or cools."""
    thermostat, run = now.observation.thermostat, now.run
    measured, is_called = is_measured(now), is_called_elsewhere(now.observation)
    if measured is False or run is None or now.reheats or is_called:
        return NO
    if measured is None or thermostat.mode is None or is_called is None:
        return UNKNOWN
    if thermostat.mode not in NOT_HEATING_MODES and thermostat.action not in NOT_HEATING:
        return NO
    late = run.start + UNREPORTED_CALL
    is_fresh = (
        thermostat.reported is not None and thermostat.reported >= run.start
    ) or now.at >= late
    return Verdict(is_fresh, late, facts={"mode": thermostat.action or thermostat.mode})


def runs_while_idle(now: Situation, _figures: Figures) -> Verdict:
    """Tell whether the strips are measured on though the thermostat calls for nothing, which it never did before."""
    thermostat = now.observation.thermostat
    measured, is_called = is_measured(now), is_called_elsewhere(now.observation)
    if measured is False or now.circumstances.idles_with_aux or now.reheats or is_called:
        return NO
    if measured is None or thermostat.action is None or is_called is None:
        return UNKNOWN
    return Verdict(
        thermostat.action in RESTING and thermostat.is_set_to_heat,
        facts={"mode": thermostat.action},
    )


def strips_obey(now: Situation, _figures: Figures, raised: datetime) -> Verdict:
    """Tell whether neither relay nor meter shows the strips on, or they have gone off and run again by a call."""
    measured = is_measured(now)
    if not measured:
        return Verdict(None if measured is None else True)
    thermostat = caller(now.observation)
    if thermostat.action is None:
        return UNKNOWN
    is_called = thermostat.is_set_to_heat and thermostat.action in CALLING
    return Verdict(is_called and now.run is not None and now.run.start > raised)
