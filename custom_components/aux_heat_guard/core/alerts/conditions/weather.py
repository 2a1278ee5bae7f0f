"""Whether it is or will be cold, and whether that can be told."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from ...model import Mode
from ...sense.signals import outdoor_is_stale
from ...settings.alerts import FREEZING_AHEAD, FREEZING_OVER, NO_RISE, SNAP_AHEAD
from ...settings.guard import OUTDOOR_STALE
from ..context import Situation
from ..verdict import NO, UNKNOWN, YES, Facts, Figures, Verdict

HOUR = timedelta(hours=1)


def is_high_near_freezing(now: Situation, figures: Figures) -> Verdict:
    """Tell whether it is near freezing, or will be tonight, and the setpoint is above what a heat pump should be asked for then."""
    if _is_capped(now):
        return NO
    coldest, is_ahead = _coldest(now, figures["outdoor"])
    setpoint = now.setpoint
    if coldest is None:
        return UNKNOWN if now.outdoor is None or _is_forecast_missing(now) else NO
    if setpoint is None:
        return NO if now.observation.thermostat.mode is not None else UNKNOWN
    cap = now.lowest_at(coldest)
    if cap is None:
        return NO
    facts: Facts = {
        "setpoint_c": setpoint,
        "cap_c": cap,
        "outdoor_c": coldest,
        "when": "ahead" if is_ahead else "now",
    }
    return Verdict(setpoint > cap + NO_RISE, facts=facts)


def is_not_near_freezing(now: Situation, figures: Figures, _raised: datetime) -> Verdict:
    """Tell whether it is warm enough again, or the setpoint is low enough."""
    if _is_capped(now):
        return YES
    over = max(FREEZING_OVER, figures["outdoor"])
    coldest, _ = _coldest(now, figures["outdoor"])
    if coldest is None:
        return (
            UNKNOWN
            if now.outdoor is None or _is_forecast_missing(now)
            else Verdict(now.outdoor > over)
        )
    setpoint = now.setpoint
    if setpoint is None:
        return Verdict(True if now.observation.thermostat.mode is not None else None)
    cap = now.lowest_at(coldest)
    return YES if cap is None else Verdict(setpoint <= cap + NO_RISE)


def _is_capped(now: Situation) -> bool:
    """Tell whether the cap takes care of it, or proposes to."""
    return now.settings.mode is not Mode.MONITOR and now.settings.protection.cap is not None


def _coldest(now: Situation, threshold: float) -> tuple[float | None, bool]:
    """Find the coldest, now or soon, where it is at or under a threshold; and whether that is yet to come."""
    here = now.outdoor if now.outdoor is not None and now.outdoor <= threshold else None
    ahead = min(
        (outdoor for _, outdoor in now.forecast(FREEZING_AHEAD) if outdoor <= threshold),
        default=None,
    )
    if here is None or (ahead is not None and ahead < here):
        return ahead, True
    return here, False


def _is_forecast_missing(now: Situation) -> bool:
    return now.settings.has_forecast and not now.observation.forecast.hours


def snaps_cold(now: Situation, figures: Figures) -> Verdict:
    """Tell whether it will be below the balance point for hours."""
    if not now.observation.forecast.hours:
        return UNKNOWN
    spell = next(
        (spell for spell in _cold_spells(now) if spell.length >= figures["hours"] * HOUR), None
    )
    if spell is None or now.is_cold:
        return NO
    facts: Facts = {
        "from_at": spell.start,
        "cold_hours": round(spell.length / HOUR),
        "outdoor_c": spell.lowest,
        "balance_c": now.settings.alerts.balance_point,
    }
    return Verdict(True, facts=facts)


def is_past(now: Situation, figures: Figures, _raised: datetime) -> Verdict:
    """Tell whether it is not that cold, and will not be."""
    if now.is_cold:
        return NO
    if not now.observation.forecast.hours:
        return UNKNOWN
    return Verdict(all(spell.length < figures["hours"] * HOUR for spell in _cold_spells(now)))


@dataclass(frozen=True, slots=True)
class _Spell:
    """A time below the balance point."""

    start: datetime
    end: datetime
    lowest: float

    @property
    def length(self) -> timedelta:
        return self.end - self.start


def _cold_spells(now: Situation) -> list[_Spell]:
    """Find them in the forecast, each value of which holds until the next one; the last for as long as the one before."""
    hours = now.forecast(SNAP_AHEAD)
    lengths = [later - at for (at, _), (later, _) in pairwise(hours)]
    spells: list[_Spell] = []
    for (at, outdoor), length in zip(hours, [*lengths, *(lengths[-1:] or [HOUR])], strict=False):
        if outdoor >= now.settings.alerts.balance_point:
            continue
        if spells and spells[-1].end == at:
            spells[-1] = _Spell(spells[-1].start, at + length, min(spells[-1].lowest, outdoor))
        else:
            spells.append(_Spell(at, at + length, outdoor))
    return spells


def sees_no_strips(now: Situation, _figures: Figures) -> Verdict:
    """Tell whether nothing tells whether the strips run."""
    return NO if now.heat.strips is not None else Verdict(True, facts={"what": "aux"})


def sees_no_room(now: Situation, _figures: Figures) -> Verdict:
    """Tell whether the thermostat does not tell how warm the room is, though it did."""
    return (
        Verdict(True, facts={"what": "room"})
        if now.room is None and now.circumstances.room_known
        else NO
    )


def sees_no_outdoor(now: Situation, _figures: Figures) -> Verdict:
    """Tell whether the outdoor temperature is gone."""
    return (
        Verdict(True, facts={"what": "outdoor"})
        if now.settings.has_outdoor and now.observation.outdoor is None
        else NO
    )


def has_old_outdoor(now: Situation, _figures: Figures) -> Verdict:
    """Tell whether the outdoor temperature is there, but was not reported for hours."""
    reported = now.observation.outdoor_reported
    due = None if reported is None else reported + OUTDOOR_STALE + timedelta.resolution
    return (
        Verdict(True, due, facts={"what": "outdoor"})
        if outdoor_is_stale(now.observation)
        else Verdict(False, due)
    )


def sees_all(now: Situation, figures: Figures, _raised: datetime) -> Verdict:
    """Tell whether all of it is back."""
    gaps = (sees_no_strips, sees_no_room, sees_no_outdoor, has_old_outdoor)
    return Verdict(not any(gap(now, figures).holds for gap in gaps))
