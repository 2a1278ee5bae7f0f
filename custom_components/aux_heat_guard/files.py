"""Reads and writes the files of a guard.

Home Assistant's store raises a different error for each thing that can be wrong with a file. Here
there are two cases. A file that is not valid (damaged, or written by a later version) is set aside
and reported, and a new one takes its place. A file that cannot be read at the moment (permissions,
an I/O error) is left alone and reported, and nothing is written in its place until it can be read.
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
"""The errors of the store for JSON that it did not write: a list, a number, another version."""


class FileKind(StrEnum):
    """The kind of a file; the ids of the repairs start with it."""

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
        # The data are frozen values, so another thread may write them.
        self._store: Store[Json] = Store(
            hass,
            STORAGE_VERSION,
            self.name,
            private=kind is FileKind.REPLIES,
            atomic_writes=True,
            serialize_in_event_loop=False,
        )
        self.is_unreadable = False
        """Whether the last attempt to read the file failed; the file is not written then."""
        self.set_aside_name: str | None = None
        """The new name of the file, if the last read set it aside."""

    async def async_read[ReadT](self, decode: Callable[[object], ReadT]) -> ReadT | None:
        """Return the decoded file; None if there is none, or if it is not valid and set aside.

        Raises UnreadableFileError.
        """
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
        """Return the decoded file, and never set it aside; None if it cannot be read."""
        try:
            return await self._async_decode(decode)
        except OSError, InvalidDataError:
            return None

    async def async_is_readable(self) -> bool:
        """Return True if the bytes of the file can be read, or if there is no file."""
        return await self._hass.async_add_executor_job(_is_readable, Path(self._store.path))

    async def async_save(self, data: Json) -> None:
        """Write the file; Home Assistant logs an error of the disk. Raises UnreadableFileError."""
        if self.is_unreadable:
            raise UnreadableFileError(self.name)
        await self._store.async_save(data)

    @callback
    def async_delay_save(self, encode: Callable[[], Json], seconds: float) -> None:
        """Write the file after a delay, unless it cannot be read."""
        if not self.is_unreadable:
            self._store.async_delay_save(encode, seconds)

    async def async_has_content(self, data: Json) -> bool:
        """Return True if the file on disk holds these data."""
        return bool(await self.async_peek(lambda read: read == data))

    async def async_remove(self) -> None:
        """Delete the file and its repairs."""
        for issue_id in (self._set_aside_issue_id, self._unreadable_issue_id):
            ir.async_delete_issue(self._hass, DOMAIN, issue_id)
        try:
            await self._store.async_remove()
        except OSError as error:
            _LOGGER.warning("%s could not be deleted: %s", self.name, error)

    async def _async_decode[ReadT](self, decode: Callable[[object], ReadT]) -> ReadT | None:
        """Return the decoded file. Raises OSError if unreadable, InvalidDataError if not valid."""
        try:
            data: object = await self._store.async_load()
        except LOAD_ERRORS as error:
            if isinstance(error.__cause__, OSError):
                raise error.__cause__ from error
            raise InvalidDataError from error
        if data is None:
            return None
        if self._kind is FileKind.HISTORY:
            # To decode a season takes long.
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
        existing = ir.async_get(self._hass).async_get_issue(DOMAIN, issue_id)
        files = (
            "" if existing is None else (existing.translation_placeholders or {}).get("files", "")
        )
        # A repair that the user ignored would stay ignored.
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
                "files": ", ".join(filter(None, (files, new_name))),
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
