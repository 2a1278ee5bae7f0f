"""Alerts while Home Assistant starts: notify actions may come later than the guard."""

import asyncio

from homeassistant.const import EVENT_HOMEASSISTANT_STARTED
from homeassistant.core import CoreState, HomeAssistant, ServiceCall
from homeassistant.util.unit_system import US_CUSTOMARY_SYSTEM
import pytest

from tests.integration.conftest import Wait
from tests.integration.home import add_guard, set_thermostat

NOTIFY = {"phones": ["mobile_app_phone"]}
OUTDOOR = {"entity_id": "sensor.outdoor", "attribute": None}


async def add_freezing_guard(hass: HomeAssistant, wait: Wait) -> None:
    hass.config.units = US_CUSTOMARY_SYSTEM
    hass.states.async_set("sensor.outdoor", "33", {"unit_of_measurement": "°F"})
    set_thermostat(hass, temperature=76)
    await add_guard(hass, outdoor=OUTDOOR, notify=NOTIFY, quiet={})
    await wait(660)


async def lower_setpoint(hass: HomeAssistant) -> None:
    set_thermostat(hass, temperature=68)
    await hass.async_block_till_done()


async def start_home_assistant(hass: HomeAssistant) -> None:
    hass.set_state(CoreState.running)
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STARTED)
    await hass.async_block_till_done()


def add_busy_phone(hass: HomeAssistant) -> tuple[list[str], asyncio.Event]:
    """Add a phone whose first notification waits for an event; return the calls and the event."""
    arrived: list[str] = []
    free = asyncio.Event()
    waits = iter([free.wait])

    async def take(call: ServiceCall) -> None:
        if (wait := next(waits, None)) is not None:
            await wait()
        arrived.append(call.data["message"].split(" and ")[0])

    hass.services.async_register("notify", "mobile_app_phone", take)
    return arrived, free


async def test_a_notification_waits_for_the_phone(
    hass: HomeAssistant, pass_seconds: Wait, caplog: pytest.LogCaptureFixture
) -> None:
    hass.set_state(CoreState.starting)
    await add_freezing_guard(hass, pass_seconds)
    arrived, free = add_busy_phone(hass)
    free.set()
    await hass.async_block_till_done()
    assert arrived == []
    await start_home_assistant(hass)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert arrived == ["It is 33 °F outdoors"]
    assert "could not be sent" not in caplog.text


async def test_a_removal_does_not_overtake_its_notification(
    hass: HomeAssistant, pass_seconds: Wait
) -> None:
    hass.set_state(CoreState.starting)
    await add_freezing_guard(hass, pass_seconds)
    await lower_setpoint(hass)
    arrived, free = add_busy_phone(hass)
    await start_home_assistant(hass)
    assert arrived == []
    free.set()
    await hass.async_block_till_done(wait_background_tasks=True)
    assert arrived == ["It is 33 °F outdoors", "clear_notification"]
