"""Whether the heat pump heats, and whether the strips do though nobody called them."""

from datetime import datetime, timedelta

from ...account.ledger import HEAT_PUMP_STATES
from ...account.standstill import (
    MAX_PROVEN_SECONDS,
    CompressorResponse,
    compressor_response,
    is_excused,
)
from ...model import Quality, Role
from ...sense.detector import (
    CALLING_ACTIONS,
    NOT_HEATING_ACTIONS,
    NOT_HEATING_MODES,
    calling_thermostat,
    is_called_elsewhere,
)
from ...settings.alerts import (
    AUX_AFTERHEAT,
    CAUGHT_UP_WITHIN,
    MIN_RISE,
    MIN_STRIPS_SHARE,
    NO_RISE,
    UNREPORTED_CALL_TIMEOUT,
)
from ...units import EPSILON
from ..context import AlertContext
from ..trend import MAX_LOOKBACK
from ..verdict import MET, NOT_MET, UNKNOWN, Thresholds, Verdict, due_after
from .facts import outdoor_facts, room_facts

HOUR = timedelta(hours=1)
IDLE_ACTIONS = frozenset({"fan", "idle"})


def is_call_unanswered(context: AlertContext, thresholds: Thresholds) -> Verdict:
    """Tell whether heat is called for, the room is under the setpoint, and the pump should manage by itself."""
    action, under, outdoor = (
        context.observation.thermostat.hvac_action,
        context.below_setpoint,
        context.outdoor,
    )
    if action is not None and (action not in CALLING_ACTIONS or context.heat.emergency_mode):
        return NOT_MET
    if action is None or under is None or outdoor is None:
        return UNKNOWN
    settings = context.settings.alerts
    if (
        under < _setpoint_margin(context, thresholds) - EPSILON
        or outdoor < settings.balance_point + thresholds["above_balance"] - EPSILON
    ):
        return NOT_MET
    return Verdict(True, facts={"under_k": under, **room_facts(context), **outdoor_facts(context)})


def is_not_warming(context: AlertContext, thresholds: Thresholds, since: datetime) -> Verdict:
    """Tell whether the room has not become warmer since an instant, nor since it was coldest."""
    run = context.ledger.run
    if run is not None and run.last_seen <= since < run.last_seen + AUX_AFTERHEAT:
        since = run.last_seen + AUX_AFTERHEAT
        due = since + timedelta(minutes=thresholds["after"])
        if context.at < due:
            return Verdict(False, due)
    if (
        context.trend.rise_from_lowest(context.at, context.at - since)
        >= max(MIN_RISE, context.trend.step) - EPSILON
    ):
        return NOT_MET
    return context.trend.rises_slower_than(
        context.at, NO_RISE if _has_spare_capacity(context, thresholds) else -MIN_RISE, since
    )


def _has_spare_capacity(context: AlertContext, thresholds: Thresholds) -> bool:
    """Return True if it is so mild that even an undersized pump has capacity to spare."""
    sure = context.settings.alerts.balance_point + 2 * thresholds["above_balance"]
    return context.outdoor is not None and context.outdoor >= sure - EPSILON


def has_idle_compressor(context: AlertContext, thresholds: Thresholds) -> Verdict:
    """Return whether calls went by for long with the compressor standing still, and one does now.

    The strips must have been measured to do their share: they rest whenever the room is warm.
    """
    standstill = context.counters.standstill
    if not standstill.missed_call_seconds:
        return NOT_MET
    effort = compressor_response(
        context.heat, context.evidence, context.observation, context.circumstances, context.settings
    )
    is_missing = _is_compressor_idle_on_call(context, effort)
    if not is_missing:
        return Verdict(is_missing)
    left = 60 * thresholds["strips_alone"] - standstill.missed_call_seconds
    unhelped = MIN_STRIPS_SHARE * standstill.missed_call_seconds - standstill.strips_seconds
    if left > 0:
        return Verdict(False, due_after(context.ledger.at, left))
    if unhelped > 0:
        # While they heat, the share grows by what they do more than it asks for.
        helps = effort is CompressorResponse.AUX_ONLY
        return Verdict(
            False,
            due_after(context.ledger.at, unhelped / (1 - MIN_STRIPS_SHARE)) if helps else None,
        )
    return Verdict(
        True, facts={"what": "compressor", **room_facts(context), **outdoor_facts(context)}
    )


def _is_compressor_idle_on_call(context: AlertContext, response: CompressorResponse) -> bool | None:
    """Return whether the compressor stands still now on a call; None where nobody knows."""
    if not response.is_idle_on_call:
        return None if context.heat.compressor is None else False
    if is_excused(context.outdoor, context.settings):
        return None if context.outdoor is None else False
    return context.observation.thermostat.hvac_action in CALLING_ACTIONS or not _is_above_setpoint(
        context
    )


def _is_above_setpoint(context: AlertContext) -> bool:
    """Return True if the room is so far over its setpoint that nobody can have called for heat."""
    return (
        context.below_setpoint is not None and context.below_setpoint < -CAUGHT_UP_WITHIN - EPSILON
    )


def is_compressor_back(context: AlertContext, _thresholds: Thresholds) -> Verdict:
    """Return whether the compressor has run for long without strips since it stood still."""
    left = MAX_PROVEN_SECONDS - context.counters.standstill.proven_seconds
    if left <= 0:
        return MET
    return (
        Verdict(False, due_after(context.ledger.at, left))
        if context.heat.compressor and not context.is_aux_running
        else NOT_MET
    )


def is_heating_again(context: AlertContext, thresholds: Thresholds, raised: datetime) -> Verdict:
    """Tell whether the pump, without the strips, brings or keeps the room near its setpoint, or nothing is to be heated any more."""
    if not context.observation.thermostat.is_set_to_heat:
        return UNKNOWN if context.observation.thermostat.hvac_mode is None else MET
    calls = context.observation.thermostat.hvac_action in CALLING_ACTIONS
    if context.is_aux_running or (calls and context.heat.compressor is False):
        # A compressor that stands still on a call may start any moment.
        return NOT_MET if context.is_aux_running else UNKNOWN
    # What the strips did to the room before is not the pump's.
    alone = (
        MAX_LOOKBACK if context.ledger.run is None else context.at - context.ledger.run.last_seen
    )
    under, rise = context.below_setpoint, context.trend.rise(context.at, min(alone, HOUR))
    if under is None or rise is None:
        return UNKNOWN
    if calls and context.trend.rise_from_lowest(context.at, min(alone, HOUR)) >= MIN_RISE - EPSILON:
        return MET
    # A setpoint that was lowered for the night is no heat: the room must keep it, or come back to it, and somebody have called the pump.
    was_called = (
        context.ledger.points[-1].state in HEAT_PUMP_STATES
        or context.ledger.window(max(raised, context.at - MAX_LOOKBACK))[0].heat_pump > 0
    )
    comes_back = (
        context.trend.max_rise(context.at, min(alone, MAX_LOOKBACK))
        >= max(MIN_RISE, context.trend.step) - EPSILON
    )
    is_near = under < _setpoint_margin(context, thresholds) - EPSILON
    return Verdict(was_called and is_near and (rise > -NO_RISE or comes_back))


def _setpoint_margin(context: AlertContext, thresholds: Thresholds) -> float:
    # A thermometer of whole degrees may show the room a half too cold.
    return thresholds["under"] + context.trend.step / 2


def is_below_target(context: AlertContext, thresholds: Thresholds) -> Verdict:
    """Tell whether the room is far under what can be asked for."""
    under = _below_target(context)
    if under is None:
        return (
            NOT_MET
            if context.observation.thermostat.hvac_mode is not None and context.setpoint is None
            else UNKNOWN
        )
    if under < thresholds["under"] - EPSILON:
        return NOT_MET
    return Verdict(True, facts={"under_k": under, **room_facts(context), **outdoor_facts(context)})


def is_rising_too_slowly(
    context: AlertContext, _thresholds: Thresholds, since: datetime
) -> Verdict:
    """Tell whether the room does not catch up either, since an instant."""
    return context.trend.rises_slower_than(context.at, MIN_RISE, since)


def has_caught_up(context: AlertContext, _thresholds: Thresholds, _raised: datetime) -> Verdict:
    """Tell whether the room is near what can be asked for, or nothing is asked for."""
    under = _below_target(context)
    if under is None:
        return (
            MET
            if context.observation.thermostat.hvac_mode is not None and context.setpoint is None
            else UNKNOWN
        )
    return Verdict(under <= CAUGHT_UP_WITHIN + EPSILON)


def _below_target(context: AlertContext) -> float | None:
    setpoint, room, outdoor = context.setpoint, context.room, context.outdoor
    if setpoint is None or room is None:
        return None
    return (setpoint if outdoor is None else min(setpoint, context.cap_at(outdoor))) - room


def is_emergency_heat_on(context: AlertContext, _thresholds: Thresholds) -> Verdict:
    """Tell whether emergency heat was chosen."""
    mode = context.heat.emergency_mode
    return (
        Verdict(True, facts=outdoor_facts(context))
        if mode
        else UNKNOWN
        if mode is None
        else NOT_MET
    )


def is_emergency_heat_on_in_mild_weather(context: AlertContext, thresholds: Thresholds) -> Verdict:
    """Tell whether it was chosen, and the pump would do."""
    if not context.heat.emergency_mode:
        return is_emergency_heat_on(context, thresholds)
    outdoor = context.outdoor
    if outdoor is None:
        return UNKNOWN
    return (
        Verdict(True, facts=outdoor_facts(context)) if outdoor > thresholds["outdoor"] else NOT_MET
    )


def is_emergency_heat_off(
    context: AlertContext, _thresholds: Thresholds, _raised: datetime
) -> Verdict:
    """Tell whether the mode was left."""
    mode = context.heat.emergency_mode
    return UNKNOWN if mode is None else Verdict(not mode)


def is_aux_measured(context: AlertContext) -> bool | None:
    """Tell whether a relay or a meter shows the strips on; None: there is one, and it is silent."""
    said = [
        piece.is_on
        for piece in context.evidence
        if piece.role is Role.AUX and piece.quality is Quality.MEASURED
    ]
    return True if True in said else None if None in said else False


def is_aux_on_while_off(context: AlertContext, _thresholds: Thresholds) -> Verdict:
    """Tell whether the strips are measured on though the thermostat, as it said since, is off or cools."""
    thermostat, run = context.observation.thermostat, context.current_run
    measured, is_called = is_aux_measured(context), is_called_elsewhere(context.observation)
    if measured is False or run is None or context.is_reheating or is_called:
        return NOT_MET
    if measured is None or thermostat.hvac_mode is None or is_called is None:
        return UNKNOWN
    if (
        thermostat.hvac_mode not in NOT_HEATING_MODES
        and thermostat.hvac_action not in NOT_HEATING_ACTIONS
    ):
        return NOT_MET
    late = run.start + UNREPORTED_CALL_TIMEOUT
    is_fresh = (
        thermostat.last_reported is not None and thermostat.last_reported >= run.start
    ) or context.at >= late
    return Verdict(is_fresh, late, facts={"mode": thermostat.hvac_action or thermostat.hvac_mode})


def is_aux_on_while_idle(context: AlertContext, _thresholds: Thresholds) -> Verdict:
    """Tell whether the strips are measured on though the thermostat calls for nothing, which it never did before."""
    thermostat = context.observation.thermostat
    measured, is_called = is_aux_measured(context), is_called_elsewhere(context.observation)
    if (
        measured is False
        or context.circumstances.reports_idle_with_aux
        or context.is_reheating
        or is_called
    ):
        return NOT_MET
    if measured is None or thermostat.hvac_action is None or is_called is None:
        return UNKNOWN
    return Verdict(
        thermostat.hvac_action in IDLE_ACTIONS and thermostat.is_set_to_heat,
        facts={"mode": thermostat.hvac_action},
    )


def is_aux_following_calls(
    context: AlertContext, _thresholds: Thresholds, raised: datetime
) -> Verdict:
    """Tell whether neither relay nor meter shows the strips on, or they have gone off and run again by a call."""
    measured = is_aux_measured(context)
    if not measured:
        return Verdict(None if measured is None else True)
    thermostat = calling_thermostat(context.observation)
    if thermostat.hvac_action is None:
        return UNKNOWN
    is_called = thermostat.is_set_to_heat and thermostat.hvac_action in CALLING_ACTIONS
    return Verdict(
        is_called and context.current_run is not None and context.current_run.start > raised
    )
