"""Follows what heats: from what is seen to the ledger."""

from dataclasses import dataclass, replace
from datetime import datetime

from ..model import UNKNOWN_HEAT, Evidence, Heat, Observation, Run
from ..sense import detector, freshness, signals
from ..sense.freshness import ReportingIntervals
from ..sense.signals import NO_KNOWN_VALUES
from ..sense.values import current_outdoor, is_outdoor_stale
from ..settings.guard import MAX_CATCH_UP, Settings
from ..settings.signal import SignalMemory
from . import causes, days, energy
from . import counters as tallies
from . import ledger as ledgers
from . import standstill as standstills
from .causes import Circumstances
from .counters import Counters, CountingContext
from .days import Bounds
from .energy import UNREAD_METER, Amounts, MeterState
from .ledger import AUX_STATES, Ledger, Point
from .standstill import CompressorResponse


@dataclass(frozen=True, slots=True)
class Tracker:
    """What one look hands to the next."""

    ledger: Ledger
    bounds: Bounds
    """The calendar around the instant up to which everything is counted."""
    next_mark: datetime
    """The next full hour or local midnight."""
    memories: tuple[SignalMemory, ...] = ()
    """One for each signal of the settings, in their order."""
    reporting_intervals: ReportingIntervals = ()
    evidence: tuple[Evidence, ...] = ()
    heat: Heat = UNKNOWN_HEAT
    meter: MeterState = UNREAD_METER
    last_observation: Observation | None = None
    signals_due: datetime | None = None
    """When time alone may change what a signal says."""
    has_estimates: bool = False
    """Whether a signal goes by temperatures."""
    counters: Counters = tallies.NO_COUNTERS
    circumstances: Circumstances = causes.NO_CIRCUMSTANCES
    compressor_response: CompressorResponse = CompressorResponse.NOT_APPLICABLE


@dataclass(frozen=True, slots=True)
class TrackerMemory:
    """What must be remembered beside the ledger."""

    meter: MeterState = UNREAD_METER
    counters: Counters = tallies.NO_COUNTERS
    circumstances: Circumstances = causes.NO_CIRCUMSTANCES


NO_TRACKER_MEMORY = TrackerMemory()


def memory_to_save(tracker: Tracker) -> TrackerMemory:
    """Find what must be remembered beside the ledger."""
    return TrackerMemory(tracker.meter, tracker.counters, tracker.circumstances)


def begin_tracking(
    at: datetime,
    settings: Settings,
    ledger: Ledger | None = None,
    memory: TrackerMemory = NO_TRACKER_MEMORY,
) -> Tracker:
    """Start, or go on from a ledger. The time since it was written was seen by nobody."""
    if ledger is None:
        ledger = ledgers.open_ledger(at)
    ledger = ledgers.record_state(ledger, UNKNOWN_HEAT)
    watch = Tracker(
        *_with_calendar(ledger, settings),
        meter=memory.meter,
        counters=memory.counters,
        circumstances=memory.circumstances,
    )
    return advance_to(watch, at, settings)


def resume_after_replay(
    tracker: Tracker, at: datetime, settings: Settings, ledger: Ledger
) -> Tracker:
    """Go on where a replay of the same sources ended, by a ledger that holds what it counted: what its signals remember still holds."""
    return replace(
        begin_tracking(at, settings, ledger, memory_to_save(tracker)),
        memories=tracker.memories,
        reporting_intervals=freshness.interrupt(tracker.reporting_intervals),
    )


def with_reporting_intervals(tracker: Tracker, source: Tracker) -> Tracker:
    """Go through what was recorded of sources by the habits that are known of them."""
    return replace(tracker, reporting_intervals=freshness.freeze(source.reporting_intervals))


def skip_gap(tracker: Tracker, since: datetime, until: datetime, settings: Settings) -> Tracker:
    """Let a time pass in which nobody looked; up to its beginning what was seen last held."""
    awake = advance_to(tracker, since, settings)
    return replace(
        begin_tracking(until, settings, awake.ledger, memory_to_save(awake)),
        reporting_intervals=freshness.interrupt(awake.reporting_intervals),
    )


def with_settings(tracker: Tracker, settings: Settings) -> Tracker:
    """Go on with other settings of the same sources: the next look takes nothing for known."""
    _, bounds, due = _with_calendar(tracker.ledger, settings)
    return replace(tracker, bounds=bounds, next_mark=due, last_observation=None)


def with_months(tracker: Tracker, months: tuple[Point, ...]) -> Tracker:
    """Go on with other starts of months; nothing else has changed."""
    return replace(tracker, ledger=replace(tracker.ledger, months=months))


def advance(tracker: Tracker, observation: Observation, settings: Settings) -> Tracker:
    """Take in an observation. One in which nothing changed that anybody goes by leaves the very same watch."""
    due = tracker.signals_due
    if (
        tracker.last_observation is not None
        and (due is None or observation.at < due)
        and _is_unchanged(tracker, tracker.last_observation, observation)
    ):
        return (
            tracker
            if _has_same_energy_inputs(tracker.last_observation, observation)
            else advance_meter(tracker, observation, settings)
        )
    # What fell due in between happened then, however late this look comes.
    while (
        tracker.last_observation is not None
        and tracker.signals_due is not None
        and tracker.signals_due < observation.at
    ):
        # The sources and the weather may have been reported again, unchanged, in a look that was not taken.
        seen = freshness.with_reports_until(
            tracker.last_observation, observation, tracker.signals_due
        )
        then = replace(
            seen, at=tracker.signals_due, outdoor_last_reported=observation.outdoor_last_reported
        )
        tracker = _evaluate(tracker, then, settings)
    return _evaluate(tracker, observation, settings)


def advance_meter(tracker: Tracker, observation: Observation, settings: Settings) -> Tracker:
    """Count up to an observation in which at most changed what AUX draws, what that costs, or what it is compared to."""
    seen = tracker.last_observation
    # What was reported again, unchanged, held until now.
    held = observation if seen is not None and _has_same_energy_inputs(seen, observation) else seen
    before = energy.without_future_power(tracker.meter, observation.at)
    meter, kwh = energy.take_reading(before, observation, settings)
    # Since a reading that was not looked at when it was made, nothing was silent.
    known = meter if energy.is_continuous(before, meter) else before
    ledger, bounds, due, tally = _advance_ledger(
        tracker, observation.at, _counting_context(tracker, held, known, settings)
    )
    if kwh:
        # It was drawn before this reading, so at the conditions that held then.
        conditions = held or observation
        comparable = 0.0 if is_outdoor_stale(replace(conditions, at=observation.at)) else 1.0
        ledger = ledgers.advance(
            ledger, observation.at, energy.price_energy(kwh, conditions, settings, comparable)
        )
    if meter is not before:
        ledger = _add_unmeasured(ledger, before, meter)
    ledger = _with_cause(ledger, tracker.circumstances, settings)
    habits, signals_due = tracker.reporting_intervals, tracker.signals_due
    if freshness.has_new_reports(seen, observation):
        habits = freshness.track_reports(habits, observation, tracker.ledger.at)
        # What falls due too early is found to be so then.
        signals_due = _earliest(signals_due, *freshness.next_checks(habits, observation.at))
    return Tracker(
        ledger,
        bounds,
        due,
        tracker.memories,
        habits,
        tracker.evidence,
        tracker.heat,
        meter,
        observation,
        signals_due,
        tracker.has_estimates,
        tally,
        tracker.circumstances,
        tracker.compressor_response,
    )


def _add_unmeasured(ledger: Ledger, before: MeterState, now: MeterState) -> Ledger:
    silence = energy.unmeasured_interval(before, now)
    if silence is None:
        return ledger
    since, until = (ledger.cumulative_at(at)[0].aux for at in silence)
    return ledgers.advance(ledger, ledger.at, Amounts(unmeasured=until - since))


def advance_to(tracker: Tracker, until: datetime, settings: Settings) -> Tracker:
    """Count up to an instant at which nothing changed."""
    ledger, bounds, due, tally = _advance_ledger(
        tracker,
        until,
        _counting_context(tracker, tracker.last_observation, tracker.meter, settings),
    )
    return replace(tracker, ledger=ledger, bounds=bounds, next_mark=due, counters=tally)


def _counting_context(
    tracker: Tracker, observation: Observation | None, meter: MeterState, settings: Settings
) -> CountingContext:
    """Return what holds since the last look; the action is that of the look, whatever is seen now."""
    return CountingContext(
        observation,
        meter,
        settings,
        tracker.compressor_response,
        tallies.has_airflow(tracker.ledger.points[-1], tracker.last_observation),
    )


def _advance_ledger(
    tracker: Tracker, until: datetime, context: CountingContext
) -> tuple[Ledger, Bounds, datetime, Counters]:
    """Count up to an instant, mark by mark, while what was seen last holds."""
    ledger, bounds, due, settings = (
        tracker.ledger,
        tracker.bounds,
        tracker.next_mark,
        context.settings,
    )
    if until < ledger.at:
        return *_with_calendar(ledgers.rewind(ledger, until), settings), tracker.counters
    if until - ledger.at > MAX_CATCH_UP:
        ledger, bounds, due = _with_calendar(
            ledgers.advance(ledger, until - MAX_CATCH_UP), settings
        )
    tally = tracker.counters
    while until >= due:
        ledger, tally = _count_interval(ledger, tally, due, context)
        if due == bounds.day_end:
            tally = tallies.end_day(
                tally,
                ledger,
                bounds.day,
                settings,
                is_expected=_is_expected(ledger.run, tracker.circumstances),
            )
            month, bounds = (
                bounds.month,
                days.bounds(due, settings.zone, settings.season_start_month),
            )
            ledger = ledgers.add_mark(ledger, is_month_start=bounds.month != month)
        else:
            ledger = ledgers.add_mark(ledger)
        due = _next_mark(due, bounds)
    ledger, tally = _count_interval(ledger, tally, until, context)
    return ledger, bounds, due, tally


def _count_interval(
    ledger: Ledger, counters: Counters, until: datetime, context: CountingContext
) -> tuple[Ledger, Counters]:
    seen, settings = context.observation, context.settings
    amounts = energy.outdoor_amounts(ledger.at, until, seen)
    point = ledger.points[-1]
    if point.state in AUX_STATES:
        amounts += energy.aux_amounts(ledger.at, until, seen, context.meter, settings)
    counters = tallies.add_interval(counters, (until - ledger.at).total_seconds(), point, context)
    return ledgers.advance(ledger, until, amounts), counters


def _is_expected(run: Run | None, circumstances: Circumstances) -> bool:
    return run is not None and run.is_running and causes.is_expected(run, circumstances)


def _with_cause(ledger: Ledger, circumstances: Circumstances, settings: Settings) -> Ledger:
    """Say why the strips run, while they do."""
    run = ledger.run
    if run is None or not run.is_running:
        return ledger
    cause = causes.cause(run, circumstances, ledger.at, settings)
    return ledger if cause is run.cause else replace(ledger, run=replace(run, cause=cause))


def _with_calendar(ledger: Ledger, settings: Settings) -> tuple[Ledger, Bounds, datetime]:
    bounds = days.bounds(ledger.at, settings.zone, settings.season_start_month)
    return ledger, bounds, _next_mark(ledger.at, bounds)


def _next_mark(at: datetime, bounds: Bounds) -> datetime:
    return min(days.next_hour(at), bounds.day_end)


def _is_unchanged(tracker: Tracker, previous: Observation, now: Observation) -> bool:
    before, after = previous.thermostat, now.thermostat
    return (
        now.at >= previous.at
        and now.readings == previous.readings
        and now.known_values == previous.known_values
        and after.hvac_action == before.hvac_action
        and after.hvac_mode == before.hvac_mode
        and now.other_thermostats == previous.other_thermostats
        and not (tracker.has_estimates and _has_estimate_change(previous, now))
        and causes.record_thermostat(tracker.circumstances, now) is tracker.circumstances
    )


def _has_estimate_change(previous: Observation, now: Observation) -> bool:
    return (
        now.thermostat != previous.thermostat
        or now.outdoor != previous.outdoor
        or is_outdoor_stale(now) != is_outdoor_stale(previous)
    )


def _has_same_energy_inputs(previous: Observation, now: Observation) -> bool:
    return (
        now.outdoor == previous.outdoor
        and now.power == previous.power
        and now.meter_reading == previous.meter_reading
        and now.price == previous.price
    )


def _evaluate(tracker: Tracker, observation: Observation, settings: Settings) -> Tracker:
    tracker = advance_meter(tracker, observation, settings)
    memories = (
        tracker.memories
        if len(tracker.memories) == len(settings.signals)
        else (SignalMemory(),) * len(settings.signals)
    )
    words = observation.known_values or (NO_KNOWN_VALUES,) * len(settings.signals)
    known = freshness.without_stale(observation, tracker.reporting_intervals)
    sensed = [
        signals.sense(signal, raw, known, memory, listed)
        for signal, raw, memory, listed in zip(
            settings.signals, known.readings, memories, words, strict=True
        )
    ]
    evidence = tuple(piece for piece, _ in sensed)
    memories = tuple(memory for _, memory in sensed)
    times = [
        signals.next_change(signal, observation, memory)
        for signal, memory in zip(settings.signals, memories, strict=True)
    ]
    looked = replace(
        tracker,
        memories=memories,
        evidence=evidence,
        signals_due=_earliest(
            *times, *freshness.next_checks(tracker.reporting_intervals, observation.at)
        ),
        has_estimates=any(signal.reads_temperatures for signal in settings.signals),
    )
    return _change_state(
        looked,
        detector.detect(evidence, detector.calling_thermostat(known), settings.equipment),
        observation,
        settings,
    )


def _earliest(*times: datetime | None) -> datetime | None:
    return min((time for time in times if time is not None), default=None)


def _change_state(
    tracker: Tracker, heat: Heat, observation: Observation, settings: Settings
) -> Tracker:
    """Go on in another heat state, and take in what that means for a run."""
    before, ledger = (
        tracker.ledger.run,
        ledgers.record_state(tracker.ledger, heat, current_outdoor(observation)),
    )
    run, tally = ledger.run, tracker.counters
    circumstances = causes.record_thermostat(tracker.circumstances, observation)
    if (
        before is not None
        and before.is_running
        and (run is None or not run.is_running or run.start != before.start)
    ):
        ended = replace(
            before, is_running=False, cause=causes.cause(before, circumstances, ledger.at, settings)
        )
        tally = tallies.end_run(tally, is_expected=causes.is_expected(ended, circumstances))
        circumstances = causes.end_run(circumstances, ledger.at)
        ledger = ledgers.with_ended_run(ledger, ended)
    if run is not None and run.is_running:
        if before is None or not before.is_running or run.start != before.start:
            tally, circumstances = (
                tallies.start_run(tally),
                causes.start_run(circumstances, observation),
            )
        circumstances = causes.advance_run(circumstances, heat, tracker.evidence, observation)
    ledger = _with_cause(ledger, circumstances, settings)
    effort = standstills.compressor_response(
        heat, tracker.evidence, observation, circumstances, settings
    )
    return replace(
        tracker,
        ledger=ledger,
        heat=heat,
        counters=tally,
        circumstances=circumstances,
        compressor_response=effort,
    )
