"""The lab's thermostat in a real Home Assistant: its strips run when they should."""

from lab.home_assistant.instance import Instance, accept_defaults


async def test_jump_of_setpoint_brings_strips(home: Instance) -> None:
    entry = await home.add_integration(
        "heat_lab", [accept_defaults(name="Lab end to end", speed=600)]
    )
    climate = await home.entity_id("climate", entry_id=entry)
    relay = await home.entity_id("binary_sensor", entry_id=entry, translation_key="aux_relay")
    assert home.state(relay).state == "off"

    await home.call("climate", "set_temperature", {"temperature": 76}, entity_id=climate)

    await home.wait_for(relay, "on")
    await home.wait_for(climate, lambda state: "auxHeat1" in state.attributes["equipment_running"])
    await home.remove(entry)
    assert climate not in home.states
