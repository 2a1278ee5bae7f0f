"""A home as scripts/develop sets it up, in simulated time."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import SOURCE_USER, ConfigEntry
from homeassistant.core import HomeAssistant, State
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import config_validation as cv
import probatio
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from lab.home_assistant.instance_develop import GUARD, LAB, guard_answers, lab_answers
from lab.home_assistant.instance_flow import Answer

THERMOSTAT = "climate.lab_thermostat"
RELAY = "binary_sensor.lab_thermostat_aux_relay"
OUTDOOR = "sensor.lab_thermostat_outdoor_temperature"
ALERT = "binary_sensor.lab_thermostat_aux_heat_guard_alert"
ALERT_EVENT = "event.lab_thermostat_aux_heat_guard_alert_event"

STEP = timedelta(seconds=10)
"""The longest that the lab makes up for at once."""


class DeveloperHome:
    """The lab's thermostat and its guard."""

    def __init__(self, hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> None:
        self._hass = hass
        self._freezer = freezer
        self.raised: set[str] = set()
        """Every alert that was ever seen raised, those that were to be expected as well."""
        self.lab: ConfigEntry
        self.guard: ConfigEntry

    async def set_up(self) -> None:
        """Go through both flows, and let the lab's time pass as fast as the guard's."""
        self.lab = await self._add(LAB, lab_answers())
        self.guard = await self._add(GUARD, guard_answers(THERMOSTAT, OUTDOOR))
        await self.set_number("speed", 1)

    async def _add(self, domain: str, answers: Sequence[Answer]) -> ConfigEntry:
        flows = self._hass.config_entries.flow
        result = await flows.async_init(domain, context={"source": SOURCE_USER})
        for answer in answers:
            form = {
                "data_schema": probatio.to_field_list(
                    result["data_schema"], custom_serializer=cv.custom_serializer
                )
            }
            result = await flows.async_configure(
                result["flow_id"], dict(answer(form) if callable(answer) else answer)
            )
        await self._hass.async_block_till_done()
        assert result["type"] is FlowResultType.CREATE_ENTRY
        entry: ConfigEntry = result["result"]
        return entry

    async def call(self, domain: str, action: str, entity_id: str, **data: object) -> None:
        await self._hass.services.async_call(
            domain, action, {"entity_id": entity_id, **data}, blocking=True
        )

    async def set_number(self, key: str, value: float) -> None:
        await self.call("number", "set_value", f"number.lab_thermostat_{key}", value=value)

    async def switch(self, key: str, *, on: bool) -> None:
        await self.call("switch", "turn_on" if on else "turn_off", f"switch.lab_thermostat_{key}")

    async def set_weather(self, outdoor_f: float, aux_below_f: float) -> None:
        """Set a constant outdoor temperature for day and night."""
        await self.set_number("outdoor_mean", outdoor_f)
        await self.set_number("outdoor_swing", 0)
        await self.set_number("aux_only_below", aux_below_f)

    async def pass_time(self, time: timedelta) -> None:
        for _ in range(time // STEP):
            self._freezer.tick(STEP)
            async_fire_time_changed(self._hass)
            await self._hass.async_block_till_done()
            self.raised |= self.active_alerts

    async def wait_until(
        self, what: Callable[[DeveloperHome], bool], within: timedelta
    ) -> datetime:
        """Let time pass until a condition holds, and return the time of that."""
        for _ in range(within // STEP):
            if what(self):
                break
            await self.pass_time(STEP)
        assert what(self), f"not within {within}: {self.state(THERMOSTAT)}, {self.state(ALERT)}"
        return datetime.now().astimezone()

    def state(self, entity_id: str) -> State:
        state = self._hass.states.get(entity_id)
        assert state is not None, entity_id
        return state

    def attribute(self, entity_id: str, name: str) -> Any:
        return self.state(entity_id).attributes[name]

    @property
    def active_alerts(self) -> set[str]:
        """The raised alerts."""
        return {*self.attribute(ALERT, "alerts"), *self.attribute(ALERT, "expected")}

    @property
    def degrees_below_setpoint(self) -> float:
        """The displayed difference between the setpoint and the room, in °F."""
        return float(
            self.attribute(THERMOSTAT, "temperature")
            - self.attribute(THERMOSTAT, "current_temperature")
        )

    @property
    def action(self) -> str:
        return str(self.attribute(THERMOSTAT, "hvac_action"))

    @property
    def are_strips_running(self) -> bool:
        return self.state(RELAY).state == "on"
