"""Track the heat state: update the ledger with each observation."""

from dataclasses import dataclass, replace
from datetime import datetime

from ..model import UNKNOWN_HEAT, Evidence, Heat, Observation, Run
from ..sense import detector, freshness
from ..sense.freshness import ReportingIntervals
from ..sense.signals import NO_KNOWN_VALUES, next_change, sense
from ..sense.values import current_outdoor, is_outdoor_stale
from ..settings.guard import MAX_CATCH_UP, Settings
from ..settings.signal import SignalMemory
from . import days, energy
from .causes import NO_CIRCUMSTANCES, Circumstances
from .counters import NO_COUNTERS, Counters, CountingContext, has_airflow
from .days import Bounds
from .energy import UNREAD_METER, Amounts, MeterState
from .ledger import AUX_STATES, Ledger, Point, open_ledger
from .standstill import CompressorResponse, compressor_response


@dataclass(frozen=True, slots=True, kw_only=True)
class Tracker:
    """Everything that one observation passes to the next."""

    ledger: Ledger
    bounds: Bounds
    """The calendar windows around the instant up to which everything is counted."""
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
    """When a signal may change without a new reading."""
    has_estimates: bool = False
    """Whether a signal depends on temperatures."""
    counters: Counters = NO_COUNTERS
    circumstances: Circumstances = NO_CIRCUMSTANCES
    compressor_response: CompressorResponse = CompressorResponse.NOT_APPLICABLE

    def memory_to_save(self) -> TrackerMemory:
        """Return the values to store in addition to the ledger."""
        return TrackerMemory(self.meter, self.counters, self.circumstances)

    def resume_after_replay(self, at: datetime, settings: Settings, ledger: Ledger) -> Tracker:
        """Continue after a replay of the same sources, with a ledger that includes the replay.

        The signals keep what they remember from the replay.
        """
        return replace(
            begin_tracking(at, settings, ledger, self.memory_to_save()),
            memories=self.memories,
            reporting_intervals=freshness.interrupt(self.reporting_intervals),
        )

    def with_reporting_intervals(self, source: Tracker) -> Tracker:
        """Return a tracker that replays records with the reporting intervals already learned."""
        return replace(self, reporting_intervals=freshness.freeze(source.reporting_intervals))

    def skip_gap(self, since: datetime, until: datetime, settings: Settings) -> Tracker:
        """Skip a time without observations, until whose start the last observation holds."""
        before_gap = self.advance_to(since, settings)
        return replace(
            begin_tracking(until, settings, before_gap.ledger, before_gap.memory_to_save()),
            reporting_intervals=freshness.interrupt(before_gap.reporting_intervals),
        )

    def with_settings(self, settings: Settings) -> Tracker:
        """Continue with other settings of the same sources; read the next observation in full."""
        _, bounds, due = _with_calendar(self.ledger, settings)
        return replace(self, bounds=bounds, next_mark=due, last_observation=None)

    def with_months(self, months: tuple[Point, ...]) -> Tracker:
        """Continue with other starts of months."""
        return replace(self, ledger=replace(self.ledger, months=months))

    def advance(self, observation: Observation, settings: Settings) -> Tracker:
        """Process an observation. Return the same tracker if nothing relevant changed."""
        due, previous = self.signals_due, self.last_observation
        if (
            previous is not None
            and (due is None or observation.at < due)
            and self._is_unchanged(previous, observation)
        ):
            if _has_same_energy_inputs(previous, observation):
                return self
            return self.advance_meter(observation, settings)
        return _evaluate(_catch_up(self, observation, settings), observation, settings)

    def advance_meter(self, observation: Observation, settings: Settings) -> Tracker:
        """Count up to an observation that changes only energy, price or outdoor temperature."""
        previous = self.last_observation
        # Values that were repeated without a change held until now.
        held = (
            observation
            if previous is not None and _has_same_energy_inputs(previous, observation)
            else previous
        )
        before = self.meter.without_future_power(observation.at)
        meter, kwh = before.take_reading(observation, settings)
        # A continuous meter leaves no time unmeasured.
        known = meter if before.is_continuous_with(meter) else before
        ledger, bounds, due, counters = self._advance_ledger(
            observation.at, self._counting_context(held, known, settings)
        )
        if kwh:
            # The energy was drawn before this reading, so the earlier conditions apply.
            conditions = held or observation
            comparable = 0.0 if is_outdoor_stale(replace(conditions, at=observation.at)) else 1.0
            ledger = ledger.advance(
                observation.at, energy.price_energy(kwh, conditions, settings, comparable)
            )
        if meter is not before:
            ledger = _add_unmeasured(ledger, before, meter)
        ledger = _with_cause(ledger, self.circumstances, settings)
        intervals, signals_due = self.reporting_intervals, self.signals_due
        if freshness.has_new_reports(previous, observation):
            intervals = freshness.track_reports(intervals, observation, self.ledger.at)
            # A check that is too early does no harm.
            signals_due = _earliest(signals_due, *freshness.next_checks(intervals, observation.at))
        return Tracker(
            ledger=ledger,
            bounds=bounds,
            next_mark=due,
            memories=self.memories,
            reporting_intervals=intervals,
            evidence=self.evidence,
            heat=self.heat,
            meter=meter,
            last_observation=observation,
            signals_due=signals_due,
            has_estimates=self.has_estimates,
            counters=counters,
            circumstances=self.circumstances,
            compressor_response=self.compressor_response,
        )

    def advance_to(self, until: datetime, settings: Settings) -> Tracker:
        """Count up to an instant without changes."""
        ledger, bounds, due, counters = self._advance_ledger(
            until, self._counting_context(self.last_observation, self.meter, settings)
        )
        return replace(self, ledger=ledger, bounds=bounds, next_mark=due, counters=counters)

    def _counting_context(
        self, observation: Observation | None, meter: MeterState, settings: Settings
    ) -> CountingContext:
        """Return the conditions since the last observation, with the action of that observation."""
        return CountingContext(
            observation=observation,
            meter=meter,
            settings=settings,
            compressor_response=self.compressor_response,
            has_airflow=has_airflow(self.ledger.points[-1], self.last_observation),
        )

    def _advance_ledger(
        self, until: datetime, context: CountingContext
    ) -> tuple[Ledger, Bounds, datetime, Counters]:
        """Count up to an instant, mark by mark, under the last observed conditions."""
        ledger, bounds, due, settings = (
            self.ledger,
            self.bounds,
            self.next_mark,
            context.settings,
        )
        if until < ledger.at:
            return *_with_calendar(ledger.rewind(until), settings), self.counters
        if until - ledger.at > MAX_CATCH_UP:
            ledger, bounds, due = _with_calendar(ledger.advance(until - MAX_CATCH_UP), settings)
        counters = self.counters
        while until >= due:
            ledger, counters = _count_interval(ledger, counters, due, context)
            if due == bounds.day_end:
                counters = counters.end_day(
                    ledger,
                    bounds.day,
                    settings,
                    is_expected=_is_expected(ledger.run, self.circumstances),
                )
                month, bounds = (
                    bounds.month,
                    days.bounds(due, settings.zone, settings.season_start_month),
                )
                ledger = ledger.add_mark(is_month_start=bounds.month != month)
            else:
                ledger = ledger.add_mark()
            due = _next_mark(due, bounds)
        ledger, counters = _count_interval(ledger, counters, until, context)
        return ledger, bounds, due, counters

    def _is_unchanged(self, previous: Observation, now: Observation) -> bool:
        before, after = previous.thermostat, now.thermostat
        return (
            now.at >= previous.at
            and now.readings == previous.readings
            and now.known_values == previous.known_values
            and after.hvac_action == before.hvac_action
            and after.hvac_mode == before.hvac_mode
            and now.other_thermostats == previous.other_thermostats
            and not (self.has_estimates and _has_estimate_change(previous, now))
            and self.circumstances.record_thermostat(now) is self.circumstances
        )


@dataclass(frozen=True, slots=True)
class TrackerMemory:
    """The values to store in addition to the ledger."""

    meter: MeterState = UNREAD_METER
    counters: Counters = NO_COUNTERS
    circumstances: Circumstances = NO_CIRCUMSTANCES


NO_TRACKER_MEMORY = TrackerMemory()


def begin_tracking(
    at: datetime,
    settings: Settings,
    ledger: Ledger | None = None,
    memory: TrackerMemory = NO_TRACKER_MEMORY,
) -> Tracker:
    """Start tracking, or continue a ledger. The time since the ledger was written is unknown."""
    if ledger is None:
        ledger = open_ledger(at)
    ledger = ledger.record_state(UNKNOWN_HEAT)
    ledger, bounds, next_mark = _with_calendar(ledger, settings)
    tracker = Tracker(
        ledger=ledger,
        bounds=bounds,
        next_mark=next_mark,
        meter=memory.meter,
        counters=memory.counters,
        circumstances=memory.circumstances,
    )
    return tracker.advance_to(at, settings)


def _catch_up(tracker: Tracker, observation: Observation, settings: Settings) -> Tracker:
    """Evaluate the signals that changed by time alone before an observation, each at its time."""
    while (
        tracker.last_observation is not None
        and tracker.signals_due is not None
        and tracker.signals_due < observation.at
    ):
        # Sources may have repeated their values without an observation.
        known = freshness.with_reports_until(
            tracker.last_observation, observation, tracker.signals_due
        )
        then = replace(
            known,
            at=tracker.signals_due,
            outdoor_last_reported=observation.outdoor_last_reported,
        )
        tracker = _evaluate(tracker, then, settings)
    return tracker


def _evaluate(tracker: Tracker, observation: Observation, settings: Settings) -> Tracker:
    """Count up to an observation, read all signals, and change the heat state accordingly."""
    counted, signals = tracker.advance_meter(observation, settings), settings.signals
    memories = counted.memories
    if len(memories) != len(signals):
        memories = (SignalMemory(),) * len(signals)
    known_values = observation.known_values or (NO_KNOWN_VALUES,) * len(signals)
    known = freshness.without_stale(observation, counted.reporting_intervals)
    sensed = [
        sense(signal, raw, known, memory, values)
        for signal, raw, memory, values in zip(
            signals, known.readings, memories, known_values, strict=True
        )
    ]
    evidence = tuple(piece for piece, _ in sensed)
    memories = tuple(memory for _, memory in sensed)
    times = [
        next_change(signal, observation, memory)
        for signal, memory in zip(signals, memories, strict=True)
    ]
    evaluated = replace(
        counted,
        memories=memories,
        evidence=evidence,
        signals_due=_earliest(
            *times, *freshness.next_checks(counted.reporting_intervals, observation.at)
        ),
        has_estimates=any(signal.reads_temperatures for signal in signals),
    )
    heat = detector.detect(evidence, detector.calling_thermostat(known), settings.equipment)
    return _change_state(evaluated, heat, observation, settings)


def _change_state(
    tracker: Tracker, heat: Heat, observation: Observation, settings: Settings
) -> Tracker:
    """Continue in another heat state: start, continue or end a run."""
    before, ledger = (
        tracker.ledger.run,
        tracker.ledger.record_state(heat, current_outdoor(observation)),
    )
    run, counters = ledger.run, tracker.counters
    circumstances = tracker.circumstances.record_thermostat(observation)
    if (
        before is not None
        and before.is_running
        and (run is None or not run.is_running or run.start != before.start)
    ):
        ended = replace(
            before, is_running=False, cause=circumstances.cause_of(before, ledger.at, settings)
        )
        counters = counters.end_run(is_expected=circumstances.is_expected(ended))
        circumstances = circumstances.end_run(ledger.at)
        ledger = ledger.with_ended_run(ended)
    if run is not None and run.is_running:
        if before is None or not before.is_running or run.start != before.start:
            counters, circumstances = (
                counters.start_run(),
                circumstances.start_run(observation),
            )
        circumstances = circumstances.advance_run(heat, tracker.evidence, observation)
    ledger = _with_cause(ledger, circumstances, settings)
    effort = compressor_response(heat, tracker.evidence, observation, circumstances, settings)
    return replace(
        tracker,
        ledger=ledger,
        heat=heat,
        counters=counters,
        circumstances=circumstances,
        compressor_response=effort,
    )


def _add_unmeasured(ledger: Ledger, before: MeterState, now: MeterState) -> Ledger:
    silence = before.unmeasured_interval(now)
    if silence is None:
        return ledger
    since, until = (ledger.cumulative_at(at)[0].aux for at in silence)
    return ledger.advance(ledger.at, Amounts(unmeasured=until - since))


def _count_interval(
    ledger: Ledger, counters: Counters, until: datetime, context: CountingContext
) -> tuple[Ledger, Counters]:
    observation, settings = context.observation, context.settings
    amounts = energy.outdoor_amounts(ledger.at, until, observation)
    point = ledger.points[-1]
    if point.state in AUX_STATES:
        amounts += energy.aux_amounts(ledger.at, until, observation, context.meter, settings)
    counters = counters.add_interval((until - ledger.at).total_seconds(), point, context)
    return ledger.advance(until, amounts), counters


def _is_expected(run: Run | None, circumstances: Circumstances) -> bool:
    return run is not None and run.is_running and circumstances.is_expected(run)


def _with_cause(ledger: Ledger, circumstances: Circumstances, settings: Settings) -> Ledger:
    """Return the ledger with the cause of the current run."""
    run = ledger.run
    if run is None or not run.is_running:
        return ledger
    cause = circumstances.cause_of(run, ledger.at, settings)
    return ledger if cause is run.cause else replace(ledger, run=replace(run, cause=cause))


def _with_calendar(ledger: Ledger, settings: Settings) -> tuple[Ledger, Bounds, datetime]:
    bounds = days.bounds(ledger.at, settings.zone, settings.season_start_month)
    return ledger, bounds, _next_mark(ledger.at, bounds)


def _next_mark(at: datetime, bounds: Bounds) -> datetime:
    return min(days.next_hour(at), bounds.day_end)


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


def _earliest(*times: datetime | None) -> datetime | None:
    return min((time for time in times if time is not None), default=None)
