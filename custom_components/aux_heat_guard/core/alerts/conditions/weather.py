"""Whether it is or will be cold, and whether that can be told."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from ...model import Mode
from ...sense.values import is_outdoor_stale
from ...settings.alerts import (
    COLD_SNAP_LOOKAHEAD,
    FREEZING_CLEAR_ABOVE,
    FREEZING_LOOKAHEAD,
    NO_RISE,
)
from ...settings.guard import OUTDOOR_STALE
from ..context import AlertContext
from ..verdict import MET, NOT_MET, UNKNOWN, Facts, Thresholds, Verdict

HOUR = timedelta(hours=1)


def is_setpoint_high_near_freezing(context: AlertContext, thresholds: Thresholds) -> Verdict:
    """Tell whether it is near freezing, or will be tonight, and the setpoint is above what a heat pump should be asked for then."""
    if _has_cap(context):
        return NOT_MET
    coldest, is_ahead = _coldest(context, thresholds["outdoor"])
    setpoint = context.setpoint
    if coldest is None:
        return UNKNOWN if context.outdoor is None or _is_forecast_missing(context) else NOT_MET
    if setpoint is None:
        return NOT_MET if context.observation.thermostat.hvac_mode is not None else UNKNOWN
    cap = context.lowest_setpoint_at(coldest)
    if cap is None:
        return NOT_MET
    facts: Facts = {
        "setpoint_c": setpoint,
        "cap_c": cap,
        "outdoor_c": coldest,
        "when": "ahead" if is_ahead else "now",
    }
    return Verdict(setpoint > cap + NO_RISE, facts=facts)


def is_not_near_freezing(
    context: AlertContext, thresholds: Thresholds, _raised: datetime
) -> Verdict:
    """Tell whether it is warm enough again, or the setpoint is low enough."""
    if _has_cap(context):
        return MET
    over = max(FREEZING_CLEAR_ABOVE, thresholds["outdoor"])
    coldest, _ = _coldest(context, thresholds["outdoor"])
    if coldest is None:
        return (
            UNKNOWN
            if context.outdoor is None or _is_forecast_missing(context)
            else Verdict(context.outdoor > over)
        )
    setpoint = context.setpoint
    if setpoint is None:
        return Verdict(True if context.observation.thermostat.hvac_mode is not None else None)
    cap = context.lowest_setpoint_at(coldest)
    return MET if cap is None else Verdict(setpoint <= cap + NO_RISE)


def _has_cap(context: AlertContext) -> bool:
    """Tell whether the cap takes care of it, or proposes to."""
    return context.settings.mode is not Mode.MONITOR and context.settings.protection.cap is not None


def _coldest(context: AlertContext, threshold: float) -> tuple[float | None, bool]:
    """Find the coldest, now or soon, where it is at or under a threshold; and whether that is yet to come."""
    here = context.outdoor if context.outdoor is not None and context.outdoor <= threshold else None
    ahead = min(
        (outdoor for _, outdoor in context.forecast(FREEZING_LOOKAHEAD) if outdoor <= threshold),
        default=None,
    )
    if here is None or (ahead is not None and ahead < here):
        return ahead, True
    return here, False


def _is_forecast_missing(context: AlertContext) -> bool:
    return context.settings.has_forecast and not context.observation.forecast.hours


def is_cold_snap_ahead(context: AlertContext, thresholds: Thresholds) -> Verdict:
    """Tell whether it will be below the balance point for hours."""
    if not context.observation.forecast.hours:
        return UNKNOWN
    spell = next(
        (spell for spell in _cold_spells(context) if spell.length >= thresholds["hours"] * HOUR),
        None,
    )
    if spell is None or context.is_below_balance_point:
        return NOT_MET
    facts: Facts = {
        "from_at": spell.start,
        "cold_hours": round(spell.length / HOUR),
        "outdoor_c": spell.lowest,
        "balance_c": context.settings.alerts.balance_point,
    }
    return Verdict(True, facts=facts)


def is_cold_snap_over(context: AlertContext, thresholds: Thresholds, _raised: datetime) -> Verdict:
    """Tell whether it is not that cold, and will not be."""
    if context.is_below_balance_point:
        return NOT_MET
    if not context.observation.forecast.hours:
        return UNKNOWN
    return Verdict(
        all(spell.length < thresholds["hours"] * HOUR for spell in _cold_spells(context))
    )


@dataclass(frozen=True, slots=True)
class _ColdSpell:
    """A time below the balance point."""

    start: datetime
    end: datetime
    lowest: float

    @property
    def length(self) -> timedelta:
        return self.end - self.start


def _cold_spells(context: AlertContext) -> list[_ColdSpell]:
    """Find them in the forecast, each value of which holds until the next one; the last for as long as the one before."""
    hours = context.forecast(COLD_SNAP_LOOKAHEAD)
    lengths = [later - at for (at, _), (later, _) in pairwise(hours)]
    spells: list[_ColdSpell] = []
    for (at, outdoor), length in zip(hours, [*lengths, *(lengths[-1:] or [HOUR])], strict=False):
        if outdoor >= context.settings.alerts.balance_point:
            continue
        if spells and spells[-1].end == at:
            spells[-1] = _ColdSpell(spells[-1].start, at + length, min(spells[-1].lowest, outdoor))
        else:
            spells.append(_ColdSpell(at, at + length, outdoor))
    return spells


def is_aux_unknown(context: AlertContext, _thresholds: Thresholds) -> Verdict:
    """Tell whether nothing tells whether the strips run."""
    return NOT_MET if context.heat.aux is not None else Verdict(True, facts={"what": "aux"})


def is_room_unknown(context: AlertContext, _thresholds: Thresholds) -> Verdict:
    """Tell whether the thermostat does not tell how warm the room is, though it did."""
    return (
        Verdict(True, facts={"what": "room"})
        if context.room is None and context.circumstances.has_reported_room
        else NOT_MET
    )


def is_outdoor_unavailable(context: AlertContext, _thresholds: Thresholds) -> Verdict:
    """Tell whether the outdoor temperature is gone."""
    return (
        Verdict(True, facts={"what": "outdoor"})
        if context.settings.has_outdoor and context.observation.outdoor is None
        else NOT_MET
    )


def has_stale_outdoor(context: AlertContext, _thresholds: Thresholds) -> Verdict:
    """Tell whether the outdoor temperature is there, but was not reported for hours."""
    reported = context.observation.outdoor_last_reported
    due = None if reported is None else reported + OUTDOOR_STALE + timedelta.resolution
    return (
        Verdict(True, due, facts={"what": "outdoor"})
        if is_outdoor_stale(context.observation)
        else Verdict(False, due)
    )


def has_all_data(context: AlertContext, thresholds: Thresholds, _raised: datetime) -> Verdict:
    """Tell whether all of it is back."""
    gaps = (is_aux_unknown, is_room_unknown, is_outdoor_unavailable, has_stale_outdoor)
    return Verdict(not any(gap(context, thresholds).holds for gap in gaps))
