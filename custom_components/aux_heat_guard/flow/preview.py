"""The live preview of the evidence page: the heat state by the selected signals."""

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
from ..options.guard import GuardConfig, read_guard_config
from ..sources.discovery import list_candidates, selected_signals
from ..sources.observe import observe
from .schemas import CONF_ESTIMATE

DRAFT = "draft"
"""The key under which the context of a flow holds the draft of the options."""


@callback
def async_setup_preview(hass: HomeAssistant) -> None:
    """Register the websocket command that the dialog of the flow calls."""
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
    """Send the heat state by the signals selected in the form, now and at each change."""
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
    guard_config = _draft_guard_config(hass, context[DRAFT], msg["user_input"])
    translations = await async_get_translations(hass, hass.config.language, "entity", {DOMAIN})

    def show(heat: Heat) -> None:
        connection.send_event(msg["id"], _row(heat, translations))

    preview = Preview(hass, guard_config, show)
    connection.send_result(msg["id"])
    connection.subscriptions[msg["id"]] = preview.async_start()


class Preview:
    """Runs the core on the selected signals while the form is open."""

    def __init__(
        self, hass: HomeAssistant, guard_config: GuardConfig, show: Callable[[Heat], None]
    ) -> None:
        self._hass = hass
        self._guard_config = guard_config
        self._show = show
        self._state = engine.start(dt_util.utcnow(), guard_config.settings)
        self._unsub_wake: CALLBACK_TYPE | None = None

    @callback
    def async_start(self) -> CALLBACK_TYPE:
        """Show the heat state now and at each change. Return a function that stops it."""
        unsub_states = async_track_state_change_event(
            self._hass, self._guard_config.watched, self._update
        )

        @callback
        def stop() -> None:
            unsub_states()
            self._cancel_wake()

        self._update()
        return stop

    @callback
    def _update(self, _cause: Event[EventStateChangedData] | datetime | None = None) -> None:
        self._cancel_wake()
        step = engine.step(
            self._state,
            observe(self._hass, self._guard_config, dt_util.utcnow()).observation,
            self._guard_config.settings,
        )
        self._state = step.state
        self._unsub_wake = async_track_point_in_utc_time(self._hass, self._update, step.wake_at)
        self._show(step.view.heat)

    @callback
    def _cancel_wake(self) -> None:
        if self._unsub_wake is not None:
            self._unsub_wake()
            self._unsub_wake = None


def _row(heat: Heat, translations: Mapping[str, str]) -> dict[str, Any]:
    """Return the heat state as the dialog shows it."""
    prefix = f"component.{DOMAIN}.entity.sensor.heat_source"
    return {
        "domain": "sensor",
        "state": translations.get(f"{prefix}.state.{heat.state}", heat.state.value),
        "attributes": {
            "friendly_name": translations.get(f"{prefix}.name"),
            "icon": "mdi:heat-pump",
        },
    }


def _draft_guard_config(
    hass: HomeAssistant, draft: Mapping[str, Any], user_input: Mapping[str, Any]
) -> GuardConfig:
    """Return the guard that the draft and the open form configure."""
    signals = selected_signals(
        list_candidates(hass, draft),
        user_input.get(CONF_SIGNALS) or [],
        estimate=bool(user_input.get(CONF_ESTIMATE)),
    )
    options = {
        CONF_EQUIPMENT: Equipment.STRIPS.value,
        CONF_OUTDOOR: None,
        **draft,
        CONF_SIGNALS: signals,
    }
    return read_guard_config(options, dt_util.get_default_time_zone())
