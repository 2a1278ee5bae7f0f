"""For how long and how often the strips ran. A condition names the instant at which time alone may change what it says."""

from datetime import datetime, timedelta

from ...account.causes import MAX_DEFROST
from ...account.counters import has_airflow, mild_threshold
from ...model import Cause
from ...settings.alerts import CYCLING_CLEAR_SHARE, ONE_DAY, OVERRUN_CLEAR_SHARE
from ..context import AlertContext, run_starts_since, runs_since
from ..verdict import MET, NOT_MET, SECOND, UNKNOWN, Fact, Facts, Thresholds, Verdict, due_after
from . import heating
from .facts import cause_facts, outdoor_facts

HOUR = timedelta(hours=1)
DAY = ONE_DAY.total_seconds()
EXPECTED_SHARE = 0.5
"""Share of AUX that was needed, from which on all of it is taken to be."""


def _aux_usage(context: AlertContext, window: timedelta) -> tuple[float, Facts]:
    totals, amounts = context.ledger.window(context.ledger.at - window)
    return totals.aux, {
        "aux_s": totals.aux,
        "window_s": window.total_seconds(),
        "kwh": amounts.kwh,
        "money": amounts.cost,
    }


def _is_expected(context: AlertContext, aux: float, window: timedelta) -> bool:
    """Tell whether most of it was needed: below the balance point, or by a furnace, which is there to heat."""
    begin = context.ledger.at - window
    cold = [run for run in runs_since(context.ledger, begin) if run.cause is Cause.COLD]
    seconds = sum(max((run.last_seen - max(run.start, begin)).total_seconds(), 0.0) for run in cold)
    return context.has_furnace or seconds >= aux * EXPECTED_SHARE


def is_over_budget(context: AlertContext, thresholds: Thresholds) -> Verdict:
    """Tell whether AUX ran for longer than its budget in the window."""
    budget = 60 * thresholds["budget"]
    aux, facts = _aux_usage(context, timedelta(hours=thresholds["window"]))
    if aux < budget:
        return (
            Verdict(False, due_after(context.ledger.at, budget - aux))
            if context.is_aux_running
            else NOT_MET
        )
    quiet = _is_expected(context, aux, timedelta(hours=thresholds["window"]))
    return Verdict(
        True, facts={**facts, "budget_s": budget, **cause_facts(context)}, is_expected=quiet
    )


def is_within_budget(context: AlertContext, thresholds: Thresholds, _raised: datetime) -> Verdict:
    """Tell whether it is well under its budget again."""
    limit = 60 * thresholds["budget"] * OVERRUN_CLEAR_SHARE
    window = timedelta(hours=thresholds["window"])
    aux, _ = _aux_usage(context, window)
    if aux < limit or context.is_aux_running:
        return Verdict(aux < limit)
    at = context.ledger.at
    leaves = min(
        (run.start + window for run in runs_since(context.ledger, at - window)), default=at
    )
    return Verdict(False, due_after(max(leaves, at), aux - limit))


def is_run_too_long(context: AlertContext, thresholds: Thresholds) -> Verdict:
    """Tell whether one run lasts too long."""
    run, longest = context.current_run, 60 * thresholds["longest"]
    if run is None:
        return NOT_MET
    if run.seconds < longest:
        return (
            Verdict(False, due_after(context.ledger.at, longest - run.seconds))
            if context.is_aux_running
            else NOT_MET
        )
    facts = {
        "run_s": run.seconds,
        "kwh": run.kwh,
        "money": run.cost,
        **outdoor_facts(context),
        **cause_facts(context),
    }
    is_cold = (
        context.is_below_balance_point if context.outdoor is not None else run.cause is Cause.COLD
    )
    return Verdict(
        True,
        facts=facts,
        is_expected=(is_cold or context.has_furnace) if context.is_aux_running else None,
    )


def has_mild_weather_aux(context: AlertContext, thresholds: Thresholds) -> Verdict:
    """Tell whether AUX ran today though it was mild, and for no reason that is known."""
    if heating.is_aux_on_while_idle(context, thresholds).holds:
        # While nobody calls for the strips, that is what is to be told.
        return NOT_MET
    run, most = context.current_run, 60 * thresholds["minutes"]
    is_expected = run is not None and context.circumstances.is_expected(run)
    seconds = context.counters.mild_seconds(is_expected=is_expected)
    if seconds >= most:
        return Verdict(
            True,
            facts={
                "aux_s": seconds,
                "mild_c": mild_threshold(context.settings),
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
        # What passes for a defrost is none when it lasts.
        return Verdict(False, run.start + MAX_DEFROST + SECOND)
    return (
        NOT_MET
        if is_expected or context.is_reheating
        else Verdict(False, due_after(context.ledger.at, most - seconds))
    )


def has_good_mild_day(context: AlertContext, _thresholds: Thresholds, raised: datetime) -> Verdict:
    """Tell whether there was a mild day without."""
    since = context.counters.last_good_mild_day_end
    return Verdict(since is not None and since > raised)


def is_short_cycling(context: AlertContext, thresholds: Thresholds) -> Verdict:
    """Tell whether AUX came on again and again within an hour."""
    starts = len(run_starts_since(context.ledger, context.ledger.at - HOUR))
    return Verdict(True, facts={"starts": starts}) if starts >= thresholds["starts"] else NOT_MET


def has_stopped_cycling(
    context: AlertContext, thresholds: Thresholds, _raised: datetime
) -> Verdict:
    """Tell whether it did so less often in the last hour."""
    starts, most = (
        run_starts_since(context.ledger, context.ledger.at - HOUR),
        thresholds["starts"] * CYCLING_CLEAR_SHARE,
    )
    surplus = len(starts) - most
    return MET if surplus < 0 else Verdict(False, starts[int(surplus)] + HOUR)


def is_first_run(context: AlertContext, thresholds: Thresholds) -> Verdict:
    """Tell whether the first run after a long time without."""
    run = context.current_run
    if run is None or context.at - run.start >= ONE_DAY:
        return NOT_MET
    rest = context.counters.previous_aux_off_seconds
    return (
        Verdict(True, facts={"days": rest // ONE_DAY.total_seconds()})
        if rest >= thresholds["days"] * ONE_DAY.total_seconds()
        else NOT_MET
    )


def is_one_day_old(context: AlertContext, _thresholds: Thresholds, raised: datetime) -> Verdict:
    """Tell whether it was raised a day ago."""
    return Verdict(context.at >= raised + ONE_DAY, raised + ONE_DAY)


def is_filter_due(context: AlertContext, thresholds: Thresholds) -> Verdict:
    """Tell whether air went through the filter for too long, by hours and by days."""
    tally, at = context.counters, context.ledger.at
    hours, days = (
        3600 * thresholds["hours"] - tally.airflow_seconds,
        DAY * thresholds["days"] - tally.filter_age_seconds,
    )
    if hours <= 0 and days <= 0:
        return Verdict(
            True,
            facts={"hours": tally.airflow_seconds // 3600, "days": tally.filter_age_seconds // DAY},
        )
    if hours <= 0:
        return Verdict(False, due_after(at, days))
    is_moving = has_airflow(context.ledger.points[-1], context.observation)
    return Verdict(False, due_after(at, max(hours, days))) if is_moving else NOT_MET


def is_undersized(context: AlertContext, thresholds: Thresholds) -> Verdict:
    """Tell whether the strips carry too much of the load above freezing."""
    sizing = context.sizing
    if sizing is None:
        return UNKNOWN
    shares = [
        (low, high, share)
        for low, high, share in sizing.aux_shares
        if 100 * share > thresholds["share"]
    ]
    if sizing.heating_days < thresholds["days"] or not shares:
        return NOT_MET
    worst = max(shares, key=lambda row: row[2])
    table: dict[str, Fact] = {
        "worst_pct": 100 * worst[2],
        "low_c": worst[0],
        "high_c": worst[1],
        "days": sizing.heating_days,
    }
    return Verdict(True, facts=table)
