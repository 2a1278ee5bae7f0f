"""Fetches what is forecast for the hours to come."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
import logging
from typing import Any

from homeassistant.components.weather.const import ATTR_WEATHER_TEMPERATURE_UNIT
from homeassistant.components.weather.const import DOMAIN as WEATHER_DOMAIN
from homeassistant.const import ATTR_ENTITY_ID
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.event import async_track_time_interval
from homeassistant.helpers.start import async_at_started
from homeassistant.util import dt as dt_util

from .coordinator import GuardConfigEntry
from .core.model import NO_FORECAST, Forecast
from .measures import celsius

_LOGGER = logging.getLogger(__name__)

EVERY = timedelta(hours=1)
"""Weather services make a new one no more often."""

AHEAD = timedelta(hours=48)
"""Nobody looks further ahead."""


@callback
def async_keep_forecast(hass: HomeAssistant, entry: GuardConfigEntry) -> None:
    """Fetch it once Home Assistant has started, and each hour; where no weather entity is chosen there is nothing to do."""
    coordinator = entry.runtime_data

    async def fetch(_now: object = None) -> None:
        entity_id = coordinator.guarded.forecast
        coordinator.async_take_forecast(NO_FORECAST if entity_id is None else await _async_fetched(hass, entity_id))

    @callback
    def begin(_hass: HomeAssistant) -> None:
        entry.async_create_background_task(hass, fetch(), f"{entry.title} forecast")

    async def options_changed(_hass: HomeAssistant, _entry: GuardConfigEntry) -> None:
        await fetch()

    entry.async_on_unload(async_at_started(hass, begin))
    entry.async_on_unload(entry.add_update_listener(options_changed))
    entry.async_on_unload(async_track_time_interval(hass, fetch, EVERY, cancel_on_shutdown=True))


async def _async_fetched(hass: HomeAssistant, entity_id: str) -> Forecast:
    """Ask for it; one that cannot be had is none."""
    state = hass.states.get(entity_id)
    try:
        answer = await hass.services.async_call(
            WEATHER_DOMAIN,
            "get_forecasts",
            {ATTR_ENTITY_ID: entity_id, "type": "hourly"},
            blocking=True,
            return_response=True,
        )
    except HomeAssistantError as error:
        _LOGGER.debug("No forecast of %s: %s", entity_id, error)
        return NO_FORECAST
    of_entity = answer.get(entity_id) if isinstance(answer, Mapping) else None
    hours = of_entity.get("forecast") if isinstance(of_entity, Mapping) else None
    unit = state.attributes.get(ATTR_WEATHER_TEMPERATURE_UNIT) if state else None
    return forecast_of(hours if isinstance(hours, list) else [], unit, dt_util.utcnow())


def forecast_of(hours: Iterable[Any], unit: object, now: datetime) -> Forecast:
    """Read what a weather entity forecasts; an hour that makes no sense is left out."""
    read = [_hour(hour, unit) for hour in hours if isinstance(hour, Mapping)]
    latest = now + AHEAD
    return Forecast(tuple(sorted(hour for hour in read if hour is not None and now - EVERY < hour[0] < latest)))


def _hour(hour: Mapping[str, Any], unit: object) -> tuple[datetime, float] | None:
    outdoor = celsius(hour.get("temperature"), unit)
    at = dt_util.parse_datetime(str(hour.get("datetime")))
    return None if outdoor is None or at is None else (dt_util.as_utc(at), outdoor)
