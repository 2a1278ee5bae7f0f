"""Fills in a guard's history from what the recorder has, beside the guard's own steps."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
import logging
from typing import Protocol

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.util import dt as dt_util

from ..core.account import archive
from ..core.account import ledger as ledgers
from ..core.account import tracker as watches
from ..core.account.counters import Counters
from ..core.account.ledger import Ledger
from ..core.account.tracker import Tracker
from ..core.model import Observation
from ..options.guard import GuardConfig
from . import recorder_reader as history
from .recorder_reader import ReplayResult
from .store import ArchiveWriteError, LedgerStore, LoadedHistory

_LOGGER = logging.getLogger(__name__)

PROGRESS_STEP = 5
"""%. Finer steps would fill the log."""

type HistoryListener = Callable[[Ledger, datetime], None]
"""Is told of the history since an instant: the ledger has all its points from then on."""


class HistoryBusyError(Exception):
    """The history is being worked on."""


class HistoryOwner(Protocol):
    """Whose history it is."""

    name: str

    @property
    def guard_config(self) -> GuardConfig:
        """What is guarded by now."""

    @property
    def tracker(self) -> Tracker:
        """What is counted by now."""

    def ledger(self) -> Ledger:
        """Count up to now."""

    def async_replace_tracker(self, tracker: Tracker) -> None:
        """Go on from another account of the same time."""

    def async_update_listeners(self) -> None:
        """Tell that the progress has changed."""


@dataclass(frozen=True, slots=True)
class SleepGap:
    """A time in which the machine slept."""

    start: datetime
    end: datetime


class Backfill:
    """Works on a history. What is seen meanwhile is lived through again on top of it."""

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
        """Whether the history is being worked on: what the ledger says until then is not the whole."""
        return self._is_blocked or self._recorded_meanwhile is not None

    @callback
    def block(self) -> None:
        """Stay busy for good, because a file cannot be read: nothing may be saved in its place, nor the thermostat told what is not saved."""
        self._is_blocked = True
        self._idle.clear()

    async def async_wait_idle(self) -> None:
        """Wait until there is no work."""
        await self._idle.wait()

    @callback
    def record(self, item: Observation | SleepGap) -> None:
        """Remember what happens while there is work."""
        if self._recorded_meanwhile is not None:
            self._recorded_meanwhile.append(item)

    @callback
    def async_add_listener(self, listener: HistoryListener) -> CALLBACK_TYPE:
        """Have it told when the history since an instant was filled in or changed."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    @callback
    def start(self) -> None:
        """Remember from now on what is seen. Raises HistoryBusyError."""
        if self.is_busy:
            raise HistoryBusyError
        self._recorded_meanwhile = []
        self._idle.clear()

    async def async_catch_up(self, loaded: LoadedHistory, until: datetime) -> None:
        """Fill in what the recorder knows: of the time since the history was written, or where there is none, of all."""
        keeper, settings = self._owner, self._owner.guard_config.settings
        try:
            if loaded.ledger is None or loaded.set_aside:
                since = await self._async_rebuild(until)
                _LOGGER.info("%s: history taken from the recorder since %s", keeper.name, since)
            else:
                watch = watches.begin_tracking(
                    loaded.ledger.at, settings, loaded.ledger, loaded.memo
                )
                lived = await history.async_catch_up(
                    self._hass, keeper.guard_config, watch, until, self._report_progress
                )
                await self._store.async_archive_all(lived.ledger)
                await self._async_apply_result(lived, until)
        except (history.RecorderReadError, ArchiveWriteError) as error:
            _LOGGER.warning(
                "%s: the history could not be read or written, so what happened before %s may stay unknown: %r",
                keeper.name,
                until,
                error,
            )
        finally:
            self._finish()

    async def async_rebuild(self) -> datetime:
        """Live again through all the recorder has; tell from when on. Raises UnreadableError and UnwrittenError."""
        until = dt_util.utcnow()
        if (seen := self._owner.tracker.last_observation) is not None:
            self.record(replace(seen, at=until))
        # The hours of the filter, and how long AUX rested, are known from further back than the recorder remembers.
        tally = watches.advance_to(
            self._owner.tracker, until, self._owner.guard_config.settings
        ).counters
        try:
            return await self._async_rebuild(until, tally)
        finally:
            self._finish()

    def _finish(self) -> None:
        """Be done with the history, whatever came of it."""
        self._recorded_meanwhile = None
        self._idle.set()
        if self.progress is not None:
            self.progress = None
            self._owner.async_update_listeners()

    async def _async_rebuild(self, until: datetime, counters: Counters | None = None) -> datetime:
        whole = await self._store.async_full_ledger(self._owner.ledger())
        lived = await history.async_rebuild(
            self._hass,
            self._owner.guard_config,
            whole,
            self._owner.tracker,
            until,
            self._report_progress,
        )
        await self._store.async_rewrite(lived.ledger, lived.since)
        await self._async_apply_result(
            lived
            if counters is None
            else replace(lived, tracker=replace(lived.tracker, counters=counters)),
            until,
        )
        return lived.since

    async def _async_apply_result(self, result: ReplayResult, until: datetime) -> None:
        """Go on from a history that was worked on, through what was seen meanwhile."""
        settings = self._owner.guard_config.settings
        # The home's time zone may have been changed meanwhile.
        ledger = archive.with_time_zone(result.ledger, settings.zone)
        watch = watches.resume_after_replay(result.tracker, until, settings, ledgers.trim(ledger))
        for seen in self._recorded_meanwhile or ():
            if isinstance(seen, SleepGap):
                watch = watches.skip_gap(watch, seen.start, seen.end, settings)
            else:
                watch = watches.advance(watch, seen, settings)
        self._recorded_meanwhile = self.progress = None
        self._owner.async_replace_tracker(watch)
        for historian in self._listeners:
            historian(ledger, result.since)
        await self._store.async_save()

    @callback
    def _report_progress(self, share: float) -> None:
        percent = min(int(100 * share), 99)
        if percent // PROGRESS_STEP != (self.progress or 0) // PROGRESS_STEP:
            _LOGGER.info("%s: %s %% of the recorder's history read", self._owner.name, percent)
            self.progress = percent
            self._owner.async_update_listeners()
