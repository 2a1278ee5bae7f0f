"""Aux heat starts again and again within an hour."""

from datetime import datetime, timedelta

from ...model import Alert
from ...units import NumberSpec
from ..context import AlertContext, run_starts_since
from ..facts import count
from ..rule import Rule, Trigger
from ..verdict import MET, NOT_MET, Thresholds, Verdict

HOUR = timedelta(hours=1)

CYCLING_CLEAR_SHARE = 0.5
"""Share of the starts: an hour with under 5 where 10 are too many."""


def is_short_cycling(context: AlertContext, thresholds: Thresholds) -> Verdict:
    """Check whether aux heat started too often in the last hour."""
    starts = len(run_starts_since(context.ledger, context.ledger.at - HOUR))
    if starts < thresholds["starts"]:
        return NOT_MET
    return Verdict(holds=True, facts={"starts": count(starts)})


def has_stopped_cycling(
    context: AlertContext, thresholds: Thresholds, _raised: datetime
) -> Verdict:
    """Check whether aux heat started clearly less often in the last hour."""
    starts = run_starts_since(context.ledger, context.ledger.at - HOUR)
    surplus = len(starts) - thresholds["starts"] * CYCLING_CLEAR_SHARE
    return MET if surplus < 0 else Verdict(holds=False, due=starts[int(surplus)] + HOUR)


RULE = Rule(
    alert=Alert.SHORT_CYCLING,
    thresholds={
        "starts": NumberSpec(
            10,
            3,
            60,
            1,
            None,
            "With the usual minimum of 5 min on, ten starts leave the strips a minute's rest each.",
        ),
    },
    triggers=(Trigger(condition=is_short_cycling),),
    clear_condition=has_stopped_cycling,
    depends_on_aux_signal=True,
)
