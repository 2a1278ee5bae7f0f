"""The air filter is due, by hours of airflow and by days."""

from ...account.counters import has_airflow
from ...model import Alert, Severity
from ...units import NumberSpec
from ..context import AlertContext
from ..facts import count
from ..rule import ONE_DAY, Rule, Trigger
from ..verdict import NOT_MET, Thresholds, Verdict, due_after

DAY = ONE_DAY.total_seconds()


def is_filter_due(context: AlertContext, thresholds: Thresholds) -> Verdict:
    """Check whether the filter is due, by hours of airflow and by days."""
    counters, at = context.counters, context.ledger.at
    airflow_left = 3600 * thresholds["hours"] - counters.airflow_seconds
    age_left = DAY * thresholds["days"] - counters.filter_age_seconds
    if airflow_left <= 0 and age_left <= 0:
        return Verdict(
            holds=True,
            facts={
                "hours": count(counters.airflow_seconds // 3600),
                "days": count(counters.filter_age_seconds // DAY),
            },
        )
    if airflow_left <= 0:
        return Verdict(holds=False, due=due_after(at, age_left))
    if not has_airflow(context.ledger.points[-1], context.observation):
        return NOT_MET
    return Verdict(holds=False, due=due_after(at, max(airflow_left, age_left)))


RULE = Rule(
    alert=Alert.FILTER,
    severity=Severity.INFO,
    thresholds={
        "hours": NumberSpec(
            250,
            50,
            3000,
            10,
            "h",
            "The makers say monthly at best; a heating month has about as many.",
        ),
        "days": NumberSpec(
            30,
            0,
            365,
            1,
            "d",
            "The makers' month: an inverter pump that runs all day has its hours in ten days, "
            "at a breath of air.",
        ),
    },
    triggers=(Trigger(condition=is_filter_due),),
)
