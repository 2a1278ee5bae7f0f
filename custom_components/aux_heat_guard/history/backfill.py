"""Fills in the history of a guard from the recorder, while the guard goes on taking steps."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
import logging
from typing import Protocol

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.util import dt as dt_util

from ..core.account import archive
from ..core.account.counters import Counters
from ..core.account.ledger import Ledger
from ..core.account.tracker import Tracker, begin_tracking
from ..core.model import Observation
from ..options.guard import GuardConfig
from . import recorder_reader
from .recorder_reader import ReplayResult
from .store import ArchiveWriteError, LedgerStore, LoadedHistory

_LOGGER = logging.getLogger(__name__)

PROGRESS_STEP = 5
"""In percent. Finer steps would fill the log."""

type HistoryListener = Callable[[Ledger, datetime], None]
"""Called with a ledger and the instant from which on its history changed and is complete."""


class HistoryBusyError(Exception):
    """A backfill is at work."""


class HistoryOwner(Protocol):
    """The guard that has the history."""

    name: str

    @property
    def guard_config(self) -> GuardConfig:
        """The present configuration."""

    @property
    def tracker(self) -> Tracker:
        """The tracker of the last step."""

    def ledger(self) -> Ledger:
        """Return the ledger, counted up to now."""

    def async_replace_tracker(self, tracker: Tracker) -> None:
        """Continue from another tracker of the same time."""

    def async_update_listeners(self) -> None:
        """Publish a change of the progress."""


@dataclass(frozen=True, slots=True)
class SleepGap:
    """The time in which the machine slept."""

    start: datetime
    end: datetime


class Backfill:
    """Fills in a history; the observations made meanwhile are replayed on top of it."""

    def __init__(self, hass: HomeAssistant, store: LedgerStore, owner: HistoryOwner) -> None:
        self.progress: int | None = None
        """How far the work is, in percent; None if there is no work."""
        self._hass = hass
        self._store = store
        self._owner = owner
        self._recorded_meanwhile: list[Observation | SleepGap] | None = None
        self._is_blocked = False
        self._idle = asyncio.Event()
        self._idle.set()
        self._listeners: list[HistoryListener] = []

    @property
    def is_busy(self) -> bool:
        """Whether a backfill is at work: until it ends, the ledger is not complete."""
        return self._is_blocked or self._recorded_meanwhile is not None

    @callback
    def block(self) -> None:
        """Stay busy until the reload, because a file cannot be read.

        Nothing may be saved in its place, and no command may be sent that is not saved.
        """
        self._is_blocked = True
        self._idle.clear()

    async def async_wait_idle(self) -> None:
        """Wait until no backfill is at work."""
        await self._idle.wait()

    @callback
    def record(self, item: Observation | SleepGap) -> None:
        """Record an observation or a gap if a backfill is at work."""
        if self._recorded_meanwhile is not None:
            self._recorded_meanwhile.append(item)

    @callback
    def async_add_listener(self, listener: HistoryListener) -> CALLBACK_TYPE:
        """Register a listener for changes of the history."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    @callback
    def start(self) -> None:
        """Begin a backfill: record all observations from now on. Raises HistoryBusyError."""
        if self.is_busy:
            raise HistoryBusyError
        self._recorded_meanwhile = []
        self._idle.clear()

    async def async_catch_up(self, loaded: LoadedHistory, until: datetime) -> None:
        """Fill in the time since the history was saved, or all of it if nothing was saved."""
        owner, settings = self._owner, self._owner.guard_config.settings
        try:
            if loaded.ledger is None or loaded.set_aside:
                since = await self._async_rebuild(until)
                _LOGGER.info("%s: history taken from the recorder since %s", owner.name, since)
            else:
                tracker = begin_tracking(loaded.ledger.at, settings, loaded.ledger, loaded.memory)
                result = await recorder_reader.async_catch_up(
                    self._hass, owner.guard_config, tracker, until, self._report_progress
                )
                await self._store.async_archive_all(result.ledger)
                await self._async_apply_result(result, until)
        except (recorder_reader.RecorderReadError, ArchiveWriteError) as error:
            _LOGGER.warning(
                "%s: the history could not be read or written, so what happened before %s may "
                "stay unknown: %r",
                owner.name,
                until,
                error,
            )
        finally:
            self._finish()

    async def async_rebuild(self) -> datetime:
        """Rebuild the history from the recorder; return the start of the rebuilt time.

        Raises RecorderReadError and ArchiveWriteError.
        """
        until = dt_util.utcnow()
        observation = self._owner.tracker.last_observation
        if observation is not None:
            self.record(replace(observation, at=until))
        # The hours of the filter and the rest of aux heat go further back than the recorder does.
        counters = self._owner.tracker.advance_to(until, self._owner.guard_config.settings).counters
        try:
            return await self._async_rebuild(until, counters)
        finally:
            self._finish()

    def _finish(self) -> None:
        """End the backfill, whether it succeeded or failed."""
        self._recorded_meanwhile = None
        self._idle.set()
        if self.progress is not None:
            self.progress = None
            self._owner.async_update_listeners()

    async def _async_rebuild(self, until: datetime, counters: Counters | None = None) -> datetime:
        whole = await self._store.async_full_ledger(self._owner.ledger())
        result = await recorder_reader.async_rebuild(
            self._hass,
            self._owner.guard_config,
            whole,
            self._owner.tracker,
            until,
            self._report_progress,
        )
        await self._store.async_rewrite(result.ledger, result.since)
        if counters is not None:
            result = replace(result, tracker=replace(result.tracker, counters=counters))
        await self._async_apply_result(result, until)
        return result.since

    async def _async_apply_result(self, result: ReplayResult, until: datetime) -> None:
        """Continue from a replayed history, through the observations made meanwhile."""
        settings = self._owner.guard_config.settings
        # The home's time zone may have changed meanwhile.
        ledger = archive.with_time_zone(result.ledger, settings.zone)
        tracker = result.tracker.resume_after_replay(until, settings, ledger.trim())
        for item in self._recorded_meanwhile or ():
            if isinstance(item, SleepGap):
                tracker = tracker.skip_gap(item.start, item.end, settings)
            else:
                tracker = tracker.advance(item, settings)
        self._recorded_meanwhile = self.progress = None
        self._owner.async_replace_tracker(tracker)
        for listener in self._listeners:
            listener(ledger, result.since)
        await self._store.async_save()

    @callback
    def _report_progress(self, share: float) -> None:
        percent = min(int(100 * share), 99)
        if percent // PROGRESS_STEP != (self.progress or 0) // PROGRESS_STEP:
            _LOGGER.info("%s: %s %% of the recorder's history read", self._owner.name, percent)
            self.progress = percent
            self._owner.async_update_listeners()
