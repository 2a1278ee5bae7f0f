"""The wrapper: a thermostat that shows what the guarded one shows, and hands on what it is told."""

import asyncio
from dataclasses import fields
from typing import Any

from homeassistant.components.climate import ClimateEntity
from homeassistant.components.climate.const import (
    ATTR_FAN_MODE,
    ATTR_HUMIDITY,
    ATTR_HVAC_MODE,
    ATTR_PRESET_MODE,
    ATTR_SWING_HORIZONTAL_MODE,
    ATTR_SWING_MODE,
    SERVICE_SET_FAN_MODE,
    SERVICE_SET_HUMIDITY,
    SERVICE_SET_HVAC_MODE,
    SERVICE_SET_PRESET_MODE,
    SERVICE_SET_SWING_HORIZONTAL_MODE,
    SERVICE_SET_SWING_MODE,
    SERVICE_SET_TEMPERATURE,
    HVACMode,
)
from homeassistant.const import PRECISION_TENTHS, SERVICE_TOGGLE, SERVICE_TURN_OFF, SERVICE_TURN_ON
from homeassistant.core import HomeAssistant, State, callback
from homeassistant.helpers.entity import EntityDescription
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .actuate import forward
from .coordinator import GuardConfigEntry, GuardCoordinator
from .entity import ShowingEntity
from .mirror import Mirror, mirrored

PARALLEL_UPDATES = 0

NATIVE = frozenset(
    {"available", "current_temperature", "target_temperature", "target_temperature_high", "target_temperature_low"},
)
REFLECTED_FIELDS = tuple(field.name for field in fields(Mirror) if field.name not in NATIVE)
"""Those whose place in the entity is named like them."""

THERMOSTAT = EntityDescription(key="thermostat", translation_key="thermostat", name=None)


async def async_setup_entry(_hass: HomeAssistant, entry: GuardConfigEntry, async_add_entities: AddConfigEntryEntitiesCallback) -> None:
    """Add the wrapper of a guard."""
    async_add_entities([GuardClimate(entry.runtime_data)])


class GuardClimate(ShowingEntity[State | None, Mirror], ClimateEntity):
    """The guarded thermostat."""

    # The source's own rounding has been done; tenths let each of its values through as it is.
    _attr_precision = PRECISION_TENTHS
    _mirror: Mirror

    def __init__(self, coordinator: GuardCoordinator) -> None:
        super().__init__(coordinator, THERMOSTAT)

    async def async_added_to_hass(self) -> None:
        """Follow the source as well."""
        await super().async_added_to_hass()
        self.async_on_remove(self.coordinator.async_listen_thermostat(self._handle_coordinator_update))

    def subject(self) -> State | None:
        """Look at the source as it was last seen."""
        return self.coordinator.thermostat

    def part_of(self, subject: State | None) -> Mirror:
        """Reflect it."""
        return mirrored(subject, self.coordinator.hass.config.units.temperature_unit)

    def show(self, part: Mirror) -> None:
        """Take over all that is reflected."""
        before, self._mirror = getattr(self, "_mirror", None), part
        for name in REFLECTED_FIELDS:
            value = getattr(part, name)
            # Setting one makes the base class forget what it worked out from it.
            if before is None or value != getattr(before, name):
                setattr(self, f"_attr_{name}", value)

    @callback
    def _handle_coordinator_update(self) -> None:
        thermostat = self.coordinator.thermostat
        if self._take_over():
            # Who changed the source has thereby changed the wrapper.
            if thermostat is not None:
                self.async_set_context(thermostat.context)
            self.async_write_ha_state()

    @property
    def available(self) -> bool:
        """Whether the source is there."""
        return self._mirror.available

    # From Home Assistant 2026.11 on these five are named native_*; until 2027.11 both names must answer.

    @property
    def native_temperature_unit(self) -> str:
        """The home's unit, in which climate states are."""
        return self.coordinator.hass.config.units.temperature_unit

    @property
    def native_current_temperature(self) -> float | None:
        """The room's temperature."""
        return self._mirror.current_temperature

    @property
    def native_target_temperature(self) -> float | None:
        """The setpoint."""
        return self._mirror.target_temperature

    @property
    def native_target_temperature_high(self) -> float | None:
        """The cooling setpoint of a range."""
        return self._mirror.target_temperature_high

    @property
    def native_target_temperature_low(self) -> float | None:
        """The heating setpoint of a range."""
        return self._mirror.target_temperature_low

    temperature_unit = native_temperature_unit
    current_temperature = native_current_temperature
    target_temperature = native_target_temperature
    target_temperature_high = native_target_temperature_high
    target_temperature_low = native_target_temperature_low

    async def async_set_temperature(self, **kwargs: Any) -> None:  # noqa: ANN401
        """Hand on a setpoint or a range, with the mode that rides along."""
        await self._forward(SERVICE_SET_TEMPERATURE, kwargs)

    async def async_set_humidity(self, humidity: int) -> None:
        """Hand on a humidity."""
        await self._forward(SERVICE_SET_HUMIDITY, {ATTR_HUMIDITY: humidity})

    async def async_set_fan_mode(self, fan_mode: str) -> None:
        """Hand on a fan mode."""
        await self._forward(SERVICE_SET_FAN_MODE, {ATTR_FAN_MODE: fan_mode})

    async def async_set_hvac_mode(self, hvac_mode: HVACMode) -> None:
        """Hand on a mode."""
        await self._forward(SERVICE_SET_HVAC_MODE, {ATTR_HVAC_MODE: hvac_mode})

    async def async_set_swing_mode(self, swing_mode: str) -> None:
        """Hand on a swing mode."""
        await self._forward(SERVICE_SET_SWING_MODE, {ATTR_SWING_MODE: swing_mode})

    async def async_set_swing_horizontal_mode(self, swing_horizontal_mode: str) -> None:
        """Hand on a horizontal swing mode."""
        await self._forward(SERVICE_SET_SWING_HORIZONTAL_MODE, {ATTR_SWING_HORIZONTAL_MODE: swing_horizontal_mode})

    async def async_set_preset_mode(self, preset_mode: str) -> None:
        """Hand on a preset."""
        await self._forward(SERVICE_SET_PRESET_MODE, {ATTR_PRESET_MODE: preset_mode})

    async def async_turn_on(self) -> None:
        """Hand on: what a thermostat does when it is turned on is its own matter."""
        await self._forward(SERVICE_TURN_ON, {})

    async def async_turn_off(self) -> None:
        """Hand on."""
        await self._forward(SERVICE_TURN_OFF, {})

    async def async_toggle(self) -> None:
        """Hand on."""
        await self._forward(SERVICE_TOGGLE, {})

    async def _forward(self, service: str, data: dict[str, Any]) -> None:
        await forward(self.hass, self.coordinator.guarded.thermostat, service, data, self._context)
        # What the source says now is taken over in this turn of the loop: whoever waits for the call then sees its outcome.
        await asyncio.sleep(0)
