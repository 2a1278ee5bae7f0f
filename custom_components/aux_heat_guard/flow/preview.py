"""The live preview of the question how AUX shows: what the chosen signs say right now."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from homeassistant.components import websocket_api
from homeassistant.core import CALLBACK_TYPE, Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.data_entry_flow import UnknownFlow
from homeassistant.helpers.event import (
    async_track_point_in_utc_time,
    async_track_state_change_event,
)
from homeassistant.helpers.translation import async_get_translations
from homeassistant.util import dt as dt_util
import probatio as vol

from ..const import CONF_EQUIPMENT, CONF_OUTDOOR, CONF_SIGNALS, DOMAIN
from ..core import engine
from ..core.model import Equipment, Heat
from ..options.guard import Guarded, guarded_from
from ..sources.discovery import candidates_of, signals_of
from ..sources.observe import look
from .schemas import CONF_ESTIMATE

DRAFT = "draft"
"""Where the flow's context holds the options as answered so far."""


@callback
def async_setup_preview(hass: HomeAssistant) -> None:
    """Register the websocket command that the flow's dialog calls."""
    websocket_api.async_register_command(hass, ws_start_preview)


@websocket_api.websocket_command(
    {
        vol.Required("type"): f"{DOMAIN}/start_preview",
        vol.Required("flow_id"): str,
        vol.Required("flow_type"): vol.Any("config_flow", "options_flow"),
        vol.Required("user_input"): dict,
    }
)
@websocket_api.async_response
async def ws_start_preview(
    hass: HomeAssistant, connection: websocket_api.ActiveConnection, msg: dict[str, Any]
) -> None:
    """Show what heats by the signs chosen in the form, and keep showing it as the sources change."""
    manager = (
        hass.config_entries.flow
        if msg["flow_type"] == "config_flow"
        else hass.config_entries.options
    )
    try:
        context: Mapping[str, Any] = manager.async_get(msg["flow_id"])["context"]
    except UnknownFlow:
        connection.send_error(msg["id"], websocket_api.ERR_NOT_FOUND, "The form is closed.")
        return
    guarded = _guarded(hass, context[DRAFT], msg["user_input"])
    words = await async_get_translations(hass, hass.config.language, "entity", {DOMAIN})
    preview = Preview(
        hass, guarded, lambda heat: connection.send_event(msg["id"], _row(heat, words))
    )
    connection.send_result(msg["id"])
    connection.subscriptions[msg["id"]] = preview.async_start()


class Preview:
    """Runs the core on the chosen signs for as long as the form is open."""

    def __init__(self, hass: HomeAssistant, guarded: Guarded, show: Callable[[Heat], None]) -> None:
        self._hass = hass
        self._guarded = guarded
        self._show = show
        self._state = engine.begin(dt_util.utcnow(), guarded.settings)
        self._wake: CALLBACK_TYPE | None = None

    @callback
    def async_start(self) -> CALLBACK_TYPE:
        """Show what heats now and whenever it changes; the answer stops it."""
        unfollow = async_track_state_change_event(self._hass, self._guarded.watched, self._look)

        @callback
        def stop() -> None:
            unfollow()
            self._disarm()

        self._look()
        return stop

    @callback
    def _look(self, _why: Event[EventStateChangedData] | datetime | None = None) -> None:
        self._disarm()
        step = engine.step(
            self._state,
            look(self._hass, self._guarded, dt_util.utcnow()).observation,
            self._guarded.settings,
        )
        self._state = step.state
        self._wake = async_track_point_in_utc_time(self._hass, self._look, step.wake)
        self._show(step.view.heat)

    @callback
    def _disarm(self) -> None:
        if self._wake is not None:
            self._wake()
            self._wake = None


def _row(heat: Heat, words: Mapping[str, str]) -> dict[str, Any]:
    prefix = f"component.{DOMAIN}.entity.sensor.heat_source"
    return {
        "domain": "sensor",
        "state": words.get(f"{prefix}.state.{heat.state}", heat.state.value),
        "attributes": {"friendly_name": words.get(f"{prefix}.name"), "icon": "mdi:heat-pump"},
    }


def _guarded(
    hass: HomeAssistant, draft: Mapping[str, Any], user_input: Mapping[str, Any]
) -> Guarded:
    signals = signals_of(
        candidates_of(hass, draft),
        user_input.get(CONF_SIGNALS) or [],
        estimate=bool(user_input.get(CONF_ESTIMATE)),
    )
    options = {
        CONF_EQUIPMENT: Equipment.STRIPS.value,
        CONF_OUTDOOR: None,
        **draft,
        CONF_SIGNALS: signals,
    }
    return guarded_from(options, dt_util.get_default_time_zone())
