"""Describes setpoint changes in the logbook."""

from collections.abc import Callable

from homeassistant.components.logbook.const import (
    LOGBOOK_ENTRY_ENTITY_ID,
    LOGBOOK_ENTRY_MESSAGE,
    LOGBOOK_ENTRY_NAME,
)
from homeassistant.core import Event, HomeAssistant, callback

from .const import DOMAIN, EVENT_SETPOINT

type Describe = Callable[[Event], dict[str, str | None]]


@callback
def async_describe_events(
    _hass: HomeAssistant, async_describe_event: Callable[[str, str, Describe], None]
) -> None:
    """Register the description of a setpoint change: it gives the reason."""

    @callback
    def describe(event: Event) -> dict[str, str | None]:
        data = event.data
        return {
            LOGBOOK_ENTRY_NAME: data.get("name"),
            LOGBOOK_ENTRY_MESSAGE: data.get("reason"),
            LOGBOOK_ENTRY_ENTITY_ID: data.get("thermostat"),
        }

    async_describe_event(DOMAIN, EVENT_SETPOINT, describe)
