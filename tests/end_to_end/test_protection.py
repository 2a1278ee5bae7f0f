"""Limited setpoints in a real process, after a crash, a stop, or a manual change meanwhile."""

import asyncio
from collections.abc import Callable
import time

from lab.home_assistant.instance import PATIENCE_SECONDS, Instance
from lab.home_assistant.instance_link import EntityState

from .conftest import MakeHome
from .mqtt import Broker, MqttThermostat
from .test_crashes import guarded_cellar, report_until
from .test_guard import entity_of

SOURCE = "climate.cellar"


def has_setpoint(degrees: float) -> Callable[[EntityState], bool]:
    """Return True if a state has a setpoint."""
    return lambda state: state.attributes.get("temperature") == degrees


async def choose_mode(home: Instance, guard: str, mode: str) -> None:
    """Choose a mode, as a user does."""
    select = await home.entity_id("select", entry_id=guard, translation_key="mode")
    await home.call("select", "select_option", {"option": mode}, entity_id=select)
    await home.wait_for(select, mode)


async def limit_by_ramp(home: Instance, thermostat: MqttThermostat, guard: str) -> str:
    """Let the ramp limit lower 70 over a room of 66, and return the id of the climate entity."""
    wrapper = await entity_of(home, guard, "thermostat")
    await choose_mode(home, guard, "protect")
    assert await asyncio.wait_for(thermostat.commands.get(), PATIENCE_SECONDS) == (
        "temperature",
        "67.0",
    )
    await home.wait_for(SOURCE, has_setpoint(67))
    shown = await home.wait_for(
        wrapper, lambda state: state.attributes.get("applied_temperature") == 67
    )
    assert (shown.attributes["temperature"], shown.attributes["limited_by"]) == (70, "leash")
    # The guard saves before it writes a setpoint. Home Assistant saves entries a second later.
    await report_until(home, thermostat, time.monotonic() + 3)
    await thermostat.report(current=66)
    return wrapper


async def test_a_limit_survives_a_crash_and_is_restored(
    make_home: MakeHome, broker: Broker
) -> None:
    home = await make_home()
    async with guarded_cellar(home, broker) as (thermostat, guard):
        wrapper = await limit_by_ramp(home, thermostat, guard)
        for _ in range(3):
            await home.crash()
            await home.start()
            await home.wait_for(SOURCE, has_setpoint(67))
            await home.wait_for(wrapper, has_setpoint(70))
        assert thermostat.commands.empty()
        await choose_mode(home, guard, "monitor")

        assert await asyncio.wait_for(thermostat.commands.get(), PATIENCE_SECONDS) == (
            "temperature",
            "70.0",
        )
        await home.wait_for(SOURCE, has_setpoint(70))


async def test_changes_during_downtime_are_not_overridden(
    make_home: MakeHome, broker: Broker
) -> None:
    home = await make_home()
    async with guarded_cellar(home, broker) as (thermostat, guard):
        wrapper = await limit_by_ramp(home, thermostat, guard)
        await home.crash()
        await thermostat.report(temperature=72)
        await home.start()
        await home.wait_for(SOURCE, has_setpoint(72))
        # The setpoint may be a default that is gone in minutes.
        shown = await home.wait_for(
            wrapper, lambda state: state.attributes.get("applied_temperature") == 72
        )
        assert shown.attributes["requested_temperature"] == 70
        limit = await entity_of(home, guard, "limit")
        await home.call("climate", "set_temperature", {"temperature": 71}, entity_id=SOURCE)
        assert await asyncio.wait_for(thermostat.commands.get(), PATIENCE_SECONDS) == (
            "temperature",
            "71.0",
        )
        await home.wait_for(SOURCE, has_setpoint(71))
        await home.wait_for(wrapper, has_setpoint(71))

        assert (
            (await home.wait_for(limit, "hand"))
            .attributes["reason"]
            .startswith("71 °F, as somebody set it by hand")
        )
        assert thermostat.commands.empty()


async def test_a_clean_stop_restores_the_setpoint(make_home: MakeHome, broker: Broker) -> None:
    home = await make_home()
    async with guarded_cellar(home, broker) as (thermostat, guard):
        wrapper = await limit_by_ramp(home, thermostat, guard)
        await home.stop()

        assert await asyncio.wait_for(thermostat.commands.get(), PATIENCE_SECONDS) == (
            "temperature",
            "70.0",
        )
        await home.start()
        await home.wait_for(wrapper, has_setpoint(70))
        assert thermostat.commands.empty()
