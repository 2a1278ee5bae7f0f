"""Reads and writes the files in which a guard keeps things.

Home Assistant's store raises a different error for each thing that can be wrong with a file. Here there are two
answers. A file that is not ours (damaged, or written by a later version) is set aside and reported, and a new one
takes its place. A file that cannot be read at the moment (permissions, an I/O error) is left alone and reported, and
nothing is written in its place until it can be read.
"""

from collections.abc import Callable
from enum import StrEnum
import logging
from pathlib import Path

from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.storage import Store
from homeassistant.util import dt as dt_util

from .const import DOMAIN
from .core.persistence.json_values import InvalidDataError, Json

_LOGGER = logging.getLogger(__name__)

STORAGE_VERSION = 1

LOAD_ERRORS = (
    HomeAssistantError,
    KeyError,
    TypeError,
    ValueError,
    AttributeError,
    NotImplementedError,
)
"""What the store raises for JSON that it did not write: a list, a number, no version, an earlier or a later one."""


class FileKind(StrEnum):
    """What a file holds; the names of the repairs start with it."""

    HISTORY = "history"
    REPLIES = "replies"
    SWITCHES = "switches"


class UnreadableFileError(HomeAssistantError):
    """A file exists and cannot be read at the moment."""


class GuardFile:
    """One file of one guard in Home Assistant's storage folder."""

    def __init__(
        self, hass: HomeAssistant, entry_id: str, kind: FileKind, suffix: str = ""
    ) -> None:
        self._hass = hass
        self._entry_id = entry_id
        self._kind = kind
        self.name = f"{DOMAIN}.{entry_id}{suffix}"
        # What is written is made of frozen values, so another thread may write them out.
        self._store: Store[Json] = Store(
            hass,
            STORAGE_VERSION,
            self.name,
            private=kind is FileKind.REPLIES,
            atomic_writes=True,
            serialize_in_event_loop=False,
        )
        self.is_unreadable = False
        """Whether the file could not be read when it was last tried; it is not written then."""
        self.set_aside_name: str | None = None
        """The new name of the file, if it was set aside when it was last read."""

    async def async_read[ReadT](self, decode: Callable[[object], ReadT]) -> ReadT | None:
        """Read the file; None if there is none. One that is not ours is set aside. Raises UnreadableFileError."""
        self.set_aside_name = None
        try:
            read = await self._async_decode(decode)
        except OSError as error:
            raise self._report_unreadable(error) from error
        except InvalidDataError:
            await self._async_move_aside()
            return None
        self._report_readable()
        return read

    async def async_peek[ReadT](self, decode: Callable[[object], ReadT]) -> ReadT | None:
        """Read the file and leave it as it is; None if that is not possible."""
        try:
            return await self._async_decode(decode)
        except OSError, InvalidDataError:
            return None

    async def async_is_readable(self) -> bool:
        """Return True if the bytes of the file can be read, or if there is no file."""
        return await self._hass.async_add_executor_job(_is_readable, Path(self._store.path))

    async def async_save(self, data: Json) -> None:
        """Write the file. An error of the disk is logged by Home Assistant. Raises UnreadableFileError."""
        if self.is_unreadable:
            raise UnreadableFileError(self.name)
        await self._store.async_save(data)

    @callback
    def async_delay_save(self, encode: Callable[[], Json], seconds: float) -> None:
        """Write the file later, unless it cannot be read."""
        if not self.is_unreadable:
            self._store.async_delay_save(encode, seconds)

    async def async_has_content(self, data: Json) -> bool:
        """Return True if the file on disk holds these data."""
        return bool(await self.async_peek(lambda read: read == data))

    async def async_remove(self) -> None:
        """Delete the file and the reports of it."""
        for issue_id in (self._set_aside_issue_id, self._unreadable_issue_id):
            ir.async_delete_issue(self._hass, DOMAIN, issue_id)
        try:
            await self._store.async_remove()
        except OSError as error:
            _LOGGER.warning("%s could not be deleted: %s", self.name, error)

    async def _async_decode[ReadT](self, decode: Callable[[object], ReadT]) -> ReadT | None:
        """Read the file. Raises OSError if it cannot be read, and UnsoundError if it is not ours."""
        try:
            data: object = await self._store.async_load()
        except LOAD_ERRORS as error:
            if isinstance(error.__cause__, OSError):
                raise error.__cause__ from error
            raise InvalidDataError from error
        if data is None:
            return None
        if self._kind is FileKind.HISTORY:
            # A season takes a while.
            return await self._hass.async_add_executor_job(decode, data)
        return decode(data)

    async def _async_move_aside(self) -> None:
        try:
            self.set_aside_name = await self._hass.async_add_executor_job(
                _move_aside, Path(self._store.path)
            )
        except OSError as error:
            raise self._report_unreadable(error) from error
        self._report_readable()
        self._report_set_aside(self.set_aside_name)

    def _report_unreadable(self, error: OSError) -> UnreadableFileError:
        reason = error.strerror or type(error).__name__
        if not self.is_unreadable:
            _LOGGER.warning("%s cannot be read, and is left as it is: %s", self.name, reason)
        self.is_unreadable = True
        ir.async_create_issue(
            self._hass,
            DOMAIN,
            self._unreadable_issue_id,
            is_fixable=False,
            severity=ir.IssueSeverity.ERROR,
            translation_key="file_unreadable",
            translation_placeholders={"name": self._title, "file": self.name, "error": reason},
        )
        return UnreadableFileError(f"{self.name}: {reason}")

    def _report_readable(self) -> None:
        self.is_unreadable = False
        ir.async_delete_issue(self._hass, DOMAIN, self._unreadable_issue_id)

    def _report_set_aside(self, new_name: str) -> None:
        _LOGGER.warning(
            "%s was not written by this version, and is kept as %s", self.name, new_name
        )
        issue_id = self._set_aside_issue_id
        earlier = ir.async_get(self._hass).async_get_issue(DOMAIN, issue_id)
        known = "" if earlier is None else (earlier.translation_placeholders or {}).get("files", "")
        # One that was ignored would stay so.
        ir.async_delete_issue(self._hass, DOMAIN, issue_id)
        ir.async_create_issue(
            self._hass,
            DOMAIN,
            issue_id,
            is_fixable=False,
            is_persistent=True,
            severity=ir.IssueSeverity.WARNING,
            translation_key=f"{self._kind}_set_aside",
            translation_placeholders={
                "name": self._title,
                "files": ", ".join(filter(None, (known, new_name))),
            },
        )

    @property
    def _set_aside_issue_id(self) -> str:
        return f"{self._kind}_set_aside_{self._entry_id}"

    @property
    def _unreadable_issue_id(self) -> str:
        return f"file_unreadable_{self.name}"

    @property
    def _title(self) -> str:
        entry = self._hass.config_entries.async_get_entry(self._entry_id)
        return self._entry_id if entry is None else entry.title


def _is_readable(path: Path) -> bool:
    try:
        path.read_bytes()
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return True


def _move_aside(path: Path) -> str:
    name = f"{path.name}.set_aside.{dt_util.utcnow():%Y%m%dT%H%M%S}"
    while path.with_name(name).exists():
        name = f"{name}_"
    if path.exists():
        path.rename(path.with_name(name))
    return name
