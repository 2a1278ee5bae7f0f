"""Aux heat ran for longer than its budget."""

from datetime import datetime, timedelta

from ...model import Alert, Cause
from ...units import NumberSpec
from ..conditions.common_facts import cause_facts
from ..context import AlertContext, runs_since
from ..facts import Facts, energy, money, seconds
from ..rule import FAULTS, Rule, Trigger, setback_setpoint
from ..verdict import NOT_MET, Thresholds, Verdict, due_after

OVERRUN_CLEAR_SHARE = 0.8
"""Share of the budget: without a gap the alert would come and go with each minute."""

EXPECTED_SHARE = 0.5
"""Share of aux heat that was needed, from which on all of it is expected."""


def is_over_budget(context: AlertContext, thresholds: Thresholds) -> Verdict:
    """Check whether aux heat ran for longer than its budget in the window."""
    budget = 60 * thresholds["budget"]
    window = timedelta(hours=thresholds["window"])
    aux, facts = _aux_usage(context, window)
    if aux >= budget:
        return Verdict(
            holds=True,
            facts={**facts, "budget": seconds(budget), **cause_facts(context)},
            is_expected=_is_expected(context, aux, window),
        )
    if not context.is_aux_running:
        return NOT_MET
    return Verdict(holds=False, due=due_after(context.ledger.at, budget - aux))


def is_within_budget(context: AlertContext, thresholds: Thresholds, _raised: datetime) -> Verdict:
    """Check whether aux heat is well under its budget again."""
    limit = 60 * thresholds["budget"] * OVERRUN_CLEAR_SHARE
    window = timedelta(hours=thresholds["window"])
    aux, _ = _aux_usage(context, window)
    if aux < limit or context.is_aux_running:
        return Verdict(holds=aux < limit)
    at = context.ledger.at
    first_exit = min(
        (run.start + window for run in runs_since(context.ledger, at - window)), default=at
    )
    return Verdict(holds=False, due=due_after(max(first_exit, at), aux - limit))


def _aux_usage(context: AlertContext, window: timedelta) -> tuple[float, Facts]:
    """Return the seconds of aux heat in a window, and the facts about them."""
    totals, amounts = context.ledger.window(context.ledger.at - window)
    return totals.aux, {
        "aux": seconds(totals.aux),
        "window": seconds(window.total_seconds()),
        "kwh": energy(amounts.kwh),
        "money": money(amounts.cost),
    }


def _is_expected(context: AlertContext, aux: float, window: timedelta) -> bool:
    """Return True if most of the aux heat was needed: by the cold, or by a furnace."""
    begin = context.ledger.at - window
    cold_runs = [run for run in runs_since(context.ledger, begin) if run.cause is Cause.COLD]
    needed = sum(
        max((run.last_seen - max(run.start, begin)).total_seconds(), 0.0) for run in cold_runs
    )
    return context.has_furnace or needed >= aux * EXPECTED_SHARE


RULE = Rule(
    alert=Alert.OVERRUN,
    thresholds={
        "budget": NumberSpec(180, 5, 10_080, 5, "min", "ecobee's own alert: 3 h."),
        "window": NumberSpec(
            24, 1, 168, 1, "h", "A day: what a home needs changes with day and night."
        ),
    },
    triggers=(Trigger(condition=is_over_budget),),
    clear_condition=is_within_budget,
    suppressed_by=FAULTS,
    depends_on_aux_signal=True,
    waits_while_allowed=True,
    lower_setpoint=setback_setpoint,
)
