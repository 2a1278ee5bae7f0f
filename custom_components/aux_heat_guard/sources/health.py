"""What is said once: to the log, and as a repair where only the user can mend it."""

from collections.abc import Iterable
import logging
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback

from ..core.model import Evidence
from ..core.settings.guard import Signal
from .issues import async_report_unanswered
from .observe import Sight

_LOGGER = logging.getLogger(__name__)

STRANGE_TOLD = 50
"""How many different strange values are logged: a source that invents a new one each minute must not fill the log."""


class Complaints:
    """What one guard has said."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
        self._hass = hass
        self._entry = entry
        self._gone: frozenset[str] = frozenset()
        self._strange: set[tuple[str, str]] = set()
        self._is_unanswered = False

    @callback
    def async_tell_sight(self, sight: Sight) -> None:
        """Tell of sources that are gone or back, and of a tariff without a price."""
        if sight.gone != self._gone:
            self._tell_gone(sight)
        if sight.unpriced is not None and self._is_news("tariff", sight.unpriced):
            _LOGGER.warning(
                "%s: the tariff %.100r has no price; while it holds no money is counted",
                self._entry.title,
                sight.unpriced,
            )

    @callback
    def async_tell_strange(self, signals: Iterable[Signal], evidence: Iterable[Evidence]) -> None:
        """Tell of values that have no meaning."""
        for signal, piece in zip(signals, evidence, strict=True):
            if piece.strange is not None and self._is_news(
                told := str(signal.source), piece.strange
            ):
                _LOGGER.warning(
                    "%s: %s says %.100r, which has no known meaning; it counts as unknown",
                    self._entry.title,
                    told,
                    piece.strange,
                )

    @callback
    def async_tell_unanswered(self, *, is_unanswered: bool) -> None:
        """Tell whether the thermostat does not take what it is told."""
        if is_unanswered is not self._is_unanswered:
            self._is_unanswered = is_unanswered
            async_report_unanswered(self._hass, self._entry, is_unanswered=is_unanswered)

    def _tell_gone(self, sight: Sight) -> None:
        for entity_id in sorted(sight.gone - self._gone):
            _LOGGER.info("%s: %s is not available", self._entry.title, entity_id)
        for entity_id in sorted(self._gone - sight.gone):
            _LOGGER.info("%s: %s is back", self._entry.title, entity_id)
        self._gone = sight.gone

    def _is_news(self, source: str, value: str) -> bool:
        """Tell whether a strange value is to be told: each is once."""
        if (source, value) in self._strange or len(self._strange) >= STRANGE_TOLD:
            return False
        self._strange.add((source, value))
        return True
