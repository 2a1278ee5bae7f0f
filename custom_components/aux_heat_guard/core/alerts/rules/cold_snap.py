"""The forecast has hours below the balance point."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from ...model import Alert, Severity
from ...units import NumberSpec
from ..context import AlertContext
from ..facts import Facts, count, temperature
from ..rule import ONE_DAY, Rule, Trigger
from ..verdict import NOT_MET, UNKNOWN, Thresholds, Verdict

HOUR = timedelta(hours=1)

COLD_SNAP_LOOKAHEAD = timedelta(hours=24)
"""Within a day, something can still be done about it."""


def is_cold_snap_ahead(context: AlertContext, thresholds: Thresholds) -> Verdict:
    """Check whether it will be below the balance point for hours."""
    if not context.observation.forecast.hours:
        return UNKNOWN
    spell = next(
        (spell for spell in _cold_spells(context) if spell.length >= thresholds["hours"] * HOUR),
        None,
    )
    if spell is None or context.is_below_balance_point:
        return NOT_MET
    facts: Facts = {
        "from": spell.start,
        "cold_hours": count(round(spell.length / HOUR)),
        "outdoor": temperature(spell.lowest),
        "balance": temperature(context.settings.alerts.balance_point),
    }
    return Verdict(holds=True, facts=facts)


def is_cold_snap_over(context: AlertContext, thresholds: Thresholds, _raised: datetime) -> Verdict:
    """Check whether the forecast has no cold snap any more."""
    if context.is_below_balance_point:
        return NOT_MET
    if not context.observation.forecast.hours:
        return UNKNOWN
    longest = thresholds["hours"] * HOUR
    return Verdict(holds=all(spell.length < longest for spell in _cold_spells(context)))


@dataclass(frozen=True, slots=True)
class _ColdSpell:
    """A span below the balance point."""

    start: datetime
    end: datetime
    lowest: float

    @property
    def length(self) -> timedelta:
        return self.end - self.start


def _cold_spells(context: AlertContext) -> list[_ColdSpell]:
    """Return the cold spells of the forecast.

    Each value of the forecast holds until the next one, and the last for as long as the one
    before it.
    """
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


RULE = Rule(
    alert=Alert.COLD_SNAP,
    severity=Severity.INFO,
    thresholds={
        "hours": NumberSpec(3, 1, 24, 1, "h", "A shorter dip is carried by the house."),
    },
    triggers=(Trigger(condition=is_cold_snap_ahead),),
    clear_condition=is_cold_snap_over,
    cooldown=ONE_DAY,
    is_forecast=True,
)
