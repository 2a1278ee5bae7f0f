"""Decides when a guard is saved: never while a backfill works on the history.

During a backfill the disk keeps the history from which the work starts again after a crash. A
save that is due meanwhile is dropped, because the backfill saves when it ends; only a command to
the thermostat waits for its save, and with it for the end of the backfill.
"""

import asyncio
from datetime import datetime, tzinfo
from functools import partial
from typing import Any, Protocol

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback

from ..core.account import archive
from ..core.account.ledger import Ledger, Point
from ..core.persistence.history import StoredGuard
from . import recorder_reader
from .backfill import Backfill, HistoryBusyError, HistoryOwner
from .store import LedgerStore, LoadedHistory


class PersistedGuard(HistoryOwner, Protocol):
    """The guard that is saved."""

    def state_to_save(self) -> StoredGuard:
        """Return all that is saved of the guard, counted up to now."""


class Persistence:
    """Loads, saves and backfills one guard."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry[Any], guard: PersistedGuard) -> None:
        self._hass = hass
        self._entry = entry
        self._guard = guard
        self.store = LedgerStore(hass, entry.entry_id, guard.state_to_save)
        self.backfill = Backfill(hass, self.store, guard)

    async def async_load(self, zone: str) -> LoadedHistory:
        """Read the files; reload the guard once a file that cannot be read now becomes readable."""
        loaded = await self.store.async_load(zone)
        if loaded.unreadable:
            reload = partial(self._hass.config_entries.async_schedule_reload, self._entry.entry_id)
            self._entry.async_on_unload(self.store.async_wait_readable(reload))
        return loaded

    @callback
    def async_start_backfill(self, loaded: LoadedHistory, until: datetime) -> None:
        """Fill in the history from the recorder in the background, if the files allow it."""
        if loaded.is_blocked:
            self.backfill.block()
        elif recorder_reader.is_available(self._hass):
            self.backfill.start()
            work = self.backfill.async_catch_up(loaded, until)
            self._entry.async_create_background_task(
                self._hass, work, f"{self._entry.title} history"
            )

    async def async_rebuild(self) -> datetime:
        """Rebuild the history from the recorder; return the start of the rebuilt time.

        Raises HistoryBusyError if the history is being worked on, or if the guard is reloaded
        meanwhile; RecorderReadError and ArchiveWriteError.
        """
        self.backfill.start()
        # A task of the entry: it ends where the guard ends.
        work = self._entry.async_create_background_task(
            self._hass, self.backfill.async_rebuild(), f"{self._entry.title} rebuilding"
        )
        await asyncio.wait([work])
        if work.cancelled():
            raise HistoryBusyError
        return work.result()

    async def async_full_ledger(self) -> Ledger:
        """Return the ledger up to now, with all that the archive has."""
        return await self.store.async_full_ledger(self._guard.ledger())

    def settled_ledger(self) -> Ledger | None:
        """Return the ledger up to now; None during a backfill, when its sums are not final."""
        return None if self.backfill.is_busy else self._guard.ledger()

    async def async_months_in_zone(self, zone: tzinfo) -> tuple[Point, ...] | None:
        """Return the months of the ledger by another time zone.

        None during a backfill: a backfill cuts its result into months when it ends.
        """
        moved = await self._hass.async_add_executor_job(
            archive.with_time_zone, await self.async_full_ledger(), zone
        )
        return None if self.backfill.is_busy else moved.months

    @callback
    def async_save_soon(self) -> None:
        """Save within seconds."""
        if not self.backfill.is_busy:
            self.store.async_save_soon()

    async def async_save(self) -> None:
        """Save now."""
        if not self.backfill.is_busy:
            await self.store.async_save()

    async def async_save_when_idle(self) -> None:
        """Save as soon as no backfill is at work."""
        await self.backfill.async_wait_idle()
        await self.store.async_save()

    @callback
    def async_save_in_background(self, name: str) -> None:
        """Save now, without waiting for the save."""
        if not self.backfill.is_busy:
            self._entry.async_create_background_task(
                self._hass, self.store.async_save(), f"{self._entry.title} {name}"
            )

    @callback
    def async_save_step(self, ledger: Ledger, *, is_urgent: bool) -> None:
        """Schedule the save of a step, and archive the ledger when that is due."""
        if self.backfill.is_busy:
            return
        if is_urgent:
            self.store.async_save_soon()
        else:
            self.store.async_save_later()
        if self.store.is_archive_due(ledger):
            self._entry.async_create_background_task(
                self._hass,
                self.store.async_archive(self._guard.ledger()),
                f"{self._entry.title} archive",
            )
