"""Fetches the weather forecast."""

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
import logging
from typing import Any

from homeassistant.components.weather.const import ATTR_WEATHER_TEMPERATURE_UNIT
from homeassistant.components.weather.const import DOMAIN as WEATHER_DOMAIN
from homeassistant.const import ATTR_ENTITY_ID, STATE_UNAVAILABLE
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.event import async_track_time_interval
from homeassistant.helpers.start import async_at_started
from homeassistant.util import dt as dt_util

from ..control.service_calls import async_call, describe_error
from ..coordinator import GuardConfigEntry
from ..core.model import NO_FORECAST, Forecast
from ..sources.suitability import ForecastType, forecast_type
from .forecast_rows import read_forecast

_LOGGER = logging.getLogger(__name__)

UPDATE_INTERVAL = timedelta(hours=1)
"""Weather services make a new forecast no more often."""

MAX_AGE = timedelta(hours=6)
"""How long a forecast is kept that cannot be fetched again: it is hardly worse than a new one."""

FETCH_TIMEOUT_SECONDS = 60
"""A weather service that takes longer to answer has failed."""


@callback
def async_setup_forecast(hass: HomeAssistant, entry: GuardConfigEntry) -> CALLBACK_TYPE:
    """Fetch the forecast when Home Assistant has started, and each hour.

    Return a function that fetches it now: for a change of options.
    """
    fetcher = _Fetcher(hass, entry)

    @callback
    def fetch(_trigger: HomeAssistant | datetime | None = None) -> None:
        # A task of the entry: it ends where the guard ends.
        entry.async_create_background_task(hass, fetcher.async_fetch(), f"{entry.title} forecast")

    entry.async_on_unload(async_at_started(hass, fetch))
    entry.async_on_unload(
        async_track_time_interval(hass, fetch, UPDATE_INTERVAL, cancel_on_shutdown=True)
    )
    return fetch


class _Fetcher:
    """Fetches the forecast of one guard."""

    def __init__(self, hass: HomeAssistant, entry: GuardConfigEntry) -> None:
        self._hass = hass
        self._entry = entry
        self._fetched: tuple[str, datetime] | None = None
        """The entity whose forecast is in use, and when it was fetched."""
        self._failing: str | None = None
        """The entity whose forecast could not be fetched last time."""

    async def async_fetch(self) -> None:
        """Fetch the forecast; if that fails, drop the one in use when it is too old."""
        coordinator = self._entry.runtime_data
        entity_id = coordinator.guard_config.forecast
        if entity_id is None:
            self._fetched = self._failing = None
            coordinator.async_update_forecast(NO_FORECAST)
            return
        try:
            forecast = await self._async_fetch_forecast(entity_id)
        except HomeAssistantError as error:
            self._record_failure(entity_id, error)
            return
        # The user may have chosen another entity meanwhile: its forecast is fetched separately.
        if coordinator.guard_config.forecast == entity_id:
            self._record_success(entity_id)
            coordinator.async_update_forecast(forecast)

    async def _async_fetch_forecast(self, entity_id: str) -> Forecast:
        """Return the forecast of an entity. Raises HomeAssistantError if there is none."""
        state = self._hass.states.get(entity_id)
        if state is None or state.state == STATE_UNAVAILABLE:
            raise HomeAssistantError("it is not available")
        kind = forecast_type(state)
        if kind is None:
            raise HomeAssistantError("it has no forecasts")
        rows = await self._async_fetch_rows(entity_id, kind)
        unit = state.attributes.get(ATTR_WEATHER_TEMPERATURE_UNIT)
        zone = self._entry.runtime_data.guard_config.settings.zone
        return read_forecast(rows, kind, unit, dt_util.utcnow(), zone)

    async def _async_fetch_rows(self, entity_id: str, kind: ForecastType) -> list[Any]:
        """Return the rows of the forecast. Raises HomeAssistantError if there are none."""
        data = {ATTR_ENTITY_ID: entity_id, "type": kind.value}
        try:
            async with asyncio.timeout(FETCH_TIMEOUT_SECONDS):
                answer = await async_call(
                    self._hass, WEATHER_DOMAIN, "get_forecasts", data, return_response=True
                )
        except TimeoutError as error:
            raise HomeAssistantError(f"no answer within {FETCH_TIMEOUT_SECONDS} seconds") from error
        response = answer.get(entity_id) if answer else None
        rows = response.get("forecast") if isinstance(response, Mapping) else None
        if not isinstance(rows, list):
            raise HomeAssistantError("the answer has no forecast")
        return rows

    def _record_success(self, entity_id: str) -> None:
        if self._failing == entity_id:
            _LOGGER.info("%s: the forecast of %s is back", self._entry.title, entity_id)
        self._failing = None
        self._fetched = (entity_id, dt_util.utcnow())

    def _record_failure(self, entity_id: str, error: HomeAssistantError) -> None:
        """Log a failure once; drop a forecast in use that is another entity's or too old."""
        if self._failing != entity_id:
            _LOGGER.warning(
                "%s: the forecast of %s cannot be fetched: %s",
                self._entry.title,
                entity_id,
                describe_error(error),
            )
        self._failing = entity_id
        is_kept = (
            self._fetched is not None
            and self._fetched[0] == entity_id
            and dt_util.utcnow() - self._fetched[1] < MAX_AGE
        )
        if not is_kept:
            self._fetched = None
            self._entry.runtime_data.async_update_forecast(NO_FORECAST)
