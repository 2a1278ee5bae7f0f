"""Keeps the ledger of one guard on disk."""

from collections.abc import Callable
from typing import Any

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.storage import Store

from .const import DOMAIN
from .core import codec
from .core.account.ledger import Ledger
from .core.settings import FIGURES_BEAT

STORAGE_VERSION = 1
SOON_SECONDS = 1
"""A run's end is on disk a second later: the changes of one moment make one write."""


class LedgerStore:
    """The file of one guard. Whatever is pending is written at a clean stop of Home Assistant."""

    def __init__(self, hass: HomeAssistant, entry_id: str, ledger: Callable[[], Ledger]) -> None:
        self._store = _store(hass, entry_id)
        self._loop = hass.loop
        self._ledger = ledger
        self._due: float | None = None

    async def async_load(self) -> Ledger | None:
        """Read what was counted. Raises codec.NewerVersionError."""
        return codec.decode(await self._store.async_load())

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
        await self._store.async_save(codec.encode(self._ledger()))

    def _within(self, seconds: float) -> None:
        """Arm a write, unless one comes sooner: each arming puts off the one before, so a busy source would put it off for ever."""
        due = self._loop.time() + seconds
        if self._due is None or due < self._due:
            self._due = due
            self._store.async_delay_save(self._encoded, seconds)

    def _encoded(self) -> dict[str, Any]:
        self._due = None
        return codec.encode(self._ledger())


async def async_forget(hass: HomeAssistant, entry_id: str) -> None:
    """Delete the file of a guard that is no more."""
    await _store(hass, entry_id).async_remove()


def _store(hass: HomeAssistant, entry_id: str) -> Store[dict[str, Any]]:
    return Store(hass, STORAGE_VERSION, f"{DOMAIN}.{entry_id}", atomic_writes=True)
