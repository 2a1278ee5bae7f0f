"""The heat pump does not heat: the room does not warm, or the compressor does not answer calls."""

from datetime import datetime, timedelta

from ...account.ledger import HEAT_PUMP_STATES
from ...account.standstill import (
    MAX_PROVEN_SECONDS,
    CompressorResponse,
    compressor_response,
    is_excused,
)
from ...model import Alert
from ...sense.detector import CALLING_ACTIONS
from ...settings.alerts import COMPRESSOR_LOCKOUT, PUMP_CLEAR_DELAY
from ...units import EPSILON, HUNDREDTH_F, NumberSpec, kelvin_from_fahrenheit
from ..conditions.common_facts import outdoor_facts, room_facts
from ..conditions.room import CAUGHT_UP_WITHIN, MIN_RISE
from ..context import AlertContext
from ..facts import difference
from ..rule import Rule, Trigger, minutes_from, variant_from
from ..trend import MAX_LOOKBACK
from ..verdict import MET, NOT_MET, UNKNOWN, Thresholds, Verdict, due_after

HOUR = timedelta(hours=1)

AUX_AFTERHEAT = timedelta(hours=1)
"""After aux heat, the walls take heat from the air: a falling room says nothing of the pump."""

NO_RISE = 0.1
"""K in an hour: a room that rises by less does not rise. Thermometers report tenths."""

MIN_STRIPS_SHARE = 0.1
"""Share of the calls: strips that hide a dead compressor in mild weather rest most of the time."""


def is_call_unanswered(context: AlertContext, thresholds: Thresholds) -> Verdict:
    """Check whether the room is cold on a call for heat that the pump should manage alone."""
    action = context.observation.thermostat.hvac_action
    below, outdoor = context.below_setpoint, context.outdoor
    if action is not None and (action not in CALLING_ACTIONS or context.heat.emergency_mode):
        return NOT_MET
    if action is None or below is None or outdoor is None:
        return UNKNOWN
    mildest = context.settings.alerts.balance_point + thresholds["above_balance"]
    if below < _setpoint_margin(context, thresholds) - EPSILON or outdoor < mildest - EPSILON:
        return NOT_MET
    return Verdict(
        holds=True,
        facts={"under": difference(below), **room_facts(context), **outdoor_facts(context)},
    )


def is_not_warming(context: AlertContext, thresholds: Thresholds, since: datetime) -> Verdict:
    """Check whether the room has not warmed since an instant, nor since it was coldest."""
    run = context.ledger.run
    if run is not None and run.last_seen <= since < run.last_seen + AUX_AFTERHEAT:
        since = run.last_seen + AUX_AFTERHEAT
        due = since + timedelta(minutes=thresholds["after"])
        if context.at < due:
            return Verdict(holds=False, due=due)
    rise = context.trend.rise_from_lowest(context.at, context.at - since)
    if rise >= max(MIN_RISE, context.trend.step) - EPSILON:
        return NOT_MET
    rate = NO_RISE if _has_spare_capacity(context, thresholds) else -MIN_RISE
    return context.trend.rises_slower_than(context.at, rate, since)


def _has_spare_capacity(context: AlertContext, thresholds: Thresholds) -> bool:
    """Return True if it is so mild that even an undersized pump has capacity to spare."""
    mild = context.settings.alerts.balance_point + 2 * thresholds["above_balance"]
    return context.outdoor is not None and context.outdoor >= mild - EPSILON


def has_idle_compressor(context: AlertContext, thresholds: Thresholds) -> Verdict:
    """Check whether the compressor stands still on a call, and did so for a long time of calls.

    The strips must have been measured to do their share: they rest whenever the room is warm.
    """
    standstill = context.counters.standstill
    if not standstill.missed_call_seconds:
        return NOT_MET
    response = compressor_response(
        context.heat, context.evidence, context.observation, context.circumstances, context.settings
    )
    is_idle = _is_compressor_idle_on_call(context, response)
    if not is_idle:
        return Verdict(holds=is_idle)
    seconds_left = 60 * thresholds["strips_alone"] - standstill.missed_call_seconds
    strips_missing = MIN_STRIPS_SHARE * standstill.missed_call_seconds - standstill.strips_seconds
    if seconds_left > 0:
        return Verdict(holds=False, due=due_after(context.ledger.at, seconds_left))
    if strips_missing > 0:
        if response is not CompressorResponse.AUX_ONLY:
            return NOT_MET
        # While the strips heat, their seconds grow faster than the share that is required.
        due = due_after(context.ledger.at, strips_missing / (1 - MIN_STRIPS_SHARE))
        return Verdict(holds=False, due=due)
    return Verdict(
        holds=True, facts={"what": "compressor", **room_facts(context), **outdoor_facts(context)}
    )


def _is_compressor_idle_on_call(context: AlertContext, response: CompressorResponse) -> bool | None:
    """Return True if the compressor stands still on a call now, or None if that is unknown."""
    if not response.is_idle_on_call:
        return None if context.heat.compressor is None else False
    if is_excused(context.outdoor, context.settings):
        return None if context.outdoor is None else False
    return context.observation.thermostat.hvac_action in CALLING_ACTIONS or not _is_above_setpoint(
        context
    )


def _is_above_setpoint(context: AlertContext) -> bool:
    """Return True if the room is so far above its setpoint that nothing can call for heat."""
    return (
        context.below_setpoint is not None and context.below_setpoint < -CAUGHT_UP_WITHIN - EPSILON
    )


def is_compressor_back(context: AlertContext, _thresholds: Thresholds) -> Verdict:
    """Check whether the compressor has run long enough without strips since it stood still."""
    seconds_left = MAX_PROVEN_SECONDS - context.counters.standstill.proven_seconds
    if seconds_left <= 0:
        return MET
    if not context.heat.compressor or context.is_aux_running:
        return NOT_MET
    return Verdict(holds=False, due=due_after(context.ledger.at, seconds_left))


def is_heating_again(context: AlertContext, thresholds: Thresholds, raised: datetime) -> Verdict:
    """Check whether the pump alone keeps the room near its setpoint, or no heat is wanted."""
    thermostat = context.observation.thermostat
    if not thermostat.is_set_to_heat:
        return UNKNOWN if thermostat.hvac_mode is None else MET
    is_calling = thermostat.hvac_action in CALLING_ACTIONS
    if context.is_aux_running:
        return NOT_MET
    if is_calling and context.heat.compressor is False:
        # A compressor that stands still on a call may start any moment.
        return UNKNOWN
    # The effect of earlier aux heat on the room is not the pump's.
    pump_alone = MAX_LOOKBACK
    if context.ledger.run is not None:
        pump_alone = context.at - context.ledger.run.last_seen
    last_hour = min(pump_alone, HOUR)
    below, rise = context.below_setpoint, context.trend.rise(context.at, last_hour)
    if below is None or rise is None:
        return UNKNOWN
    if is_calling and context.trend.rise_from_lowest(context.at, last_hour) >= MIN_RISE - EPSILON:
        return MET
    # A setpoint that was lowered for the night proves nothing: the pump must have been called,
    # and the room must keep the setpoint or return to it.
    was_called = (
        context.ledger.points[-1].state in HEAT_PUMP_STATES
        or context.ledger.window(max(raised, context.at - MAX_LOOKBACK))[0].heat_pump > 0
    )
    highest_rise = context.trend.max_rise(context.at, min(pump_alone, MAX_LOOKBACK))
    has_come_back = highest_rise >= max(MIN_RISE, context.trend.step) - EPSILON
    is_near = below < _setpoint_margin(context, thresholds) - EPSILON
    return Verdict(holds=was_called and is_near and (rise > -NO_RISE or has_come_back))


def _setpoint_margin(context: AlertContext, thresholds: Thresholds) -> float:
    # A thermometer with whole degrees may show the room half a degree too cold.
    return thresholds["under"] + context.trend.step / 2


RULE = Rule(
    alert=Alert.NOT_HEATING,
    thresholds={
        "after": NumberSpec(
            60, 20, 480, 5, "min", "Any sound pump shows in the room within an hour."
        ),
        "under": NumberSpec(
            kelvin_from_fahrenheit(1),
            0.2,
            5,
            HUNDREDTH_F,
            "K",
            "1 °F: outside a thermostat's differential.",
        ),
        "above_balance": NumberSpec(
            kelvin_from_fahrenheit(10),
            0,
            20,
            HUNDREDTH_F,
            "K",
            "10 °F above its balance point a pump has a third of its capacity to spare.",
        ),
        "lockout": COMPRESSOR_LOCKOUT,
        "strips_alone": NumberSpec(
            180,
            30,
            1440,
            10,
            "min",
            "Defrosts and start delays never add up to 3 h, for the compressor runs between them.",
        ),
    },
    triggers=(
        Trigger(
            condition=is_call_unanswered,
            delay=minutes_from("after"),
            final_condition=is_not_warming,
        ),
        Trigger(condition=has_idle_compressor),
    ),
    clear_condition=is_heating_again,
    clear_delay=PUMP_CLEAR_DELAY,
    instant_clear_conditions={"compressor": is_compressor_back},
    variant=variant_from("what"),
)
