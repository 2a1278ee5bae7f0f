"""A signal that the guard needs is missing or outdated."""

from datetime import datetime, timedelta

from ...model import Alert
from ...sense.values import is_outdoor_stale
from ...settings.guard import OUTDOOR_STALE
from ...units import NumberSpec
from ..context import AlertContext
from ..rule import Rule, Trigger, minutes_from, variant_from
from ..verdict import NOT_MET, Thresholds, Verdict


def is_aux_unknown(context: AlertContext, _thresholds: Thresholds) -> Verdict:
    """Check whether no signal reports aux heat."""
    if context.heat.aux is not None:
        return NOT_MET
    return Verdict(holds=True, facts={"what": "aux"})


def is_room_unknown(context: AlertContext, _thresholds: Thresholds) -> Verdict:
    """Check whether the thermostat no longer reports the room temperature."""
    if context.room is not None or not context.circumstances.has_reported_room:
        return NOT_MET
    return Verdict(holds=True, facts={"what": "room"})


def is_outdoor_unavailable(context: AlertContext, _thresholds: Thresholds) -> Verdict:
    """Check whether the outdoor temperature is unavailable."""
    if not context.settings.has_outdoor or context.observation.outdoor is not None:
        return NOT_MET
    return Verdict(holds=True, facts={"what": "outdoor"})


def has_stale_outdoor(context: AlertContext, _thresholds: Thresholds) -> Verdict:
    """Check whether the outdoor temperature is available, but hours old."""
    reported = context.observation.outdoor_last_reported
    due = None if reported is None else reported + OUTDOOR_STALE + timedelta.resolution
    if not is_outdoor_stale(context.observation):
        return Verdict(holds=False, due=due)
    return Verdict(holds=True, due=due, facts={"what": "outdoor"})


def has_all_data(context: AlertContext, thresholds: Thresholds, _raised: datetime) -> Verdict:
    """Check whether no data is missing."""
    gaps = (is_aux_unknown, is_room_unknown, is_outdoor_unavailable, has_stale_outdoor)
    return Verdict(holds=not any(gap(context, thresholds).holds for gap in gaps))


RULE = Rule(
    alert=Alert.MISSING_DATA,
    thresholds={
        "after": NumberSpec(
            30,
            5,
            1440,
            5,
            "min",
            "Clouds are gone for minutes; after half an hour something is broken.",
        ),
    },
    triggers=(
        Trigger(condition=is_aux_unknown, delay=minutes_from("after")),
        Trigger(condition=is_room_unknown, delay=minutes_from("after")),
        Trigger(condition=is_outdoor_unavailable, delay=minutes_from("after")),
        Trigger(condition=has_stale_outdoor),
    ),
    clear_condition=has_all_data,
    variant=variant_from("what"),
)
