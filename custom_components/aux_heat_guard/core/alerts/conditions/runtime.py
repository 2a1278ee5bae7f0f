"""For how long and how often the strips ran. A condition names the instant at which time alone may change what it says."""

from datetime import datetime, timedelta

from ...account import causes
from ...account.causes import DEFROST_LONGEST
from ...account.counters import air_moves, mild_above, mild_seconds
from ...model import Cause
from ...settings.alerts import CYCLING_CLEARED, DAILY, OVERRUN_CLEARED
from ..context import Situation, runs_within, starts_within
from ..verdict import NO, SECOND, UNKNOWN, YES, Fact, Facts, Figures, Verdict, later
from . import heating
from .facts import cause_of, outdoor_of

HOUR = timedelta(hours=1)
DAY = DAILY.total_seconds()
MOST = 0.5
"""Share of AUX that was needed, from which on all of it is taken to be."""


def _drawn(now: Situation, window: timedelta) -> tuple[float, Facts]:
    totals, amounts = now.ledger.window(now.ledger.at - window)
    return totals.aux, {
        "aux_s": totals.aux,
        "window_s": window.total_seconds(),
        "kwh": amounts.kwh,
        "money": amounts.cost,
    }


def _is_expected(now: Situation, aux: float, window: timedelta) -> bool:
    """Tell whether most of it was needed: below the balance point, or by a furnace, which is there to heat."""
    begin = now.ledger.at - window
    cold = [run for run in runs_within(now.ledger, begin) if run.cause is Cause.COLD]
    seconds = sum(max((run.last_seen - max(run.start, begin)).total_seconds(), 0.0) for run in cold)
    return now.has_furnace or seconds >= aux * MOST


def over_budget(now: Situation, figures: Figures) -> Verdict:
    """Tell whether AUX ran for longer than its budget in the window."""
    budget = 60 * figures["budget"]
    aux, facts = _drawn(now, timedelta(hours=figures["window"]))
    if aux < budget:
        return Verdict(False, later(now.ledger.at, budget - aux)) if now.aux_runs else NO
    quiet = _is_expected(now, aux, timedelta(hours=figures["window"]))
    return Verdict(True, facts={**facts, "budget_s": budget, **cause_of(now)}, quiet=quiet)


def within_budget(now: Situation, figures: Figures, _raised: datetime) -> Verdict:
    """Tell whether it is well under its budget again."""
    limit = 60 * figures["budget"] * OVERRUN_CLEARED
    window = timedelta(hours=figures["window"])
    aux, _ = _drawn(now, window)
    if aux < limit or now.aux_runs:
        return Verdict(aux < limit)
    at = now.ledger.at
    leaves = min((run.start + window for run in runs_within(now.ledger, at - window)), default=at)
    return Verdict(False, later(max(leaves, at), aux - limit))


def runs_long(now: Situation, figures: Figures) -> Verdict:
    """Tell whether one run lasts too long."""
    run, longest = now.run, 60 * figures["longest"]
    if run is None:
        return NO
    if run.seconds < longest:
        return Verdict(False, later(now.ledger.at, longest - run.seconds)) if now.aux_runs else NO
    facts = {
        "run_s": run.seconds,
        "kwh": run.kwh,
        "money": run.cost,
        **outdoor_of(now),
        **cause_of(now),
    }
    is_cold = now.is_cold if now.outdoor is not None else run.cause is Cause.COLD
    return Verdict(True, facts=facts, quiet=(is_cold or now.has_furnace) if now.aux_runs else None)


def runs_in_mild_weather(now: Situation, figures: Figures) -> Verdict:
    """Tell whether AUX ran today though it was mild, and for no reason that is known."""
    if heating.runs_while_idle(now, figures).holds:
        # While nobody calls for the strips, that is what is to be told.
        return NO
    run, most = now.run, 60 * figures["minutes"]
    is_expected = run is not None and causes.is_expected(run, now.circumstances)
    seconds = mild_seconds(now.tally, is_expected=is_expected)
    if seconds >= most:
        return Verdict(
            True, facts={"aux_s": seconds, "mild_c": mild_above(now.settings), **outdoor_of(now)}
        )
    if (
        run is None
        or not now.aux_runs
        or now.outdoor is None
        or now.outdoor <= mild_above(now.settings)
    ):
        return NO
    if run.cause is Cause.DEFROST or causes.may_be_defrost(run, now.circumstances):
        # What passes for a defrost is none when it lasts.
        return Verdict(False, run.start + DEFROST_LONGEST + SECOND)
    return (
        NO if is_expected or now.reheats else Verdict(False, later(now.ledger.at, most - seconds))
    )


def was_well(now: Situation, _figures: Figures, raised: datetime) -> Verdict:
    """Tell whether there was a mild day without."""
    since = now.tally.well_since
    return Verdict(since is not None and since > raised)


def starts_often(now: Situation, figures: Figures) -> Verdict:
    """Tell whether AUX came on again and again within an hour."""
    starts = len(starts_within(now.ledger, now.ledger.at - HOUR))
    return Verdict(True, facts={"starts": starts}) if starts >= figures["starts"] else NO


def starts_seldom(now: Situation, figures: Figures, _raised: datetime) -> Verdict:
    """Tell whether it did so less often in the last hour."""
    starts, most = (
        starts_within(now.ledger, now.ledger.at - HOUR),
        figures["starts"] * CYCLING_CLEARED,
    )
    surplus = len(starts) - most
    return YES if surplus < 0 else Verdict(False, starts[int(surplus)] + HOUR)


def runs_after_long_rest(now: Situation, figures: Figures) -> Verdict:
    """Tell whether the first run after a long time without."""
    run = now.run
    if run is None or now.at - run.start >= DAILY:
        return NO
    rest = now.tally.rest_before
    return (
        Verdict(True, facts={"days": rest // DAILY.total_seconds()})
        if rest >= figures["days"] * DAILY.total_seconds()
        else NO
    )


def is_a_day_old(now: Situation, _figures: Figures, raised: datetime) -> Verdict:
    """Tell whether it was raised a day ago."""
    return Verdict(now.at >= raised + DAILY, raised + DAILY)


def has_full_filter(now: Situation, figures: Figures) -> Verdict:
    """Tell whether air went through the filter for too long, by hours and by days."""
    tally, at = now.tally, now.ledger.at
    hours, days = 3600 * figures["hours"] - tally.air, DAY * figures["days"] - tally.age
    if hours <= 0 and days <= 0:
        return Verdict(True, facts={"hours": tally.air // 3600, "days": tally.age // DAY})
    if hours <= 0:
        return Verdict(False, later(at, days))
    is_moving = air_moves(now.ledger.points[-1], now.observation)
    return Verdict(False, later(at, max(hours, days))) if is_moving else NO


def is_undersized(now: Situation, figures: Figures) -> Verdict:
    """Tell whether the strips carry too much of the load above freezing."""
    sizing = now.sizing
    if sizing is None:
        return UNKNOWN
    shares = [
        (low, high, share) for low, high, share in sizing.shares if 100 * share > figures["share"]
    ]
    if sizing.heating_days < figures["days"] or not shares:
        return NO
    worst = max(shares, key=lambda row: row[2])
    table: dict[str, Fact] = {
        "worst_pct": 100 * worst[2],
        "low_c": worst[0],
        "high_c": worst[1],
        "days": sizing.heating_days,
    }
    return Verdict(True, facts=table)
