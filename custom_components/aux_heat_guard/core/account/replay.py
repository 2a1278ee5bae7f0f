"""Goes through what was recorded as if it happened now."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ..model import Observation
from ..sense import freshness
from ..settings.guard import Settings
from . import tracker as watches
from .archive import Chapter, extended, lengthened
from .ledger import Ledger, trimmed
from .tracker import Watch

FULL = timedelta(days=1)
"""The line at hand is handed from step to step: the longer it is, the slower."""


@dataclass(frozen=True, slots=True)
class Replay:
    """How far a replay has come."""

    watch: Watch
    chapter: Chapter
    """All points and runs from its beginning on; the watch has only the latest at hand."""


def opened(watch: Watch) -> Replay:
    """Start a replay where a watch stands."""
    return _kept(watch, Chapter())


def lived(
    replay: Replay, observations: Iterable[Observation], until: datetime, settings: Settings
) -> Replay:
    """Live through what was observed until an instant."""
    watch = replay.watch
    latest, full = watch.seen, watch.ledger.at + FULL
    for latest in observations:
        watch = _watched(watch, latest, settings)
        if watch.ledger.at >= full:
            # Before more is at hand than is kept of it.
            replay = _kept(watch, replay.chapter)
            watch, full = replay.watch, watch.ledger.at + FULL
    if latest is not None and latest.at <= until:
        # Signals that time alone turns, do so at the end as well; and what was reported again unchanged, stays known.
        latest = replace(latest, at=until)
        watch = watches.metered(watches.watched(watch, latest, settings), latest, settings)
    return _kept(watches.passed(watch, until, settings), replay.chapter)


def _watched(watch: Watch, observation: Observation, settings: Settings) -> Watch:
    """Take in an observation, and when sources, weather and power were reported though they are the same: nobody will ask again."""
    after = watches.watched(watch, observation, settings)
    if after is not watch or watch.seen is None:
        return after
    seen = watch.seen
    if (
        observation.outdoor_reported == seen.outdoor_reported
        and observation.power_reported == seen.power_reported
        and not freshness.has_new_reports(seen, observation)
    ):
        return watch
    return watches.metered(watch, observation, settings)


def slept(replay: Replay, until: datetime, settings: Settings) -> Replay:
    """Let a time pass in which nobody looked."""
    watch = replay.watch
    return _kept(watches.slept(watch, watch.ledger.at, until, settings), replay.chapter)


def ledger_of(replay: Replay) -> Ledger:
    """Put together all that was lived through."""
    return lengthened(replay.watch.ledger, replay.chapter)


def _kept(watch: Watch, chapter: Chapter) -> Replay:
    ledger = watch.ledger
    return Replay(
        replace(watch, ledger=trimmed(ledger)),
        extended(chapter, Chapter(ledger.points, ledger.runs)),
    )
