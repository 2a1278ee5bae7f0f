"""Keeps the history of one guard on disk: a small file that is written often, and one for each season that is written seldom."""

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
from ..core.account import ledger as ledgers
from ..core.account.archive import ArchiveSegment
from ..core.account.energy import UNREAD_METER
from ..core.account.ledger import Ledger, Point
from ..core.account.tracker import NO_TRACKER_MEMORY, TrackerMemory
from ..core.alerts.lifecycle import NO_ALERTS, Alerts
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
"""A run's end is on disk a second later: the changes of one moment make one write."""

EARLIEST_CHAPTER = 2015
"""No recorder reaches further back: Home Assistant has had one since then."""


@dataclass(frozen=True, slots=True)
class LoadedHistory:
    """What was on disk."""

    ledger: Ledger | None
    memo: TrackerMemory
    alerts: Alerts
    protection: ProtectionState
    set_aside: tuple[str, ...]
    """The files that are not ours, by their new names."""
    unreadable: tuple[str, ...]
    """The files that could not be read."""
    is_blocked: bool
    """Whether what was counted is in one of those: nothing may be written in its place."""


class ArchiveWriteError(Exception):
    """What was to be archived is not on disk."""


class LedgerStore:
    """The files of one guard. Whatever is pending is written at a clean stop of Home Assistant."""

    def __init__(
        self, hass: HomeAssistant, entry_id: str, state_to_save: Callable[[], codec.StoredGuard]
    ) -> None:
        self._hass = hass
        self._entry_id = entry_id
        self._file = _file(hass, entry_id)
        self._state_to_save = state_to_save
        self._save_due: float | None = None
        self._last_archived: Point | None = None
        """The last point that the archive has."""
        self._rebuilds = 0
        self._archive_lock = asyncio.Lock()
        self._failed_at: float | None = None
        """When the archive could not be written, by the clock of the event loop."""
        self._last_written = codec.NO_ENCODED_POINTS
        """What was written last time: most of it stands there again."""
        self._set_aside: list[str] = []
        self._unreadable: list[GuardFile] = []

    async def async_load(self, zone: str) -> LoadedHistory:
        """Read what was counted, with the months of a time zone."""
        self._set_aside, self._unreadable = [], []
        kept = await self._async_read_file(self._file, codec.decode)
        since = kept.ledger.at - RECENT_PERIOD if kept is not None and kept.zone == zone else None
        until = None if kept is None else kept.ledger.at
        chapter = await self._async_read_chapters(since, until=until)
        if kept is not None and _is_outdated(kept, chapter):
            chapter = await self._async_read_chapters(None, until=until)
            kept = await self._hass.async_add_executor_job(
                _restore_from_archive, kept, chapter, zone
            )
        self._last_archived = chapter.points[-1] if chapter.points else None
        self._rebuilds = max(chapter.rebuilds, 0 if kept is None else kept.rebuilds)
        ledger = await self._hass.async_add_executor_job(_merge_archive, kept, chapter, zone)
        memo, alerts, protection = (
            (kept.memory, kept.alerts, kept.protection)
            if kept
            else (NO_TRACKER_MEMORY, NO_ALERTS, INITIAL_PROTECTION_STATE)
        )
        unreadable = tuple(file.name for file in self._unreadable)
        return LoadedHistory(
            ledger,
            memo,
            alerts,
            protection,
            set_aside=tuple(self._set_aside),
            unreadable=unreadable,
            is_blocked=kept is None and bool(unreadable),
        )

    @callback
    def async_wait_readable(self, readable: Callable[[], None]) -> CALLBACK_TYPE:
        """Call back when the files that could not be read can be; until then, look again from time to time."""
        files = tuple(self._unreadable)

        async def look_again(_now: datetime) -> None:
            if all([await file.async_is_readable() for file in files]):
                readable()

        return async_track_time_interval(self._hass, look_again, FILE_RETRY)

    async def async_full_ledger(self, ledger: Ledger) -> Ledger:
        """Put before a ledger all that the archive has."""
        chapter = await self._async_read_chapters(None, ledger.months[0].at)
        return await self._hass.async_add_executor_job(archive.prepend, ledger, chapter)

    @callback
    def async_save_later(self) -> None:
        """Have it written on the next beat."""
        self._save_within(USAGE_INTERVAL.total_seconds())

    @callback
    def async_save_soon(self) -> None:
        """Have it written within seconds."""
        self._save_within(SOON_SECONDS)

    async def async_save(self) -> None:
        """Write it now, in place of what is pending."""
        self._save_due = None
        if not self._file.is_unreadable:
            await self._file.async_save(self._encode())

    def is_archive_due(self, ledger: Ledger) -> bool:
        """Tell whether the archive is to take over what the small file holds."""
        archived = self._last_archived or ledger.points[0]
        # A clock that was set back by far would else put it off until it is where it was.
        waited = abs(ledger.at - archived.at)
        if self._archive_lock.locked() or waited < ARCHIVE_SOONEST or self._is_backing_off():
            return False
        return (
            waited >= ARCHIVE_EVERY
            or len(archive.unarchived_points(ledger, archived)) > MAX_FILE_POINTS // 2
        )

    async def async_archive(self, ledger: Ledger) -> None:
        """Have the archive take over what it does not have yet, then the small file let go of it."""
        if await self._async_extend_archive(ledger):
            await self.async_save()

    async def async_archive_all(self, ledger: Ledger) -> None:
        """Have the archive take over what would be let go of at once: a ledger that was away for long has more than fits at hand."""
        if (self._last_archived or ledger.points[0]).at < ledger.at - RECENT_PERIOD:
            await self._async_extend_archive(ledger)

    async def async_rewrite(self, ledger: Ledger, since: datetime) -> None:
        """Put an account of the time since an instant in the place of the one in the archive. Raises UnwrittenError."""
        rebuilds = self._rebuilds + 1
        async with self._archive_lock:
            try:
                for year, chapter in (await self._async_split(ledger, None)).items():
                    if year >= archive.season_year(since):
                        await self._async_write_chapter(
                            year, replace(chapter, rebuilds=rebuilds), ledger.at
                        )
                self._last_archived = ledger.points[-1]
            finally:
                # Also where it failed: what is counted from here on is newer than what was written.
                self._rebuilds = rebuilds

    def _is_backing_off(self) -> bool:
        """Return True shortly after the archive could not be written."""
        return (
            self._failed_at is not None
            and self._hass.loop.time() - self._failed_at < ARCHIVE_RETRY.total_seconds()
        )

    async def _async_extend_archive(self, ledger: Ledger) -> bool:
        """Write what the archive does not have yet, and tell whether that is on disk."""
        try:
            async with self._archive_lock:
                for year, later in (await self._async_split(ledger, self._last_archived)).items():
                    chapter = await self._async_extend_chapter(year, later, ledger)
                    await self._async_write_chapter(
                        year, replace(chapter, rebuilds=self._rebuilds), ledger.at
                    )
        except ArchiveWriteError, UnreadableFileError:
            if self._failed_at is None:
                _LOGGER.warning(
                    "The history up to %s could not be archived; it stays in the small file, and is tried again each hour",
                    ledger.at,
                )
            self._failed_at = self._hass.loop.time()
            return False
        if self._failed_at is not None:
            _LOGGER.info("The history up to %s is archived", ledger.at)
        self._failed_at = None
        self._last_archived = ledger.points[-1]
        return True

    async def _async_extend_chapter(
        self, year: int, later: ArchiveSegment, ledger: Ledger
    ) -> ArchiveSegment:
        """Read a chapter, and put behind it what it does not have yet. Raises UnreadableFileError."""
        chapter = await _file(self._hass, self._entry_id, year).async_read(codec.decode_segment)
        if chapter is None:
            # It is the first of its season, or was lost: it starts with all that is at hand.
            return (await self._async_split(ledger, None))[year]
        return archive.append(chapter, later)

    async def _async_split(
        self, ledger: Ledger, archived: Point | None
    ) -> dict[int, ArchiveSegment]:
        return await self._hass.async_add_executor_job(archive.split_by_season, ledger, archived)

    async def _async_write_chapter(self, year: int, chapter: ArchiveSegment, now: datetime) -> None:
        file = _file(self._hass, self._entry_id, year)
        encoded = await self._hass.async_add_executor_job(_encode_chapter, chapter, now)
        if not await file.async_is_readable():
            raise ArchiveWriteError
        await file.async_save(encoded)
        # A disk that is full is logged there, and nothing else.
        if not await file.async_has_content(encoded):
            raise ArchiveWriteError

    async def _async_read_chapters(
        self, since: datetime | None, first: datetime | None = None, until: datetime | None = None
    ) -> ArchiveSegment:
        """Read the chapters from an instant on; without one, back to the first that is not there."""
        begin, now = since or first, dt_util.utcnow()
        # Until a clock is set, it may tell any time of long ago.
        last = archive.season_year(max(now, until or now))
        chapters: list[ArchiveSegment] = []
        for year in range(last, archive.season_year(begin) - 1 if begin else EARLIEST_CHAPTER, -1):
            chapter = await self._async_read_file(
                _file(self._hass, self._entry_id, year),
                lambda data: codec.decode_segment(data, since),
            )
            if chapter is None and begin is None and year < last:
                break
            chapters.append(chapter or ArchiveSegment())
        return reduce(archive.append, reversed(chapters), ArchiveSegment())

    async def _async_read_file[ReadT](
        self, file: GuardFile, decode: Callable[[object], ReadT]
    ) -> ReadT | None:
        """Read one file, and note whether it could not be read or was set aside."""
        try:
            read = await file.async_read(decode)
        except UnreadableFileError:
            self._unreadable.append(file)
            return None
        if file.set_aside_name is not None:
            self._set_aside.append(file.set_aside_name)
        return read

    def _save_within(self, seconds: float) -> None:
        """Arm a write, unless one comes sooner: each arming puts off the one before, so a busy source would put it off for ever."""
        due = self._hass.loop.time() + seconds
        if self._save_due is None or due < self._save_due:
            self._save_due = due
            self._file.async_delay_save(self._encode, seconds)

    def _encode(self) -> Json:
        self._save_due = None
        kept = replace(self._state_to_save(), rebuilds=self._rebuilds)
        self._last_written = codec.encode_recent_points(
            kept.ledger, self._last_archived, self._last_written
        )
        return codec.pack(codec.encode(kept, self._last_archived, self._last_written))


async def async_read_protection(hass: HomeAssistant, entry_id: str) -> ProtectionState:
    """Read what a guard that is no more remembers of the setpoint; nothing where that cannot be read."""
    kept = await _file(hass, entry_id).async_peek(codec.decode)
    return INITIAL_PROTECTION_STATE if kept is None else kept.protection


async def async_remove_files(hass: HomeAssistant, entry_id: str) -> None:
    """Delete the files of a guard that is no more."""
    await _file(hass, entry_id).async_remove()
    last = archive.season_year(dt_util.utcnow())
    for year in range(EARLIEST_CHAPTER, last + 2):
        await _file(hass, entry_id, year).async_remove()


def _file(hass: HomeAssistant, entry_id: str, year: int | None = None) -> GuardFile:
    return GuardFile(hass, entry_id, FileKind.HISTORY, "" if year is None else f".{year}")


def _restore_from_archive(
    stored: codec.StoredGuard, chapter: ArchiveSegment, zone: str
) -> codec.StoredGuard:
    """Put the archive in the place of a small file that has counted less."""
    ledger = archive.to_ledger(chapter, stored.ledger.run)
    if ledger is None:
        return stored
    # What the meter has counted since that file was written is in the archive already.
    memo = replace(stored.memory, meter=UNREAD_METER)
    return replace(
        stored, ledger=archive.with_time_zone(ledger, ZoneInfo(zone)), memory=memo, zone=zone
    )


def _merge_archive(
    stored: codec.StoredGuard | None, chapter: ArchiveSegment, zone: str
) -> Ledger | None:
    """Put the small file and the archive together."""
    ledger = (
        archive.to_ledger(chapter) if stored is None else archive.prepend(stored.ledger, chapter)
    )
    if ledger is None:
        return None
    if stored is None or stored.zone != zone:
        ledger = archive.with_time_zone(ledger, ZoneInfo(zone))
    return ledgers.trim(ledger)


def _encode_chapter(chapter: ArchiveSegment, now: datetime) -> Json:
    """Encode a chapter, with every change of the last days, and every hour of the time before."""
    return codec.pack(codec.encode_segment(archive.thin(chapter, now - RECENT_PERIOD)))


def _is_outdated(stored: codec.StoredGuard, chapter: ArchiveSegment) -> bool:
    """Return True if the archive is newer than the small file."""
    return chapter.rebuilds > stored.rebuilds or archive.is_outdated(stored.ledger, chapter)
