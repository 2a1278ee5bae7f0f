"""A climate entity that matches the thermostat, and forwards all commands to it."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any

from homeassistant.components.climate import ClimateEntity
from homeassistant.components.climate.const import (
    ATTR_FAN_MODE,
    ATTR_HUMIDITY,
    ATTR_HVAC_MODE,
    ATTR_PRESET_MODE,
    ATTR_SWING_HORIZONTAL_MODE,
    ATTR_SWING_MODE,
    ATTR_TARGET_TEMP_HIGH,
    ATTR_TARGET_TEMP_LOW,
    SERVICE_SET_FAN_MODE,
    SERVICE_SET_HUMIDITY,
    SERVICE_SET_HVAC_MODE,
    SERVICE_SET_PRESET_MODE,
    SERVICE_SET_SWING_HORIZONTAL_MODE,
    SERVICE_SET_SWING_MODE,
    SERVICE_SET_TEMPERATURE,
    HVACMode,
)
from homeassistant.const import (
    ATTR_TEMPERATURE,
    PRECISION_TENTHS,
    SERVICE_TOGGLE,
    SERVICE_TURN_OFF,
    SERVICE_TURN_ON,
)
from homeassistant.core import Context, HomeAssistant, State, callback
from homeassistant.helpers.entity import EntityDescription
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .control.service_calls import async_forward
from .coordinator import GuardConfigEntry, GuardCoordinator
from .core.model import HEATING_MODES, Mode, Request
from .core.protection.decision import Decision
from .core.units import EPSILON
from .entity import ViewEntity
from .sources.mirror import Mirror, build_mirror, with_heating_setpoint
from .sources.units import celsius, home_temperature

PARALLEL_UPDATES = 0

ATTR_APPLIED = "applied_temperature"
ATTR_LIMITED_BY = "limited_by"
ATTR_REQUESTED = "requested_temperature"

NATIVE_FIELDS = frozenset(
    {
        "available",
        "current_temperature",
        "target_temperature",
        "target_temperature_high",
        "target_temperature_low",
    },
)
MIRRORED_FIELDS = tuple(field.name for field in fields(Mirror) if field.name not in NATIVE_FIELDS)
"""The fields that the entity has under the same name."""

THERMOSTAT = EntityDescription(key="thermostat", translation_key="thermostat", name=None)


async def async_setup_entry(
    _hass: HomeAssistant,
    entry: GuardConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the climate entity of a guard."""
    async_add_entities([GuardClimate(entry.runtime_data)])


type ClimateData = tuple[State | None, Decision | None]
"""The thermostat's state, and the decision on its setpoint."""


@dataclass(frozen=True, slots=True)
class DisplayedThermostat:
    """What the climate entity shows."""

    mirror: Mirror
    limit_attributes: Mapping[str, Any] | None
    """The attributes of the decision; None without a decision."""


class GuardClimate(ViewEntity[ClimateData, DisplayedThermostat], ClimateEntity):
    """The guarded thermostat, with the requested setpoint."""

    # The thermostat has rounded its values; tenths show each of them unchanged.
    _attr_precision = PRECISION_TENTHS

    def __init__(self, coordinator: GuardCoordinator) -> None:
        self._climate_data: ClimateData = (None, None)
        self._mirror = build_mirror(None, coordinator.hass.config.units.temperature_unit)
        for name in MIRRORED_FIELDS:
            setattr(self, f"_attr_{name}", getattr(self._mirror, name))
        super().__init__(coordinator, THERMOSTAT)

    async def async_added_to_hass(self) -> None:
        """Track the thermostat as well."""
        await super().async_added_to_hass()
        self.async_on_remove(
            self.coordinator.async_add_thermostat_listener(self._handle_coordinator_update)
        )

    def select_data(self) -> ClimateData:
        """Return the thermostat's state at the last step, and the decision."""
        thermostat, decision = self.coordinator.thermostat, self.coordinator.data.decision
        if thermostat is not self._climate_data[0] or decision is not self._climate_data[1]:
            self._climate_data = thermostat, decision
        return self._climate_data

    def to_displayed(self, data: ClimateData) -> DisplayedThermostat:
        """Return the thermostat with the requested setpoint in place of the applied one."""
        thermostat, decision = data
        unit = self.coordinator.hass.config.units.temperature_unit
        mirror = build_mirror(thermostat, unit)
        if (
            decision is None
            or decision.requested is None
            or self.coordinator.guard_config.settings.mode is not Mode.PROTECT
        ):
            return DisplayedThermostat(mirror, None)
        requested, applied = (
            home_temperature(value, unit)
            for value in (decision.requested, decision.displayed_setpoint)
        )
        attributes = {
            ATTR_REQUESTED: requested,
            ATTR_APPLIED: applied,
            ATTR_LIMITED_BY: None if decision.active_limit is None else decision.active_limit.value,
        }
        return DisplayedThermostat(with_heating_setpoint(mirror, requested), attributes)

    def apply_displayed(self, displayed: DisplayedThermostat) -> None:
        """Update all fields that changed."""
        previous, self._mirror = self._mirror, displayed.mirror
        self._attr_extra_state_attributes = dict(displayed.limit_attributes or {})
        for name in MIRRORED_FIELDS:
            value = getattr(displayed.mirror, name)
            # To set a field makes the base class drop the values it derived from the field.
            if value != getattr(previous, name):
                setattr(self, f"_attr_{name}", value)

    @callback
    def _handle_coordinator_update(self) -> None:
        thermostat = self.coordinator.thermostat
        if self._update_from_view():
            # The person who changed the thermostat has thereby changed this entity.
            if thermostat is not None:
                self.async_set_context(thermostat.context)
            self.async_write_ha_state()

    @property
    def available(self) -> bool:
        """Whether the thermostat is available."""
        return self._mirror.available

    # From Home Assistant 2026.11 on, these five are named native_*; until 2027.11, both names are
    # used.

    @property
    def native_temperature_unit(self) -> str:
        """The home's unit, which climate states use."""
        return self.coordinator.hass.config.units.temperature_unit

    @property
    def native_current_temperature(self) -> float | None:
        """The room temperature, in the home's unit."""
        return self._mirror.current_temperature

    @property
    def native_target_temperature(self) -> float | None:
        """The setpoint, in the home's unit."""
        return self._mirror.target_temperature

    @property
    def native_target_temperature_high(self) -> float | None:
        """The cooling setpoint of a range, in the home's unit."""
        return self._mirror.target_temperature_high

    @property
    def native_target_temperature_low(self) -> float | None:
        """The heating setpoint of a range, in the home's unit."""
        return self._mirror.target_temperature_low

    temperature_unit = native_temperature_unit
    current_temperature = native_current_temperature
    target_temperature = native_target_temperature
    target_temperature_high = native_target_temperature_high
    target_temperature_low = native_target_temperature_low

    async def async_set_temperature(self, **kwargs: Any) -> None:  # noqa: ANN401
        """Forward a setpoint or a range, together with the mode of the same call."""
        heating_request, send = self._heating_request(kwargs), self._bind_forward()
        if heating_request is None:
            await send(SERVICE_SET_TEMPERATURE, kwargs)
            return
        key, request = heating_request
        async with self.coordinator.commands.async_request_setpoint(request) as applied:
            # A request that is not limited is forwarded unchanged.
            limited = (
                {}
                if abs(applied - request.temperature) < EPSILON
                else {key: home_temperature(applied, self.native_temperature_unit)}
            )
            await send(SERVICE_SET_TEMPERATURE, {**kwargs, **limited})

    def _heating_request(self, service_data: Mapping[str, Any]) -> tuple[str, Request] | None:
        """Return the request for a heating setpoint, and its key in the call's data."""
        unit, mode = self.native_temperature_unit, service_data.get(ATTR_HVAC_MODE)
        is_single = service_data.get(ATTR_TEMPERATURE) is not None
        key = ATTR_TEMPERATURE if is_single else ATTR_TARGET_TEMP_LOW
        temperature = celsius(service_data.get(key), unit)
        # A setpoint requested while the thermostat is off applies when it heats again.
        is_for_heating = (mode or self._mirror.hvac_mode) in {*HEATING_MODES, HVACMode.OFF}
        if not is_for_heating or temperature is None:
            return None
        cooling = None if is_single else celsius(service_data.get(ATTR_TARGET_TEMP_HIGH), unit)
        return key, Request(
            temperature=temperature, hvac_mode=mode, is_single=is_single, cooling_setpoint=cooling
        )

    async def async_set_humidity(self, humidity: int) -> None:
        """Forward a humidity."""
        await self._bind_forward()(SERVICE_SET_HUMIDITY, {ATTR_HUMIDITY: humidity})

    async def async_set_fan_mode(self, fan_mode: str) -> None:
        """Forward a fan mode."""
        await self._bind_forward()(SERVICE_SET_FAN_MODE, {ATTR_FAN_MODE: fan_mode})

    async def async_set_hvac_mode(self, hvac_mode: HVACMode) -> None:
        """Forward a mode."""
        await self._request_mode(None, SERVICE_SET_HVAC_MODE, {ATTR_HVAC_MODE: hvac_mode})

    async def async_set_swing_mode(self, swing_mode: str) -> None:
        """Forward a swing mode."""
        await self._bind_forward()(SERVICE_SET_SWING_MODE, {ATTR_SWING_MODE: swing_mode})

    async def async_set_swing_horizontal_mode(self, swing_horizontal_mode: str) -> None:
        """Forward a horizontal swing mode."""
        await self._bind_forward()(
            SERVICE_SET_SWING_HORIZONTAL_MODE, {ATTR_SWING_HORIZONTAL_MODE: swing_horizontal_mode}
        )

    async def async_set_preset_mode(self, preset_mode: str) -> None:
        """Forward a preset."""
        await self._request_mode(
            preset_mode, SERVICE_SET_PRESET_MODE, {ATTR_PRESET_MODE: preset_mode}
        )

    async def async_turn_on(self) -> None:
        """Forward the call: the thermostat decides which mode it turns on."""
        await self._request_mode(None, SERVICE_TURN_ON, {})

    async def async_turn_off(self) -> None:
        """Forward the call."""
        await self._request_mode(None, SERVICE_TURN_OFF, {})

    async def async_toggle(self) -> None:
        """Forward the call."""
        await self._request_mode(None, SERVICE_TOGGLE, {})

    async def _request_mode(self, preset: str | None, service: str, data: dict[str, Any]) -> None:
        """Forward a preset or a mode: the caller requests the setpoint that results from it."""
        send = self._bind_forward()
        async with self.coordinator.commands.async_request_mode(preset):
            await send(service, data)

    def _bind_forward(self) -> Callable[[str, dict[str, Any]], Awaitable[None]]:
        """Return a function that forwards a call in the context of the present caller.

        The entity's own context is another call's, or the thermostat's, after any await.
        """
        context = self.coordinator.command_contexts.remember(self._context or Context())

        async def forward(service: str, data: dict[str, Any]) -> None:
            await async_forward(
                self.hass, self.coordinator.guard_config.thermostat, service, data, context
            )
            # The thermostat's new state is mirrored in this turn of the loop, so that a caller who
            # waits for the call finds its outcome.
            await asyncio.sleep(0)

        return forward
