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
from ..core.account.counters import Tally
from ..core.account.ledger import Ledger
from ..core.account.tracker import Watch
from ..core.model import Observation
from ..options.guard import Guarded
from . import recorder_reader as history
from .recorder_reader import Lived
from .store import LedgerStore, Loaded, UnwrittenError

_LOGGER = logging.getLogger(__name__)

PROGRESS_STEP = 5
"""%. Finer steps would fill the log."""

type Historian = Callable[[Ledger, datetime], None]
"""Is told of the history since an instant: the ledger has all its points from then on."""


class HistoryBusyError(Exception):
    """The history is being worked on."""


class Keeper(Protocol):
    """Whose history it is."""

    name: str

    @property
    def guarded(self) -> Guarded:
        """What is guarded by now."""

    @property
    def watch(self) -> Watch:
        """What is counted by now."""

    def ledger(self) -> Ledger:
        """Count up to now."""

    def async_go_on(self, watch: Watch) -> None:
        """Go on from another account of the same time."""

    def async_update_listeners(self) -> None:
        """Tell that the progress has changed."""


@dataclass(frozen=True, slots=True)
class Nap:
    """A time in which the machine slept."""

    since: datetime
    until: datetime


class Recall:
    """Works on a history. What is seen meanwhile is lived through again on top of it."""

    progress: int | None = None
    """In percent; None while there is no work."""

    def __init__(self, hass: HomeAssistant, store: LedgerStore, keeper: Keeper) -> None:
        self._hass = hass
        self._store = store
        self._keeper = keeper
        self._lived: list[Observation | Nap] | None = None
        self._is_held = False
        self._rested = asyncio.Event()
        self._rested.set()
        self._historians: list[Historian] = []

    @property
    def is_busy(self) -> bool:
        """Whether the history is being worked on: what the ledger says until then is not the whole."""
        return self._is_held or self._lived is not None

    @callback
    def hold(self) -> None:
        """Stay busy for good, because a file cannot be read: nothing may be saved in its place, nor the thermostat told what is not saved."""
        self._is_held = True
        self._rested.clear()

    async def async_rested(self) -> None:
        """Wait until there is no work."""
        await self._rested.wait()

    @callback
    def witness(self, seen: Observation | Nap) -> None:
        """Remember what happens while there is work."""
        if self._lived is not None:
            self._lived.append(seen)

    @callback
    def async_listen(self, historian: Historian) -> CALLBACK_TYPE:
        """Have it told when the history since an instant was filled in or changed."""
        self._historians.append(historian)
        return lambda: self._historians.remove(historian)

    @callback
    def begin(self) -> None:
        """Remember from now on what is seen. Raises HistoryBusyError."""
        if self.is_busy:
            raise HistoryBusyError
        self._lived = []
        self._rested.clear()

    async def async_catch_up(self, loaded: Loaded, until: datetime) -> None:
        """Fill in what the recorder knows: of the time since the history was written, or where there is none, of all."""
        keeper, settings = self._keeper, self._keeper.guarded.settings
        try:
            if loaded.ledger is None or loaded.set_aside:
                since = await self._async_rebuild(until)
                _LOGGER.info("%s: history taken from the recorder since %s", keeper.name, since)
            else:
                watch = watches.begun(loaded.ledger.at, settings, loaded.ledger, loaded.memo)
                lived = await history.async_caught_up(
                    self._hass, keeper.guarded, watch, until, self._tell_progress
                )
                await self._store.async_archive_all(lived.ledger)
                await self._async_live_on(lived, until)
        except (history.UnreadableError, UnwrittenError) as error:
            _LOGGER.warning(
                "%s: the history could not be read or written, so what happened before %s may stay unknown: %r",
                keeper.name,
                until,
                error,
            )
        finally:
            self._rest()

    async def async_rebuild(self) -> datetime:
        """Live again through all the recorder has; tell from when on. Raises UnreadableError and UnwrittenError."""
        until = dt_util.utcnow()
        if (seen := self._keeper.watch.seen) is not None:
            self.witness(replace(seen, at=until))
        # The hours of the filter, and how long AUX rested, are known from further back than the recorder remembers.
        tally = watches.passed(self._keeper.watch, until, self._keeper.guarded.settings).tally
        try:
            return await self._async_rebuild(until, tally)
        finally:
            self._rest()

    def _rest(self) -> None:
        """Be done with the history, whatever came of it."""
        self._lived = None
        self._rested.set()
        if self.progress is not None:
            self.progress = None
            self._keeper.async_update_listeners()

    async def _async_rebuild(self, until: datetime, tally: Tally | None = None) -> datetime:
        whole = await self._store.async_all(self._keeper.ledger())
        lived = await history.async_rebuilt(
            self._hass, self._keeper.guarded, whole, self._keeper.watch, until, self._tell_progress
        )
        await self._store.async_rewrite(lived.ledger, lived.since)
        await self._async_live_on(
            lived if tally is None else replace(lived, watch=replace(lived.watch, tally=tally)),
            until,
        )
        return lived.since

    async def _async_live_on(self, lived: Lived, until: datetime) -> None:
        """Go on from a history that was worked on, through what was seen meanwhile."""
        settings = self._keeper.guarded.settings
        # The home's time zone may have been changed meanwhile.
        ledger = archive.rezoned(lived.ledger, settings.zone)
        watch = watches.taken_up(lived.watch, until, settings, ledgers.trimmed(ledger))
        for seen in self._lived or ():
            if isinstance(seen, Nap):
                watch = watches.slept(watch, seen.since, seen.until, settings)
            else:
                watch = watches.watched(watch, seen, settings)
        self._lived = self.progress = None
        self._keeper.async_go_on(watch)
        for historian in self._historians:
            historian(ledger, lived.since)
        await self._store.async_save()

    @callback
    def _tell_progress(self, share: float) -> None:
        percent = min(int(100 * share), 99)
        if percent // PROGRESS_STEP != (self.progress or 0) // PROGRESS_STEP:
            _LOGGER.info("%s: %s %% of the recorder's history read", self._keeper.name, percent)
            self.progress = percent
            self._keeper.async_update_listeners()
