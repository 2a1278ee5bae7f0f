"""Thermostats of Home Assistant's own integrations as sources of a guard."""

import asyncio

from lab.home_assistant.instance import Instance, accept_defaults

from .mqtt import Broker, MqttThermostat


async def test_mqtt_thermostat(home: Instance, mqtt: Broker) -> None:
    async with MqttThermostat(mqtt, "Hall") as thermostat:
        await thermostat.announce()
        await thermostat.report(
            mode="heat", temperature=70, current=66.2, action="heating", aux="OFF"
        )
        await home.wait_for(
            "climate.hall", lambda state: state.attributes.get("hvac_action") == "heating"
        )
        await home.wait_for("climate.hall", lambda state: state.attributes["temperature"] == 70)

        await thermostat.report(aux="ON")
        await home.wait_for("binary_sensor.hall_aux", "on")
        entry = (await home.entries("mqtt"))[0]["entry_id"]
        assert [device["name"] for device in await home.devices(entry)] == ["Hall"]

        await home.call("climate", "set_temperature", {"temperature": 68}, entity_id="climate.hall")
        assert await asyncio.wait_for(thermostat.commands.get(), 5) == ("temperature", "68.0")
        await home.wait_for("climate.hall", lambda state: state.attributes["temperature"] == 68)

        await thermostat.report(available="offline")
        await home.wait_for("climate.hall", "unavailable")


async def test_generic_thermostat(home: Instance) -> None:
    await home.link.command("input_boolean/create", name="Heater")
    await home.link.command(
        "input_number/create", name="Room", min=0, max=100, initial=60, unit_of_measurement="°F"
    )
    switch: dict[str, object] = {
        "name": "Heater",
        "value_template": "{{ states('input_boolean.heater') }}",
    }
    switch |= {
        kind: [{"action": f"input_boolean.{kind}", "target": {"entity_id": "input_boolean.heater"}}]
        for kind in ("turn_on", "turn_off")
    }
    sensor = {
        "name": "Room",
        "state": "{{ states('input_number.room') }}",
        "unit_of_measurement": "°F",
        "device_class": "temperature",
    }
    heater = await home.add_integration("template", [{"next_step_id": "switch"}, switch])
    room = await home.add_integration("template", [{"next_step_id": "sensor"}, sensor])
    sources = {
        "heater": await home.entity_id("switch", entry_id=heater),
        "target_sensor": await home.entity_id("sensor", entry_id=room),
    }
    study = await home.add_integration(
        "generic_thermostat", [accept_defaults(name="Study", ac_mode=False, **sources), {}]
    )
    climate = await home.entity_id("climate", entry_id=study)

    await home.call("climate", "set_hvac_mode", {"hvac_mode": "heat"}, entity_id=climate)
    await home.call("climate", "set_temperature", {"temperature": 70}, entity_id=climate)
    await home.wait_for("input_boolean.heater", "on")
    await home.call("input_number", "set_value", {"value": 72}, entity_id="input_number.room")
    await home.wait_for(climate, lambda state: state.attributes["hvac_action"] == "idle")
    await home.wait_for("input_boolean.heater", "off")
