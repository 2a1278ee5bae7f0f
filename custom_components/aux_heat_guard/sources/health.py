"""What is said once: to the log, and as a repair where only the user can mend it."""

from collections.abc import Iterable
import logging
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback

from ..core.model import Evidence
from ..core.settings.signal import Signal
from .issues import async_report_unanswered
from .observe import SourceSnapshot

_LOGGER = logging.getLogger(__name__)

MAX_LOGGED_VALUES = 50
"""How many different strange values are logged: a source that invents a new one each minute must not fill the log."""


class SourceHealth:
    """What one guard has said."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
        self._hass = hass
        self._entry = entry
        self._unavailable: frozenset[str] = frozenset()
        self._logged_values: set[tuple[str, str]] = set()
        self._is_ignored = False

    @callback
    def async_check_sources(self, snapshot: SourceSnapshot) -> None:
        """Tell of sources that are gone or back, and of a tariff without a price."""
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
        """Tell of values that have no meaning."""
        for signal, piece in zip(signals, evidence, strict=True):
            if piece.unknown_value is not None and self._should_log(
                told := str(signal.source), piece.unknown_value
            ):
                _LOGGER.warning(
                    "%s: %s says %.100r, which has no known meaning; it counts as unknown",
                    self._entry.title,
                    told,
                    piece.unknown_value,
                )

    @callback
    def async_update_ignored(self, *, is_ignored: bool) -> None:
        """Tell whether the thermostat does not take what it is told."""
        if is_ignored is not self._is_ignored:
            self._is_ignored = is_ignored
            async_report_unanswered(self._hass, self._entry, is_unanswered=is_ignored)

    def _log_availability(self, snapshot: SourceSnapshot) -> None:
        for entity_id in sorted(snapshot.unavailable - self._unavailable):
            _LOGGER.info("%s: %s is not available", self._entry.title, entity_id)
        for entity_id in sorted(self._unavailable - snapshot.unavailable):
            _LOGGER.info("%s: %s is back", self._entry.title, entity_id)
        self._unavailable = snapshot.unavailable

    def _should_log(self, source: str, value: str) -> bool:
        """Tell whether a strange value is to be told: each is once."""
        if (source, value) in self._logged_values or len(self._logged_values) >= MAX_LOGGED_VALUES:
            return False
        self._logged_values.add((source, value))
        return True
