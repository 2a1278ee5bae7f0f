"""Replay recorded observations as if they happened now."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ..model import Observation
from ..sense import freshness
from ..settings.guard import Settings
from .archive import ArchiveSegment, prepend
from .ledger import Ledger
from .tracker import Tracker

TRIM_INTERVAL = timedelta(days=1)
"""The interval between trims of the tracker. Each step is slower with more points."""


@dataclass(frozen=True, slots=True)
class Replay:
    """The progress of a replay."""

    tracker: Tracker
    archived: ArchiveSegment
    """All points and runs from its start; the tracker keeps only the latest."""

    def advance(
        self, observations: Iterable[Observation], until: datetime, settings: Settings
    ) -> Replay:
        """Replay observations, and count up to an instant."""
        tracker, archived = self.tracker, self.archived
        latest, full = tracker.last_observation, tracker.ledger.at + TRIM_INTERVAL
        for latest in observations:
            tracker = _advance_tracker(tracker, latest, settings)
            if tracker.ledger.at >= full:
                # Points are collected before the tracker drops them.
                trimmed = _trim(tracker, archived)
                tracker, archived = trimmed.tracker, trimmed.archived
                full = tracker.ledger.at + TRIM_INTERVAL
        if latest is not None and latest.at <= until:
            # Signals may still change by time alone until the end, and repeated reports stay known.
            latest = replace(latest, at=until)
            tracker = tracker.advance(latest, settings).advance_meter(latest, settings)
        return _trim(tracker.advance_to(until, settings), archived)

    def skip_gap(self, until: datetime, settings: Settings) -> Replay:
        """Skip a time without observations."""
        tracker = self.tracker
        return _trim(tracker.skip_gap(tracker.ledger.at, until, settings), self.archived)

    def full_ledger(self) -> Ledger:
        """Return the ledger of the whole replay."""
        return prepend(self.tracker.ledger, self.archived)


def start_replay(tracker: Tracker) -> Replay:
    """Start a replay from a tracker."""
    return _trim(tracker, ArchiveSegment())


def _advance_tracker(tracker: Tracker, observation: Observation, settings: Settings) -> Tracker:
    """Process an observation, including repeated reports: a replay reads each record only once."""
    after = tracker.advance(observation, settings)
    if after is not tracker or tracker.last_observation is None:
        return after
    previous = tracker.last_observation
    if (
        observation.outdoor_last_reported == previous.outdoor_last_reported
        and observation.power_last_reported == previous.power_last_reported
        and not freshness.has_new_reports(previous, observation)
    ):
        return tracker
    return tracker.advance_meter(observation, settings)


def _trim(tracker: Tracker, archived: ArchiveSegment) -> Replay:
    ledger = tracker.ledger
    return Replay(
        replace(tracker, ledger=ledger.trim()),
        archived.append(ArchiveSegment(ledger.points, ledger.runs)),
    )
