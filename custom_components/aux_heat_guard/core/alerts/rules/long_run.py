"""A single aux run lasts too long."""

from ...model import Alert, Cause
from ...units import NumberSpec
from ..conditions.common_facts import cause_facts, outdoor_facts
from ..context import AlertContext
from ..facts import energy, money, seconds
from ..rule import FAULTS, Rule, Trigger, setback_setpoint
from ..verdict import NOT_MET, Thresholds, Verdict, due_after


def is_run_too_long(context: AlertContext, thresholds: Thresholds) -> Verdict:
    """Check whether the current aux run lasts too long."""
    run, longest = context.current_run, 60 * thresholds["longest"]
    if run is None:
        return NOT_MET
    if run.seconds < longest:
        if not context.is_aux_running:
            return NOT_MET
        return Verdict(holds=False, due=due_after(context.ledger.at, longest - run.seconds))
    facts = {
        "run": seconds(run.seconds),
        "kwh": energy(run.kwh),
        "money": money(run.cost),
        **outdoor_facts(context),
        **cause_facts(context),
    }
    is_cold = run.cause is Cause.COLD
    if context.outdoor is not None:
        is_cold = context.is_below_balance_point
    return Verdict(
        holds=True,
        facts=facts,
        is_expected=(is_cold or context.has_furnace) if context.is_aux_running else None,
    )


RULE = Rule(
    alert=Alert.LONG_RUN,
    thresholds={
        "longest": NumberSpec(
            90,
            10,
            1440,
            5,
            "min",
            "A recovery of a few degrees with strips is over in half that time.",
        ),
    },
    triggers=(Trigger(condition=is_run_too_long),),
    suppressed_by=FAULTS,
    depends_on_aux_signal=True,
    waits_while_allowed=True,
    lower_setpoint=setback_setpoint,
)
