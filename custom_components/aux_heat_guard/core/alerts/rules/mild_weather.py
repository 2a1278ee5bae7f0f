"""Aux heat ran in mild weather for no known reason."""

from datetime import datetime

from ...account.causes import MAX_DEFROST
from ...account.counters import mild_threshold
from ...model import Alert, Cause
from ...settings.alerts import MILD_OUTDOOR
from ...units import NumberSpec
from ..conditions.common_facts import outdoor_facts
from ..conditions.uncalled_aux import is_aux_on_while_idle
from ..context import AlertContext
from ..facts import seconds, temperature
from ..rule import FAULTS, Rule, Trigger
from ..verdict import NOT_MET, SECOND, Thresholds, Verdict, due_after


def has_mild_weather_aux(context: AlertContext, thresholds: Thresholds) -> Verdict:
    """Check whether aux heat ran today in mild weather for no known reason."""
    if is_aux_on_while_idle(context, thresholds).holds:
        # While nothing calls for aux heat, another alert reports that.
        return NOT_MET
    run, limit = context.current_run, 60 * thresholds["minutes"]
    is_expected = run is not None and context.circumstances.is_expected(run)
    aux = context.counters.mild_seconds(is_expected=is_expected)
    if aux >= limit:
        return Verdict(
            holds=True,
            facts={
                "aux": seconds(aux),
                "mild": temperature(mild_threshold(context.settings)),
                **outdoor_facts(context),
            },
        )
    if (
        run is None
        or not context.is_aux_running
        or context.outdoor is None
        or context.outdoor <= mild_threshold(context.settings)
    ):
        return NOT_MET
    if run.cause is Cause.DEFROST or context.circumstances.can_be_defrost(run):
        # A run that looks like a defrost is none if it lasts.
        return Verdict(holds=False, due=run.start + MAX_DEFROST + SECOND)
    if is_expected or context.is_reheating:
        return NOT_MET
    return Verdict(holds=False, due=due_after(context.ledger.at, limit - aux))


def has_good_mild_day(context: AlertContext, _thresholds: Thresholds, raised: datetime) -> Verdict:
    """Check whether a mild day has passed without unexplained aux heat."""
    day_end = context.counters.last_good_mild_day_end
    return Verdict(holds=day_end is not None and day_end > raised)


RULE = Rule(
    alert=Alert.MILD_WEATHER,
    thresholds={
        "minutes": NumberSpec(
            10,
            1,
            600,
            1,
            "min",
            "One run is at least 5 min by the thermostats' own minimum; two are no accident.",
        ),
        "outdoor": MILD_OUTDOOR,
    },
    triggers=(Trigger(condition=has_mild_weather_aux),),
    clear_condition=has_good_mild_day,
    suppressed_by=FAULTS,
    depends_on_aux_signal=True,
    waits_while_allowed=True,
)
