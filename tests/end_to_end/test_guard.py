"""AUX Heat Guard in a real Home Assistant, on real thermostats."""

import asyncio

from playwright.async_api import Page, expect

from lab.home_assistant.instance import Instance, accept_defaults

from .conftest import MakeHome
from .mqtt import Broker, MqttThermostat

GUARD = "aux_heat_guard"


async def add_guard(home: Instance, thermostat: str) -> str:
    """Set up a guard over HTTP, with all suggestions accepted."""
    return await home.add_integration(
        GUARD, [{"thermostat": thermostat}, accept_defaults(), {}, accept_defaults(name="Guard")]
    )


async def entity_of(home: Instance, guard: str, name: str) -> str:
    """Return the id of an entity of a guard."""
    domain = {"thermostat": "climate", "aux_heat": "binary_sensor"}.get(name, "sensor")
    return await home.entity_id(domain, entry_id=guard, translation_key=name)


async def test_an_mqtt_thermostat_with_an_aux_relay(home: Instance, mqtt: Broker) -> None:
    async with MqttThermostat(mqtt, "Attic") as thermostat:
        await thermostat.announce()
        await thermostat.report(
            mode="heat", temperature=70, current=66, action="heating", aux="OFF"
        )
        await home.wait_for(
            "climate.attic", lambda state: state.attributes.get("hvac_action") == "heating"
        )
        guard = await add_guard(home, "climate.attic")
        wrapper, aux, source = [
            await entity_of(home, guard, name) for name in ("thermostat", "aux_heat", "heat_source")
        ]
        await home.wait_for(
            wrapper, lambda state: state.attributes.get("current_temperature") == 66
        )
        await home.wait_for(source, "heat_pump")

        await thermostat.report(aux="ON")
        await home.wait_for(aux, "on")
        await home.wait_for(source, "heat_pump_aux")
        await home.call("climate", "set_temperature", {"temperature": 68}, entity_id=wrapper)
        assert await asyncio.wait_for(thermostat.commands.get(), 5) == ("temperature", "68.0")
        await home.wait_for(wrapper, lambda state: state.attributes["temperature"] == 68)

        await thermostat.report(aux="OFF")
        await home.wait_for(aux, "off")
        await home.wait_for(
            await entity_of(home, guard, "last_aux_run"),
            lambda state: state.attributes["end"] is not None,
        )
        await home.wait_for(await entity_of(home, guard, "aux_cycles_today"), "1")

        await thermostat.report(available="offline")
        await home.wait_for(wrapper, "unavailable")
        await home.wait_for(aux, "unknown")
    await home.remove(guard)


async def test_core_own_thermostat(home: Instance) -> None:
    await home.link.command("input_boolean/create", name="Bath heater")
    await home.link.command("input_boolean/create", name="Bath AUX strips")
    await home.link.command(
        "input_number/create", name="Bath", min=0, max=100, initial=60, unit_of_measurement="°F"
    )
    sensor = {
        "name": "Bath",
        "state": "{{ states('input_number.bath') }}",
        "unit_of_measurement": "°F",
        "device_class": "temperature",
    }
    bath = await home.add_integration("template", [{"next_step_id": "sensor"}, sensor])
    actions = {
        kind: [
            {
                "action": f"input_boolean.{kind}",
                "target": {"entity_id": "input_boolean.bath_heater"},
            }
        ]
        for kind in ("turn_on", "turn_off")
    }
    switch = {
        "name": "Bath heater",
        "value_template": "{{ states('input_boolean.bath_heater') }}",
        **actions,
    }
    heater = await home.add_integration("template", [{"next_step_id": "switch"}, switch])
    sources = {
        "heater": await home.entity_id("switch", entry_id=heater),
        "target_sensor": await home.entity_id("sensor", entry_id=bath),
    }
    entry = await home.add_integration(
        "generic_thermostat", [accept_defaults(name="Bath", ac_mode=False, **sources), {}]
    )
    thermostat = await home.entity_id("climate", entry_id=entry)
    chosen = accept_defaults(signals=["input_boolean.bath_aux_strips"], estimate=False)
    guard = await home.add_integration(
        GUARD, [{"thermostat": thermostat}, chosen, {}, accept_defaults(name="Bath guard")]
    )
    wrapper, source = (
        await entity_of(home, guard, "thermostat"),
        await entity_of(home, guard, "heat_source"),
    )

    await home.call("climate", "set_hvac_mode", {"hvac_mode": "heat"}, entity_id=wrapper)
    await home.call("climate", "set_temperature", {"temperature": 70}, entity_id=wrapper)
    await home.wait_for("input_boolean.bath_heater", "on")
    await home.wait_for(source, "heat_pump")
    await home.call("input_boolean", "turn_on", entity_id="input_boolean.bath_aux_strips")
    await home.wait_for(source, "heat_pump_aux")
    await home.call("input_number", "set_value", {"value": 72}, entity_id="input_number.bath")
    await home.call("input_boolean", "turn_off", entity_id="input_boolean.bath_aux_strips")
    await home.wait_for(source, "off")
    await home.call("climate", "turn_off", entity_id=wrapper)
    await home.wait_for(thermostat, "off")


async def test_what_was_counted_outlives_a_restart(make_home: MakeHome) -> None:
    home = await make_home()
    lab = await home.add_integration("heat_lab", [accept_defaults(speed=600)])
    thermostat = await home.entity_id("climate", entry_id=lab)
    guard = await add_guard(home, thermostat)
    await home.call("climate", "set_temperature", {"temperature": 79}, entity_id=thermostat)
    total = await entity_of(home, guard, "aux_runtime_season")
    aux = await entity_of(home, guard, "aux_heat")
    await home.wait_for(aux, "on")
    await home.call("climate", "set_hvac_mode", {"hvac_mode": "off"}, entity_id=thermostat)
    await home.wait_for(aux, "off")
    before = (await home.wait_for(total, lambda state: float(state.state) > 0)).state

    await home.restart()
    after = await home.wait_for(total, before)
    assert after.attributes["coverage"] < 100


async def test_setting_up_by_clicking_shows_what_heats_right_now(
    home: Instance, page: Page
) -> None:
    lab = await home.add_integration("heat_lab", [accept_defaults(name="Clicked", speed=1)])
    thermostat = await home.entity_id("climate", entry_id=lab)
    await home.call("climate", "set_temperature", {"temperature": 79}, entity_id=thermostat)
    await home.wait_for(
        thermostat, lambda state: "auxHeat1" in state.attributes["equipment_running"]
    )

    await page.goto("/config/integrations/dashboard/add?domain=aux_heat_guard")
    await page.get_by_role("button", name="OK").click()
    dialog = page.locator("dialog-data-entry-flow")
    await expect(dialog.get_by_text("Which thermostat?")).to_be_visible()
    await dialog.locator("ha-entity-picker").click()
    await page.get_by_text("Clicked", exact=True).click()
    await dialog.get_by_role("button", name="Submit").click()
    await expect(dialog.get_by_text("How does AUX show?")).to_be_visible()
    await expect(
        dialog.locator("flow-preview-generic").get_by_text("Heat pump + AUX")
    ).to_be_visible()

    # The meter counts only after its delay. The thermostat and the relay count at once.
    await dialog.get_by_text("Clicked Strips power").click()
    await home.call("climate", "set_hvac_mode", {"hvac_mode": "off"}, entity_id=thermostat)
    await expect(
        dialog.locator("flow-preview-generic").get_by_text("Off", exact=True)
    ).to_be_visible()
