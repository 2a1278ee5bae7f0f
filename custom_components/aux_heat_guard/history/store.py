"""Keeps the history of one guard on disk.

A small file is saved often. The archive, one file for each season, is saved seldom.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import reduce
import logging
from zoneinfo import ZoneInfo

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.event import async_track_time_interval
from homeassistant.util import dt as dt_util

from ..core.account import archive
from ..core.account.archive import ArchiveSegment
from ..core.account.energy import UNREAD_METER
from ..core.account.ledger import Ledger, Point
from ..core.account.tracker import NO_TRACKER_MEMORY, TrackerMemory
from ..core.alerts.state import NO_ALERTS, Alerts
from ..core.persistence import history as codec
from ..core.persistence.json_values import Json
from ..core.protection.decision import INITIAL_PROTECTION_STATE, ProtectionState
from ..core.settings.guard import (
    ARCHIVE_EVERY,
    ARCHIVE_RETRY,
    ARCHIVE_SOONEST,
    FILE_RETRY,
    MAX_FILE_POINTS,
    RECENT_PERIOD,
    USAGE_INTERVAL,
)
from ..files import FileKind, GuardFile, UnreadableFileError

_LOGGER = logging.getLogger(__name__)

SOON_SECONDS = 1
"""The delay of an urgent save: the changes of one moment make one write."""

EARLIEST_SEASON = 2015
"""No recorder has older states: Home Assistant got its recorder then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedHistory:
    """The contents of the files."""

    ledger: Ledger | None
    memory: TrackerMemory
    alerts: Alerts
    protection: ProtectionState
    set_aside: tuple[str, ...]
    """The new names of the files that were not valid and set aside."""
    unreadable: tuple[str, ...]
    """The names of the files that could not be read."""
    is_blocked: bool
    """Whether the history itself is unreadable: nothing may be written in its place."""


class ArchiveWriteError(Exception):
    """The archive could not be written."""


class LedgerStore:
    """The files of one guard. A pending save is made at a clean stop of Home Assistant."""

    def __init__(
        self, hass: HomeAssistant, entry_id: str, state_to_save: Callable[[], codec.StoredGuard]
    ) -> None:
        self._hass = hass
        self._entry_id = entry_id
        self._file = _file(hass, entry_id)
        self._state_to_save = state_to_save
        self._save_due: float | None = None
        self._last_archived: Point | None = None
        """The last point in the archive."""
        self._rebuilds = 0
        self._archive_lock = asyncio.Lock()
        self._failed_at: float | None = None
        """When the last write of the archive failed, by the clock of the event loop."""
        self._last_written = codec.NO_ENCODED_POINTS
        """The points of the last save, encoded: most of them are saved again."""
        self._set_aside: list[str] = []
        self._unreadable: list[GuardFile] = []

    async def async_load(self, zone: str) -> LoadedHistory:
        """Read the files; the months of the ledger are those of a time zone."""
        self._set_aside, self._unreadable = [], []
        stored = await self._async_read_file(self._file, codec.decode)
        since = (
            stored.ledger.at - RECENT_PERIOD if stored is not None and stored.zone == zone else None
        )
        until = None if stored is None else stored.ledger.at
        segment = await self._async_read_seasons(since, until=until)
        if stored is not None and _is_outdated(stored, segment):
            segment = await self._async_read_seasons(None, until=until)
            stored = await self._hass.async_add_executor_job(
                _restore_from_archive, stored, segment, zone
            )
        self._last_archived = segment.points[-1] if segment.points else None
        self._rebuilds = max(segment.rebuilds, 0 if stored is None else stored.rebuilds)
        ledger = await self._hass.async_add_executor_job(_merge_archive, stored, segment, zone)
        memory, alerts, protection = (
            (stored.memory, stored.alerts, stored.protection)
            if stored
            else (NO_TRACKER_MEMORY, NO_ALERTS, INITIAL_PROTECTION_STATE)
        )
        unreadable = tuple(file.name for file in self._unreadable)
        return LoadedHistory(
            ledger=ledger,
            memory=memory,
            alerts=alerts,
            protection=protection,
            set_aside=tuple(self._set_aside),
            unreadable=unreadable,
            is_blocked=stored is None and bool(unreadable),
        )

    @callback
    def async_wait_readable(self, readable: Callable[[], None]) -> CALLBACK_TYPE:
        """Call a function once all unreadable files are readable. They are checked at intervals."""
        files = tuple(self._unreadable)

        async def check_files(_now: datetime) -> None:
            if all([await file.async_is_readable() for file in files]):
                readable()

        return async_track_time_interval(self._hass, check_files, FILE_RETRY)

    async def async_full_ledger(self, ledger: Ledger) -> Ledger:
        """Return a ledger with all that the archive has before it."""
        segment = await self._async_read_seasons(None, ledger.months[0].at)
        return await self._hass.async_add_executor_job(archive.prepend, ledger, segment)

    @callback
    def async_save_later(self) -> None:
        """Save within the regular interval."""
        self._save_within(USAGE_INTERVAL.total_seconds())

    @callback
    def async_save_soon(self) -> None:
        """Save within seconds."""
        self._save_within(SOON_SECONDS)

    async def async_save(self) -> None:
        """Save now, in place of a pending save."""
        self._save_due = None
        if not self._file.is_unreadable:
            await self._file.async_save(self._encode())

    def is_archive_due(self, ledger: Ledger) -> bool:
        """Return True if the points of the small file are due to be archived."""
        archived = self._last_archived or ledger.points[0]
        # Absolute, because a clock that was set back would otherwise delay the archive.
        waited = abs(ledger.at - archived.at)
        if self._archive_lock.locked() or waited < ARCHIVE_SOONEST or self._is_backing_off():
            return False
        return (
            waited >= ARCHIVE_EVERY
            or len(archive.unarchived_points(ledger, archived)) > MAX_FILE_POINTS // 2
        )

    async def async_archive(self, ledger: Ledger) -> None:
        """Archive the points that the archive lacks, then save the small file without them."""
        if await self._async_extend_archive(ledger):
            await self.async_save()

    async def async_archive_all(self, ledger: Ledger) -> None:
        """Archive a ledger that has more than the recent period, which the small file stores."""
        if (self._last_archived or ledger.points[0]).at < ledger.at - RECENT_PERIOD:
            await self._async_extend_archive(ledger)

    async def async_rewrite(self, ledger: Ledger, since: datetime) -> None:
        """Replace the archive since an instant by a ledger. Raises ArchiveWriteError."""
        rebuilds = self._rebuilds + 1
        async with self._archive_lock:
            try:
                for year, segment in (await self._async_split(ledger, None)).items():
                    if year >= archive.season_year(since):
                        await self._async_write_season(
                            year, replace(segment, rebuilds=rebuilds), ledger.at
                        )
                self._last_archived = ledger.points[-1]
            finally:
                # Also after a failure: the small file is newer than what was archived.
                self._rebuilds = rebuilds

    def _is_backing_off(self) -> bool:
        """Return True shortly after a write of the archive failed."""
        return (
            self._failed_at is not None
            and self._hass.loop.time() - self._failed_at < ARCHIVE_RETRY.total_seconds()
        )

    async def _async_extend_archive(self, ledger: Ledger) -> bool:
        """Archive the points that the archive lacks; return True if they are on disk."""
        try:
            async with self._archive_lock:
                for year, later in (await self._async_split(ledger, self._last_archived)).items():
                    segment = await self._async_extend_season(year, later, ledger)
                    await self._async_write_season(
                        year, replace(segment, rebuilds=self._rebuilds), ledger.at
                    )
        except ArchiveWriteError, UnreadableFileError:
            if self._failed_at is None:
                _LOGGER.warning(
                    "The history up to %s could not be archived; it stays in the small file, and "
                    "is tried again each hour",
                    ledger.at,
                )
            self._failed_at = self._hass.loop.time()
            return False
        if self._failed_at is not None:
            _LOGGER.info("The history up to %s is archived", ledger.at)
        self._failed_at = None
        self._last_archived = ledger.points[-1]
        return True

    async def _async_extend_season(
        self, year: int, later: ArchiveSegment, ledger: Ledger
    ) -> ArchiveSegment:
        """Return a season of the archive with later points. Raises UnreadableFileError."""
        segment = await _file(self._hass, self._entry_id, year).async_read(codec.decode_segment)
        if segment is None:
            # The file is the first of its season, or was lost: it starts with all known points.
            return (await self._async_split(ledger, None))[year]
        return segment.append(later)

    async def _async_split(
        self, ledger: Ledger, archived: Point | None
    ) -> dict[int, ArchiveSegment]:
        return await self._hass.async_add_executor_job(archive.split_by_season, ledger, archived)

    async def _async_write_season(self, year: int, segment: ArchiveSegment, now: datetime) -> None:
        file = _file(self._hass, self._entry_id, year)
        encoded = await self._hass.async_add_executor_job(_encode_season, segment, now)
        if not await file.async_is_readable():
            raise ArchiveWriteError
        await file.async_save(encoded)
        # Home Assistant only logs that a disk is full.
        if not await file.async_has_content(encoded):
            raise ArchiveWriteError

    async def _async_read_seasons(
        self, since: datetime | None, first: datetime | None = None, until: datetime | None = None
    ) -> ArchiveSegment:
        """Read the archive from an instant on; without one, back to the first missing season."""
        begin, now = since or first, dt_util.utcnow()
        # Until the clock is set, it may show any time of long ago.
        last = archive.season_year(max(now, until or now))
        segments: list[ArchiveSegment] = []
        for year in range(last, archive.season_year(begin) - 1 if begin else EARLIEST_SEASON, -1):
            segment = await self._async_read_file(
                _file(self._hass, self._entry_id, year),
                lambda data: codec.decode_segment(data, since),
            )
            if segment is None and begin is None and year < last:
                break
            segments.append(segment or ArchiveSegment())
        return reduce(ArchiveSegment.append, reversed(segments), ArchiveSegment())

    async def _async_read_file[ReadT](
        self, file: GuardFile, decode: Callable[[object], ReadT]
    ) -> ReadT | None:
        """Read one file, and record whether it is unreadable or was set aside."""
        try:
            read = await file.async_read(decode)
        except UnreadableFileError:
            self._unreadable.append(file)
            return None
        if file.set_aside_name is not None:
            self._set_aside.append(file.set_aside_name)
        return read

    def _save_within(self, seconds: float) -> None:
        """Schedule a save, unless one is due sooner.

        Each delay replaces the one before, so a busy source would postpone the save forever.
        """
        due = self._hass.loop.time() + seconds
        if self._save_due is None or due < self._save_due:
            self._save_due = due
            self._file.async_delay_save(self._encode, seconds)

    def _encode(self) -> Json:
        self._save_due = None
        stored = replace(self._state_to_save(), rebuilds=self._rebuilds)
        self._last_written = codec.encode_recent_points(
            stored.ledger, self._last_archived, self._last_written
        )
        return codec.pack(codec.encode(stored, self._last_archived, self._last_written))


async def async_read_protection(hass: HomeAssistant, entry_id: str) -> ProtectionState:
    """Return the protection state of a removed guard; the initial one if it is unreadable."""
    stored = await _file(hass, entry_id).async_peek(codec.decode)
    return INITIAL_PROTECTION_STATE if stored is None else stored.protection


async def async_remove_files(hass: HomeAssistant, entry_id: str) -> None:
    """Delete the files of a removed guard."""
    await _file(hass, entry_id).async_remove()
    last = archive.season_year(dt_util.utcnow())
    for year in range(EARLIEST_SEASON, last + 2):
        await _file(hass, entry_id, year).async_remove()


def _file(hass: HomeAssistant, entry_id: str, year: int | None = None) -> GuardFile:
    return GuardFile(hass, entry_id, FileKind.HISTORY, "" if year is None else f".{year}")


def _restore_from_archive(
    stored: codec.StoredGuard, segment: ArchiveSegment, zone: str
) -> codec.StoredGuard:
    """Replace the ledger of a small file that is older than the archive."""
    ledger = segment.to_ledger(stored.ledger.run)
    if ledger is None:
        return stored
    # The archive already has what the meter counted since that file was saved.
    memory = replace(stored.memory, meter=UNREAD_METER)
    return replace(
        stored, ledger=archive.with_time_zone(ledger, ZoneInfo(zone)), memory=memory, zone=zone
    )


def _merge_archive(
    stored: codec.StoredGuard | None, segment: ArchiveSegment, zone: str
) -> Ledger | None:
    """Return the ledger of the small file and the archive together."""
    ledger = segment.to_ledger() if stored is None else archive.prepend(stored.ledger, segment)
    if ledger is None:
        return None
    if stored is None or stored.zone != zone:
        ledger = archive.with_time_zone(ledger, ZoneInfo(zone))
    return ledger.trim()


def _encode_season(segment: ArchiveSegment, now: datetime) -> Json:
    """Encode a season: each change of the recent period, and each hour of the time before."""
    return codec.pack(codec.encode_segment(segment.thin(now - RECENT_PERIOD)))


def _is_outdated(stored: codec.StoredGuard, segment: ArchiveSegment) -> bool:
    """Return True if the archive is newer than the small file."""
    return segment.rebuilds > stored.rebuilds or archive.is_outdated(stored.ledger, segment)
