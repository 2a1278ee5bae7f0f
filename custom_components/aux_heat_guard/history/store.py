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
from ..core.account.archive import Chapter
from ..core.account.energy import UNREAD
from ..core.account.ledger import Ledger, Point
from ..core.account.tracker import NO_MEMO, Memo
from ..core.alerts.lifecycle import NONE, Alerts
from ..core.persistence import history as codec
from ..core.persistence.json_values import Json
from ..core.protection.decision import NOTHING, Protection
from ..core.settings.guard import (
    ARCHIVE_EVERY,
    ARCHIVE_RETRY,
    ARCHIVE_SOONEST,
    FIGURES_BEAT,
    FILE_RETRY,
    HOT_POINTS,
    RECENT,
)
from ..files import GuardFile, Kind, UnreadableFileError

_LOGGER = logging.getLogger(__name__)

SOON_SECONDS = 1
"""A run's end is on disk a second later: the changes of one moment make one write."""

EARLIEST_CHAPTER = 2015
"""No recorder reaches further back: Home Assistant has had one since then."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What was on disk."""

    ledger: Ledger | None
    memo: Memo
    alerts: Alerts
    protection: Protection
    set_aside: tuple[str, ...]
    """The files that are not ours, by their new names."""
    unreadable: tuple[str, ...]
    """The files that could not be read."""
    is_held: bool
    """Whether what was counted is in one of those: nothing may be written in its place."""


class UnwrittenError(Exception):
    """What was to be archived is not on disk."""


class LedgerStore:
    """The files of one guard. Whatever is pending is written at a clean stop of Home Assistant."""

    def __init__(self, hass: HomeAssistant, entry_id: str, kept: Callable[[], codec.Kept]) -> None:
        self._hass = hass
        self._entry_id = entry_id
        self._file = _file(hass, entry_id)
        self._kept = kept
        self._due: float | None = None
        self._archived: Point | None = None
        """The last point that the archive has."""
        self._rebuilds = 0
        self._archiving = asyncio.Lock()
        self._failed: float | None = None
        """When the archive could not be written, by the clock of the event loop."""
        self._line = codec.EMPTY
        """What was written last time: most of it stands there again."""
        self._set_aside: list[str] = []
        self._unreadable: list[GuardFile] = []

    async def async_load(self, zone: str) -> Loaded:
        """Read what was counted, with the months of a time zone."""
        self._set_aside, self._unreadable = [], []
        kept = await self._async_read(self._file, codec.decode)
        since = kept.ledger.at - RECENT if kept is not None and kept.zone == zone else None
        until = None if kept is None else kept.ledger.at
        chapter = await self._async_chapters(since, until=until)
        if kept is not None and _is_outdated(kept, chapter):
            chapter = await self._async_chapters(None, until=until)
            kept = await self._hass.async_add_executor_job(_revive, kept, chapter, zone)
        self._archived = chapter.points[-1] if chapter.points else None
        self._rebuilds = max(chapter.rebuilds, 0 if kept is None else kept.rebuilds)
        ledger = await self._hass.async_add_executor_job(_joined, kept, chapter, zone)
        memo, alerts, protection = (
            (kept.memo, kept.alerts, kept.protection) if kept else (NO_MEMO, NONE, NOTHING)
        )
        unreadable = tuple(file.name for file in self._unreadable)
        return Loaded(
            ledger,
            memo,
            alerts,
            protection,
            set_aside=tuple(self._set_aside),
            unreadable=unreadable,
            is_held=kept is None and bool(unreadable),
        )

    @callback
    def async_retry(self, readable: Callable[[], None]) -> CALLBACK_TYPE:
        """Call back when the files that could not be read can be; until then, look again from time to time."""
        files = tuple(self._unreadable)

        async def look_again(_now: datetime) -> None:
            if all([await file.async_is_readable() for file in files]):
                readable()

        return async_track_time_interval(self._hass, look_again, FILE_RETRY)

    async def async_all(self, ledger: Ledger) -> Ledger:
        """Put before a ledger all that the archive has."""
        chapter = await self._async_chapters(None, ledger.months[0].at)
        return await self._hass.async_add_executor_job(archive.lengthened, ledger, chapter)

    @callback
    def async_save_on_beat(self) -> None:
        """Have it written on the next beat."""
        self._within(FIGURES_BEAT.total_seconds())

    @callback
    def async_save_soon(self) -> None:
        """Have it written within seconds."""
        self._within(SOON_SECONDS)

    async def async_save(self) -> None:
        """Write it now, in place of what is pending."""
        self._due = None
        if not self._file.is_unreadable:
            await self._file.async_save(self._encoded())

    def is_archive_due(self, ledger: Ledger) -> bool:
        """Tell whether the archive is to take over what the small file holds."""
        archived = self._archived or ledger.points[0]
        # A clock that was set back by far would else put it off until it is where it was.
        waited = abs(ledger.at - archived.at)
        if self._archiving.locked() or waited < ARCHIVE_SOONEST or self._is_waiting():
            return False
        return (
            waited >= ARCHIVE_EVERY
            or len(archive.unarchived_points(ledger, archived)) > HOT_POINTS // 2
        )

    async def async_archive(self, ledger: Ledger) -> None:
        """Have the archive take over what it does not have yet, then the small file let go of it."""
        if await self._async_is_extended(ledger):
            await self.async_save()

    async def async_archive_all(self, ledger: Ledger) -> None:
        """Have the archive take over what would be let go of at once: a ledger that was away for long has more than fits at hand."""
        if (self._archived or ledger.points[0]).at < ledger.at - RECENT:
            await self._async_is_extended(ledger)

    async def async_rewrite(self, ledger: Ledger, since: datetime) -> None:
        """Put an account of the time since an instant in the place of the one in the archive. Raises UnwrittenError."""
        rebuilds = self._rebuilds + 1
        async with self._archiving:
            try:
                for year, chapter in (await self._async_cut(ledger, None)).items():
                    if year >= archive.chapter_of(since):
                        await self._async_write(
                            year, replace(chapter, rebuilds=rebuilds), ledger.at
                        )
                self._archived = ledger.points[-1]
            finally:
                # Also where it failed: what is counted from here on is newer than what was written.
                self._rebuilds = rebuilds

    def _is_waiting(self) -> bool:
        """Return True shortly after the archive could not be written."""
        return (
            self._failed is not None
            and self._hass.loop.time() - self._failed < ARCHIVE_RETRY.total_seconds()
        )

    async def _async_is_extended(self, ledger: Ledger) -> bool:
        """Write what the archive does not have yet, and tell whether that is on disk."""
        try:
            async with self._archiving:
                for year, later in (await self._async_cut(ledger, self._archived)).items():
                    chapter = await self._async_chapter_with(year, later, ledger)
                    await self._async_write(
                        year, replace(chapter, rebuilds=self._rebuilds), ledger.at
                    )
        except UnwrittenError, UnreadableFileError:
            if self._failed is None:
                _LOGGER.warning(
                    "The history up to %s could not be archived; it stays in the small file, and is tried again each hour",
                    ledger.at,
                )
            self._failed = self._hass.loop.time()
            return False
        if self._failed is not None:
            _LOGGER.info("The history up to %s is archived", ledger.at)
        self._failed = None
        self._archived = ledger.points[-1]
        return True

    async def _async_chapter_with(self, year: int, later: Chapter, ledger: Ledger) -> Chapter:
        """Read a chapter, and put behind it what it does not have yet. Raises UnreadableFileError."""
        chapter = await _file(self._hass, self._entry_id, year).async_read(codec.decode_chapter)
        if chapter is None:
            # It is the first of its season, or was lost: it starts with all that is at hand.
            return (await self._async_cut(ledger, None))[year]
        return archive.extended(chapter, later)

    async def _async_cut(self, ledger: Ledger, archived: Point | None) -> dict[int, Chapter]:
        return await self._hass.async_add_executor_job(archive.by_chapter, ledger, archived)

    async def _async_write(self, year: int, chapter: Chapter, now: datetime) -> None:
        file = _file(self._hass, self._entry_id, year)
        encoded = await self._hass.async_add_executor_job(_encode_chapter, chapter, now)
        if not await file.async_is_readable():
            raise UnwrittenError
        await file.async_save(encoded)
        # A disk that is full is logged there, and nothing else.
        if not await file.async_holds(encoded):
            raise UnwrittenError

    async def _async_chapters(
        self, since: datetime | None, first: datetime | None = None, until: datetime | None = None
    ) -> Chapter:
        """Read the chapters from an instant on; without one, back to the first that is not there."""
        begin, now = since or first, dt_util.utcnow()
        # Until a clock is set, it may tell any time of long ago.
        last = archive.chapter_of(max(now, until or now))
        chapters: list[Chapter] = []
        for year in range(last, archive.chapter_of(begin) - 1 if begin else EARLIEST_CHAPTER, -1):
            chapter = await self._async_read(
                _file(self._hass, self._entry_id, year),
                lambda data: codec.decode_chapter(data, since),
            )
            if chapter is None and begin is None and year < last:
                break
            chapters.append(chapter or Chapter())
        return reduce(archive.extended, reversed(chapters), Chapter())

    async def _async_read[ReadT](
        self, file: GuardFile, decode: Callable[[object], ReadT]
    ) -> ReadT | None:
        """Read one file, and note whether it could not be read or was set aside."""
        try:
            read = await file.async_read(decode)
        except UnreadableFileError:
            self._unreadable.append(file)
            return None
        if file.set_aside is not None:
            self._set_aside.append(file.set_aside)
        return read

    def _within(self, seconds: float) -> None:
        """Arm a write, unless one comes sooner: each arming puts off the one before, so a busy source would put it off for ever."""
        due = self._hass.loop.time() + seconds
        if self._due is None or due < self._due:
            self._due = due
            self._file.async_delay_save(self._encoded, seconds)

    def _encoded(self) -> Json:
        self._due = None
        kept = replace(self._kept(), rebuilds=self._rebuilds)
        self._line = codec.hot_line(kept.ledger, self._archived, self._line)
        return codec.pack(codec.encode(kept, self._archived, self._line))


async def async_protection(hass: HomeAssistant, entry_id: str) -> Protection:
    """Read what a guard that is no more remembers of the setpoint; nothing where that cannot be read."""
    kept = await _file(hass, entry_id).async_peek(codec.decode)
    return NOTHING if kept is None else kept.protection


async def async_forget(hass: HomeAssistant, entry_id: str) -> None:
    """Delete the files of a guard that is no more."""
    await _file(hass, entry_id).async_remove()
    last = archive.chapter_of(dt_util.utcnow())
    for year in range(EARLIEST_CHAPTER, last + 2):
        await _file(hass, entry_id, year).async_remove()


def _file(hass: HomeAssistant, entry_id: str, year: int | None = None) -> GuardFile:
    return GuardFile(hass, entry_id, Kind.HISTORY, "" if year is None else f".{year}")


def _revive(kept: codec.Kept, chapter: Chapter, zone: str) -> codec.Kept:
    """Put the archive in the place of a small file that has counted less."""
    ledger = archive.revived(chapter, kept.ledger.run)
    if ledger is None:
        return kept
    # What the meter has counted since that file was written is in the archive already.
    memo = replace(kept.memo, meter=UNREAD)
    return replace(kept, ledger=archive.rezoned(ledger, ZoneInfo(zone)), memo=memo, zone=zone)


def _joined(kept: codec.Kept | None, chapter: Chapter, zone: str) -> Ledger | None:
    """Put the small file and the archive together."""
    ledger = archive.revived(chapter) if kept is None else archive.lengthened(kept.ledger, chapter)
    if ledger is None:
        return None
    if kept is None or kept.zone != zone:
        ledger = archive.rezoned(ledger, ZoneInfo(zone))
    return ledgers.trimmed(ledger)


def _encode_chapter(chapter: Chapter, now: datetime) -> Json:
    """Encode a chapter, with every change of the last days, and every hour of the time before."""
    return codec.pack(codec.encode_chapter(archive.thin(chapter, now - RECENT)))


def _is_outdated(kept: codec.Kept, chapter: Chapter) -> bool:
    """Return True if the archive is newer than the small file."""
    return chapter.rebuilds > kept.rebuilds or archive.is_outdated(kept.ledger, chapter)
