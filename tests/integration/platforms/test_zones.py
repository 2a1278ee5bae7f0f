"""Several thermostats on one heat pump: a call of any of them is a call for aux heat."""

from typing import Any

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from tests.integration.conftest import Wait
from tests.integration.home import add_guard, read_state, set_thermostat

OTHER = "climate.attic"
RELAY = "binary_sensor.w2_relay"
SIGNAL = {
    "kind": "on_off",
    "role": "aux",
    "quality": "measured",
    "entity_id": RELAY,
    "attribute": None,
}
MINUTE = 60


@pytest.fixture
async def guard(hass: HomeAssistant) -> MockConfigEntry:
    """Guard one of two thermostats, with a relay that shows aux heat of both."""
    set_thermostat(hass, equipment_running=...)
    set_thermostat(hass, OTHER)
    hass.states.async_set(RELAY, "off")
    # Alerts for long runs and mild weather would interfere.
    return await add_guard(
        hass, signals=[SIGNAL], other_thermostats=[OTHER], alerts={"long_run": {"enabled": False}}
    )


def active_alerts(hass: HomeAssistant, guard: MockConfigEntry) -> list[str]:
    shown_alerts = read_state(hass, guard, "alert").attributes
    return [
        alert
        for alert in [*shown_alerts["alerts"], *shown_alerts["expected"]]
        if alert == "strips_without_call"
    ]


async def run_strips(hass: HomeAssistant, own: dict[str, Any], other: dict[str, Any]) -> None:
    set_thermostat(hass, **{"equipment_running": ..., **own})
    if other:
        set_thermostat(hass, OTHER, **other)
    hass.states.async_set(RELAY, "on")
    await hass.async_block_till_done()


OFF: dict[str, Any] = {"state": "off", "hvac_action": "off"}
IDLE: dict[str, Any] = {"hvac_action": "idle"}
HEATING: dict[str, Any] = {"hvac_action": "heating", "current_temperature": 60}


@pytest.mark.parametrize("own", [OFF, IDLE], ids=["off", "idle"])
@pytest.mark.parametrize(
    ("other", "raised"),
    [
        pytest.param(HEATING, False, id="the other one calls"),
        pytest.param({"hvac_action": "defrosting"}, False, id="the other one's call is a defrost"),
        pytest.param(
            {"state": "unavailable", "hvac_action": ...}, False, id="nobody knows of the other one"
        ),
        pytest.param({"hvac_action": ...}, False, id="the other one does not tell"),
        pytest.param(IDLE, True, id="neither calls"),
        pytest.param({"state": "off", "hvac_action": ...}, True, id="the other one is off"),
    ],
)
async def test_aux_for_the_other_zone_counts_as_called(  # noqa: PLR0913, PLR0917
    hass: HomeAssistant,
    guard: MockConfigEntry,
    pass_seconds: Wait,
    own: dict[str, Any],
    other: dict[str, Any],
    raised: bool,
) -> None:
    await run_strips(hass, own, other)
    await pass_seconds(30 * MINUTE)
    assert bool(active_alerts(hass, guard)) is raised


async def test_aux_that_stays_on_without_any_call_raises_an_alert(
    hass: HomeAssistant, guard: MockConfigEntry, pass_seconds: Wait
) -> None:
    await run_strips(hass, OFF, HEATING)
    await pass_seconds(30 * MINUTE)
    set_thermostat(hass, OTHER, **IDLE)
    await pass_seconds(10 * MINUTE)
    assert active_alerts(hass, guard) == ["strips_without_call"]
    # Aux heat obeys again when it stops, and runs by a call of any thermostat.
    hass.states.async_set(RELAY, "off")
    await pass_seconds(MINUTE)
    set_thermostat(hass, OTHER, **HEATING)
    hass.states.async_set(RELAY, "on")
    await pass_seconds(10 * MINUTE)
    assert active_alerts(hass, guard) == []


async def test_runs_for_the_other_zone_are_not_learned(
    hass: HomeAssistant, guard: MockConfigEntry, pass_seconds: Wait
) -> None:
    for _ in range(3):
        await run_strips(hass, IDLE, HEATING)
        await pass_seconds(10 * MINUTE)
        hass.states.async_set(RELAY, "off")
        await pass_seconds(5 * MINUTE)
    await run_strips(hass, IDLE, IDLE)
    await pass_seconds(30 * MINUTE)
    assert active_alerts(hass, guard) == ["strips_without_call"]


async def test_the_heat_state_includes_runs_for_the_other_zone(
    hass: HomeAssistant, guard: MockConfigEntry
) -> None:
    set_thermostat(hass, equipment_running=..., **OFF)
    set_thermostat(hass, OTHER, **HEATING)
    await hass.async_block_till_done()
    assert read_state(hass, guard, "heat_source").state == "heat_pump"
    set_thermostat(hass, OTHER, **IDLE)
    await hass.async_block_till_done()
    assert read_state(hass, guard, "heat_source").state == "off"
