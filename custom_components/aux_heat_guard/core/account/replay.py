"""Goes through what was recorded as if it happened now."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ..model import Observation
from ..sense import freshness
from ..settings.guard import Settings
from . import tracker as watches
from .archive import ArchiveSegment, append, prepend
from .ledger import Ledger, trim
from .tracker import Tracker

TRIM_INTERVAL = timedelta(days=1)
"""The line at hand is handed from step to step: the longer it is, the slower."""


@dataclass(frozen=True, slots=True)
class Replay:
    """How far a replay has come."""

    tracker: Tracker
    archived: ArchiveSegment
    """All points and runs from its beginning on; the watch has only the latest at hand."""


def start_replay(tracker: Tracker) -> Replay:
    """Start a replay where a watch stands."""
    return _trim(tracker, ArchiveSegment())


def advance(
    replay: Replay, observations: Iterable[Observation], until: datetime, settings: Settings
) -> Replay:
    """Live through what was observed until an instant."""
    watch = replay.tracker
    latest, full = watch.last_observation, watch.ledger.at + TRIM_INTERVAL
    for latest in observations:
        watch = _advance_tracker(watch, latest, settings)
        if watch.ledger.at >= full:
            # Before more is at hand than is kept of it.
            replay = _trim(watch, replay.archived)
            watch, full = replay.tracker, watch.ledger.at + TRIM_INTERVAL
    if latest is not None and latest.at <= until:
        # Signals that time alone turns, do so at the end as well; and what was reported again unchanged, stays known.
        latest = replace(latest, at=until)
        watch = watches.advance_meter(watches.advance(watch, latest, settings), latest, settings)
    return _trim(watches.advance_to(watch, until, settings), replay.archived)


def _advance_tracker(tracker: Tracker, observation: Observation, settings: Settings) -> Tracker:
    """Take in an observation, and when sources, weather and power were reported though they are the same: nobody will ask again."""
    after = watches.advance(tracker, observation, settings)
    if after is not tracker or tracker.last_observation is None:
        return after
    seen = tracker.last_observation
    if (
        observation.outdoor_last_reported == seen.outdoor_last_reported
        and observation.power_last_reported == seen.power_last_reported
        and not freshness.has_new_reports(seen, observation)
    ):
        return tracker
    return watches.advance_meter(tracker, observation, settings)


def skip_gap(replay: Replay, until: datetime, settings: Settings) -> Replay:
    """Let a time pass in which nobody looked."""
    watch = replay.tracker
    return _trim(watches.skip_gap(watch, watch.ledger.at, until, settings), replay.archived)


def full_ledger(replay: Replay) -> Ledger:
    """Put together all that was lived through."""
    return prepend(replay.tracker.ledger, replay.archived)


def _trim(tracker: Tracker, archived: ArchiveSegment) -> Replay:
    ledger = tracker.ledger
    return Replay(
        replace(tracker, ledger=trim(ledger)),
        append(archived, ArchiveSegment(ledger.points, ledger.runs)),
    )
