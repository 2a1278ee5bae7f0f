"""Follows what heats: from what is seen to the ledger."""

from dataclasses import dataclass, replace
from datetime import datetime

from ..model import NOTHING_KNOWN, Evidence, Heat, Observation, Run
from ..sense import detector, freshness, signals
from ..sense.freshness import Habits
from ..sense.memory import Memory
from ..sense.signals import NO_WORDS
from ..settings.guard import LONGEST_LEAP, InferenceSignal, Settings
from . import causes, days, energy
from . import counters as tallies
from . import ledger as ledgers
from . import standstill as standstills
from .causes import Circumstances
from .counters import Held, Tally
from .days import Bounds
from .energy import UNREAD, Amounts, Meter
from .ledger import AUX_STATES, Ledger, Point
from .standstill import Effort


@dataclass(frozen=True, slots=True)
class Watch:
    """What one look hands to the next."""

    ledger: Ledger
    bounds: Bounds
    """The calendar around the instant up to which everything is counted."""
    mark_due: datetime
    """The next full hour or local midnight."""
    memories: tuple[Memory, ...] = ()
    """One for each signal of the settings, in their order."""
    habits: Habits = ()
    evidence: tuple[Evidence, ...] = ()
    heat: Heat = NOTHING_KNOWN
    meter: Meter = UNREAD
    seen: Observation | None = None
    signals_due: datetime | None = None
    """When time alone may change what a signal says."""
    estimates: bool = False
    """Whether a signal goes by temperatures."""
    tally: Tally = tallies.NOTHING
    circumstances: Circumstances = causes.NOTHING
    effort: Effort = Effort.NONE


@dataclass(frozen=True, slots=True)
class Memo:
    """What must be remembered beside the ledger."""

    meter: Meter = UNREAD
    tally: Tally = tallies.NOTHING
    circumstances: Circumstances = causes.NOTHING


NO_MEMO = Memo()


def memo_of(watch: Watch) -> Memo:
    """Find what must be remembered beside the ledger."""
    return Memo(watch.meter, watch.tally, watch.circumstances)


def begun(
    at: datetime, settings: Settings, ledger: Ledger | None = None, memo: Memo = NO_MEMO
) -> Watch:
    """Start, or go on from a ledger. The time since it was written was seen by nobody."""
    if ledger is None:
        ledger = ledgers.opened(at)
    ledger = ledgers.turned(ledger, NOTHING_KNOWN)
    watch = Watch(
        *_placed(ledger, settings),
        meter=memo.meter,
        tally=memo.tally,
        circumstances=memo.circumstances,
    )
    return passed(watch, at, settings)


def taken_up(watch: Watch, at: datetime, settings: Settings, ledger: Ledger) -> Watch:
    """Go on where a replay of the same sources ended, by a ledger that holds what it counted: what its signals remember still holds."""
    return replace(
        begun(at, settings, ledger, memo_of(watch)),
        memories=watch.memories,
        habits=freshness.interrupt(watch.habits),
    )


def with_habits(watch: Watch, known: Watch) -> Watch:
    """Go through what was recorded of sources by the habits that are known of them."""
    return replace(watch, habits=freshness.fix(known.habits))


def slept(watch: Watch, since: datetime, until: datetime, settings: Settings) -> Watch:
    """Let a time pass in which nobody looked; up to its beginning what was seen last held."""
    awake = passed(watch, since, settings)
    return replace(
        begun(until, settings, awake.ledger, memo_of(awake)),
        habits=freshness.interrupt(awake.habits),
    )


def adopted(watch: Watch, settings: Settings) -> Watch:
    """Go on with other settings of the same sources: the next look takes nothing for known."""
    _, bounds, due = _placed(watch.ledger, settings)
    return replace(watch, bounds=bounds, mark_due=due, seen=None)


def with_months(watch: Watch, months: tuple[Point, ...]) -> Watch:
    """Go on with other starts of months; nothing else has changed."""
    return replace(watch, ledger=replace(watch.ledger, months=months))


def watched(watch: Watch, observation: Observation, settings: Settings) -> Watch:
    """Take in an observation. One in which nothing changed that anybody goes by leaves the very same watch."""
    due = watch.signals_due
    if (
        watch.seen is not None
        and (due is None or observation.at < due)
        and _tells_nothing_new(watch, watch.seen, observation)
    ):
        return (
            watch
            if _draws_alike(watch.seen, observation)
            else metered(watch, observation, settings)
        )
    # What fell due in between happened then, however late this look comes.
    while (
        watch.seen is not None
        and watch.signals_due is not None
        and watch.signals_due < observation.at
    ):
        # The sources and the weather may have been reported again, unchanged, in a look that was not taken.
        seen = freshness.reported_until(watch.seen, observation, watch.signals_due)
        then = replace(seen, at=watch.signals_due, outdoor_reported=observation.outdoor_reported)
        watch = _looked(watch, then, settings)
    return _looked(watch, observation, settings)


def metered(watch: Watch, observation: Observation, settings: Settings) -> Watch:
    """Count up to an observation in which at most changed what AUX draws, what that costs, or what it is compared to."""
    seen = watch.seen
    # What was reported again, unchanged, held until now.
    held = observation if seen is not None and _draws_alike(seen, observation) else seen
    before = energy.as_of(watch.meter, observation.at)
    meter, kwh = energy.read(before, observation, settings)
    # Since a reading that was not looked at when it was made, nothing was silent.
    known = meter if energy.bridges(before, meter) else before
    ledger, bounds, due, tally = _counted_up(
        watch, observation.at, _held(watch, held, known, settings)
    )
    if kwh:
        # It was drawn before this reading, so at the conditions that held then.
        conditions = held or observation
        comparable = (
            0.0 if signals.outdoor_is_stale(replace(conditions, at=observation.at)) else 1.0
        )
        ledger = ledgers.counted(
            ledger, observation.at, energy.drawn(kwh, conditions, settings, comparable)
        )
    if meter is not before:
        ledger = _silence_told(ledger, before, meter)
    ledger = _explained(ledger, watch.circumstances, settings)
    habits, signals_due = watch.habits, watch.signals_due
    if freshness.has_new_reports(seen, observation):
        habits = freshness.follow(habits, observation, watch.ledger.at)
        # What falls due too early is found to be so then.
        signals_due = _first(signals_due, *freshness.next_due(habits, observation.at))
    return Watch(
        ledger,
        bounds,
        due,
        watch.memories,
        habits,
        watch.evidence,
        watch.heat,
        meter,
        observation,
        signals_due,
        watch.estimates,
        tally,
        watch.circumstances,
        watch.effort,
    )


def _silence_told(ledger: Ledger, before: Meter, now: Meter) -> Ledger:
    silence = energy.silence(before, now)
    if silence is None:
        return ledger
    since, until = (ledger.before(at)[0].aux for at in silence)
    return ledgers.counted(ledger, ledger.at, Amounts(unmeasured=until - since))


def passed(watch: Watch, until: datetime, settings: Settings) -> Watch:
    """Count up to an instant at which nothing changed."""
    ledger, bounds, due, tally = _counted_up(
        watch, until, _held(watch, watch.seen, watch.meter, settings)
    )
    return replace(watch, ledger=ledger, bounds=bounds, mark_due=due, tally=tally)


def _held(watch: Watch, observation: Observation | None, meter: Meter, settings: Settings) -> Held:
    """Return what holds since the last look; the action is that of the look, whatever is seen now."""
    return Held(
        observation,
        meter,
        settings,
        watch.effort,
        tallies.air_moves(watch.ledger.points[-1], watch.seen),
    )


def _counted_up(
    watch: Watch, until: datetime, held: Held
) -> tuple[Ledger, Bounds, datetime, Tally]:
    """Count up to an instant, mark by mark, while what was seen last holds."""
    ledger, bounds, due, settings = watch.ledger, watch.bounds, watch.mark_due, held.settings
    if until < ledger.at:
        return *_placed(ledgers.rewound(ledger, until), settings), watch.tally
    if until - ledger.at > LONGEST_LEAP:
        ledger, bounds, due = _placed(ledgers.counted(ledger, until - LONGEST_LEAP), settings)
    tally = watch.tally
    while until >= due:
        ledger, tally = _counted(ledger, tally, due, held)
        if due == bounds.day_ends:
            tally = tallies.day_ended(
                tally,
                ledger,
                bounds.day,
                settings,
                is_expected=_is_expected(ledger.run, watch.circumstances),
            )
            month, bounds = (
                bounds.month,
                days.bounds(due, settings.zone, settings.season_start_month),
            )
            ledger = ledgers.marked(ledger, month_begins=bounds.month != month)
        else:
            ledger = ledgers.marked(ledger)
        due = _next_mark(due, bounds)
    ledger, tally = _counted(ledger, tally, until, held)
    return ledger, bounds, due, tally


def _counted(ledger: Ledger, tally: Tally, until: datetime, held: Held) -> tuple[Ledger, Tally]:
    seen, settings = held.observation, held.settings
    amounts = energy.passed(ledger.at, until, seen)
    point = ledger.points[-1]
    if point.state in AUX_STATES:
        amounts += energy.drawn_by_aux(ledger.at, until, seen, held.meter, settings)
    tally = tallies.counted(tally, (until - ledger.at).total_seconds(), point, held)
    return ledgers.counted(ledger, until, amounts), tally


def _is_expected(run: Run | None, circumstances: Circumstances) -> bool:
    return run is not None and run.running and causes.is_expected(run, circumstances)


def _explained(ledger: Ledger, circumstances: Circumstances, settings: Settings) -> Ledger:
    """Say why the strips run, while they do."""
    run = ledger.run
    if run is None or not run.running:
        return ledger
    cause = causes.cause(run, circumstances, ledger.at, settings)
    return ledger if cause is run.cause else replace(ledger, run=replace(run, cause=cause))


def _placed(ledger: Ledger, settings: Settings) -> tuple[Ledger, Bounds, datetime]:
    bounds = days.bounds(ledger.at, settings.zone, settings.season_start_month)
    return ledger, bounds, _next_mark(ledger.at, bounds)


def _next_mark(at: datetime, bounds: Bounds) -> datetime:
    return min(days.next_hour(at), bounds.day_ends)


def _tells_nothing_new(watch: Watch, seen: Observation, now: Observation) -> bool:
    before, after = seen.thermostat, now.thermostat
    return (
        now.at >= seen.at
        and now.readings == seen.readings
        and now.words == seen.words
        and after.action == before.action
        and after.mode == before.mode
        and now.others == seen.others
        and not (watch.estimates and _estimates_differ(seen, now))
        and causes.noted(watch.circumstances, now) is watch.circumstances
    )


def _estimates_differ(seen: Observation, now: Observation) -> bool:
    stale = signals.outdoor_is_stale
    return (
        now.thermostat != seen.thermostat
        or now.outdoor != seen.outdoor
        or stale(now) != stale(seen)
    )


def _draws_alike(seen: Observation, now: Observation) -> bool:
    return (
        now.outdoor == seen.outdoor
        and now.power == seen.power
        and now.meter == seen.meter
        and now.price == seen.price
    )


def _looked(watch: Watch, observation: Observation, settings: Settings) -> Watch:
    watch = metered(watch, observation, settings)
    memories = (
        watch.memories
        if len(watch.memories) == len(settings.signals)
        else (Memory(),) * len(settings.signals)
    )
    words = observation.words or (NO_WORDS,) * len(settings.signals)
    known = freshness.known(observation, watch.habits)
    sensed = [
        signals.sense(signal, raw, known, memory, listed)
        for signal, raw, memory, listed in zip(
            settings.signals, known.readings, memories, words, strict=True
        )
    ]
    evidence = tuple(piece for piece, _ in sensed)
    memories = tuple(memory for _, memory in sensed)
    times = [
        signals.wake(signal, observation, memory)
        for signal, memory in zip(settings.signals, memories, strict=True)
    ]
    looked = replace(
        watch,
        memories=memories,
        evidence=evidence,
        signals_due=_first(*times, *freshness.next_due(watch.habits, observation.at)),
        estimates=any(isinstance(signal, InferenceSignal) for signal in settings.signals),
    )
    return _turned(
        looked,
        detector.detect(evidence, detector.caller(known), settings.equipment),
        observation,
        settings,
    )


def _first(*times: datetime | None) -> datetime | None:
    return min((time for time in times if time is not None), default=None)


def _turned(watch: Watch, heat: Heat, observation: Observation, settings: Settings) -> Watch:
    """Go on in another heat state, and take in what that means for a run."""
    before, ledger = (
        watch.ledger.run,
        ledgers.turned(watch.ledger, heat, signals.outdoor_now(observation)),
    )
    run, tally = ledger.run, watch.tally
    circumstances = causes.noted(watch.circumstances, observation)
    if (
        before is not None
        and before.running
        and (run is None or not run.running or run.start != before.start)
    ):
        ended = replace(
            before, running=False, cause=causes.cause(before, circumstances, ledger.at, settings)
        )
        tally = tallies.run_ended(tally, is_expected=causes.is_expected(ended, circumstances))
        circumstances = causes.ended(circumstances, ledger.at)
        ledger = ledgers.with_end(ledger, ended)
    if run is not None and run.running:
        if before is None or not before.running or run.start != before.start:
            tally, circumstances = (
                tallies.run_began(tally),
                causes.begun(circumstances, observation),
            )
        circumstances = causes.seen_in_run(circumstances, heat, watch.evidence, observation)
    ledger = _explained(ledger, circumstances, settings)
    effort = standstills.effort(heat, watch.evidence, observation, circumstances, settings)
    return replace(
        watch, ledger=ledger, heat=heat, tally=tally, circumstances=circumstances, effort=effort
    )
