"""Reports problems with sources once: in the log, and as a repair if only the user can fix it."""

from collections.abc import Iterable
import logging
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback

from ..core.model import Evidence
from ..core.settings.signal import Signal
from .issues import async_report_ignored_writes
from .observe import SourceSnapshot

_LOGGER = logging.getLogger(__name__)

MAX_LOGGED_VALUES = 50
"""The largest number of values to log. A source may invent a new one each minute."""


class SourceHealth:
    """The health of one guard's sources, as reported so far."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
        self._hass = hass
        self._entry = entry
        self._unavailable: frozenset[str] = frozenset()
        self._logged_values: set[tuple[str, str]] = set()
        self._is_ignored = False

    @callback
    def async_check_sources(self, snapshot: SourceSnapshot) -> None:
        """Log the sources that became unavailable or available, and a tariff without a price."""
        if snapshot.unavailable != self._unavailable:
            self._log_availability(snapshot)
        if snapshot.unpriced_tariff is not None and self._should_log(
            "tariff", snapshot.unpriced_tariff
        ):
            _LOGGER.warning(
                "%s: the tariff %.100r has no price; while it holds no money is counted",
                self._entry.title,
                snapshot.unpriced_tariff,
            )

    @callback
    def async_log_unknown_values(
        self, signals: Iterable[Signal], evidence: Iterable[Evidence]
    ) -> None:
        """Log values that no signal knows."""
        for signal, piece in zip(signals, evidence, strict=True):
            value = piece.unknown_value
            if value is not None and self._should_log(str(signal.source), value):
                _LOGGER.warning(
                    "%s: %s says %.100r, which has no known meaning; it counts as unknown",
                    self._entry.title,
                    signal.source,
                    value,
                )

    @callback
    def async_update_ignored(self, *, is_ignored: bool) -> None:
        """Keep a repair while the thermostat ignores setpoint writes."""
        if is_ignored is not self._is_ignored:
            self._is_ignored = is_ignored
            async_report_ignored_writes(self._hass, self._entry, is_ignored=is_ignored)

    def _log_availability(self, snapshot: SourceSnapshot) -> None:
        for entity_id in sorted(snapshot.unavailable - self._unavailable):
            _LOGGER.info("%s: %s is not available", self._entry.title, entity_id)
        for entity_id in sorted(self._unavailable - snapshot.unavailable):
            _LOGGER.info("%s: %s is back", self._entry.title, entity_id)
        self._unavailable = snapshot.unavailable

    def _should_log(self, source: str, value: str) -> bool:
        """Return True for a value of a source that was not logged before."""
        if (source, value) in self._logged_values or len(self._logged_values) >= MAX_LOGGED_VALUES:
            return False
        self._logged_values.add((source, value))
        return True
