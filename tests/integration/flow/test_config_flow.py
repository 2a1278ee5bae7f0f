"""Setup, reconfiguration and options of a guard, as a user goes through them."""

from typing import Any

from homeassistant.config_entries import ConfigFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.aux_heat_guard.const import DOMAIN
from custom_components.aux_heat_guard.sources.discovery import list_candidates
from tests.integration.conftest import Wait
from tests.integration.flow.driver import (
    change_options,
    offered_choices,
    proposed_default,
    start_flow,
    submit,
)
from tests.integration.home import (
    ATTRIBUTES,
    THERMOSTAT,
    add_guard,
    entity_id_of,
    read_seconds,
    read_state,
    set_thermostat,
)

ECOBEE = f"{THERMOSTAT} equipment_running"
ESTIMATE = {"estimate": True, "add_sign": False}
NO_ESTIMATE = {"estimate": False, "add_sign": False}
LAST = {"equipment": "strips", "strips_kw": 10, "name": "Hall"}


async def test_the_defaults_complete_the_setup(hass: HomeAssistant) -> None:
    set_thermostat(hass, equipment_running="heatPump,fan")
    hass.states.async_set("weather.home", "cloudy", {"temperature": 41, "temperature_unit": "°F"})

    flow = await submit(hass, await start_flow(hass), {"thermostat": THERMOSTAT})
    assert flow["step_id"] == "evidence"
    assert (
        offered_choices(flow, "signals")[ECOBEE]
        == "Hallway: equipment_running (heatPump,fan) → auxHeat1, auxHeat2, auxHeat3"
    )
    assert proposed_default(flow, "signals") == [ECOBEE]
    assert proposed_default(flow, "estimate") is False

    flow = await submit(hass, flow, {"signals": [ECOBEE], **NO_ESTIMATE})
    assert flow["step_id"] == "outdoor"
    assert offered_choices(flow, "outdoor") == {"weather.home": "home: temperature (41 °F)"}
    assert proposed_default(flow, "outdoor") == "weather.home"

    flow = await submit(hass, flow, {"outdoor": "weather.home"})
    assert proposed_default(flow, "name") == "Hallway AUX Heat Guard"
    flow = await submit(hass, flow, LAST)
    assert flow["type"] is FlowResultType.CREATE_ENTRY
    assert flow["title"] == "Hall"
    await hass.async_block_till_done()
    entry = hass.config_entries.async_entries(DOMAIN)[0]
    assert entry.options["outdoor"] == {"entity_id": "weather.home", "attribute": None}
    assert hass.states.get("sensor.hall_heat_source").state == "heat_pump"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"hvac_modes": ["off", "cool"]}, "cannot_heat"),
        ({"hvac_modes": []}, "cannot_heat"),
        ({"supported_features": 0}, "no_setpoint"),
    ],
)
async def test_a_thermostat_that_cannot_be_guarded_is_refused(
    hass: HomeAssistant, changes: dict[str, Any], error: str
) -> None:
    set_thermostat(hass, **changes)
    flow = await submit(hass, await start_flow(hass), {"thermostat": THERMOSTAT})
    assert flow["errors"] == {"thermostat": error}
    set_thermostat(hass)
    assert (await submit(hass, flow, {"thermostat": THERMOSTAT}))["step_id"] == "evidence"


async def test_a_thermostat_that_is_not_there_is_refused(hass: HomeAssistant) -> None:
    flow = await submit(hass, await start_flow(hass), {"thermostat": "climate.nowhere"})
    assert flow["errors"] == {"thermostat": "not_found"}


async def test_a_guard_cannot_guard_its_own_entity(
    hass: HomeAssistant, guard: MockConfigEntry
) -> None:
    wrapper = entity_id_of(hass, guard, "thermostat")
    flow = await submit(hass, await start_flow(hass), {"thermostat": wrapper})
    assert flow["errors"] == {"thermostat": "guards_itself"}

    flow = await guard.start_reconfigure_flow(hass)
    flow = await submit(hass, flow, {"thermostat": wrapper})
    assert flow["errors"] == {"thermostat": "guards_itself"}


@pytest.mark.usefixtures("guard")
async def test_one_guard_a_thermostat(hass: HomeAssistant) -> None:
    flow = await submit(hass, await start_flow(hass), {"thermostat": THERMOSTAT})
    assert flow["type"] is FlowResultType.ABORT
    assert flow["reason"] == "already_configured"


async def test_two_dialogs_for_one_thermostat_make_one_guard(hass: HomeAssistant) -> None:
    set_thermostat(hass)
    answers: tuple[dict[str, Any], ...] = (
        {"thermostat": THERMOSTAT},
        {"signals": [ECOBEE], **NO_ESTIMATE},
        {},
    )
    first = await submit(hass, await start_flow(hass), *answers)
    await submit(hass, first, LAST)
    second = await start_flow(hass)
    assert (await submit(hass, second, answers[0]))["reason"] == "already_configured"


async def test_without_a_signal_aux_is_estimated_and_needs_an_outdoor_temperature(
    hass: HomeAssistant,
) -> None:
    set_thermostat(hass, equipment_running=...)
    flow = await submit(hass, await start_flow(hass), {"thermostat": THERMOSTAT})
    assert proposed_default(flow, "estimate") is True

    flow = await submit(hass, flow, NO_ESTIMATE)
    assert flow["errors"] == {"base": "no_evidence"}

    flow = await submit(hass, flow, ESTIMATE)
    assert flow["step_id"] == "outdoor"
    flow = await submit(hass, flow, {})
    assert flow["errors"] == {"base": "estimate_needs_outdoor"}

    hass.states.async_set(
        "sensor.garden", "30", {"unit_of_measurement": "°F", "device_class": "temperature"}
    )
    flow = await submit(hass, flow, {"outdoor_other": "sensor.garden"})
    assert flow["step_id"] == "equipment"


async def test_entities_of_the_thermostat_device_are_offered_first(hass: HomeAssistant) -> None:
    registry, owner = er.async_get(hass), MockConfigEntry()
    owner.add_to_hass(hass)
    device = dr.async_get(hass).async_get_or_create(
        config_entry_id=owner.entry_id, identifiers={("x", "1")}
    )
    for domain, name in (
        ("climate", "hallway"),
        ("binary_sensor", "w2_relay"),
        ("switch", "emergency_heat"),
        ("sensor", "outdoor"),
    ):
        registry.async_get_or_create(
            domain, "x", name, suggested_object_id=name, device_id=device.id, config_entry=owner
        )
    set_thermostat(hass, equipment_running=...)
    hass.states.async_set("binary_sensor.w2_relay", "off", {"friendly_name": "W2 relay"})
    hass.states.async_set("switch.emergency_heat", "off")
    hass.states.async_set(
        "sensor.outdoor", "30", {"unit_of_measurement": "°F", "device_class": "temperature"}
    )
    hass.states.async_set(
        "sensor.aux_strip_power", "0", {"unit_of_measurement": "W", "device_class": "power"}
    )
    hass.states.async_set(
        "sensor.outside_north", "31", {"unit_of_measurement": "°F", "device_class": "temperature"}
    )

    flow = await submit(hass, await start_flow(hass), {"thermostat": THERMOSTAT})
    assert list(offered_choices(flow, "signals")) == [
        "binary_sensor.w2_relay",
        "switch.emergency_heat",
        "sensor.aux_strip_power",
    ]
    assert proposed_default(flow, "signals") == ["binary_sensor.w2_relay", "switch.emergency_heat"]
    flow = await submit(hass, flow, {"signals": proposed_default(flow, "signals"), **NO_ESTIMATE})
    assert list(offered_choices(flow, "outdoor")) == ["sensor.outdoor", "sensor.outside_north"]


@pytest.mark.parametrize(
    ("entity", "state", "attributes", "answers", "on"),
    [
        ("binary_sensor.relay", "off", {}, [{"reads": "state", "kind": "on_off"}], "on"),
        (
            "sensor.mode",
            "Standby",
            {},
            [{"reads": "state", "kind": "equals"}, {"values": ["Aux Heat"]}],
            "aux heat",
        ),
        (
            "sensor.list",
            "fan",
            {},
            [{"reads": "state", "kind": "token"}, {"values": ["aux"]}],
            "fan, AUX",
        ),
        (
            "sensor.clamp",
            "3",
            {"unit_of_measurement": "kW"},
            [{"reads": "state", "kind": "threshold"}, {"on_above": 4, "off_below": 2}],
            "5",
        ),
        (
            "sensor.minutes",
            "3",
            {"unit_of_measurement": "min"},
            [{"reads": "state", "kind": "counter"}],
            "4",
        ),
    ],
)
async def test_a_custom_signal_can_be_added(  # noqa: PLR0913, PLR0917
    hass: HomeAssistant,
    entity: str,
    state: str,
    attributes: dict[str, Any],
    answers: list[dict[str, Any]],
    on: str,
    pass_seconds: Wait,
) -> None:
    set_thermostat(hass, equipment_running=...)
    hass.states.async_set(entity, state, attributes)
    flow = await submit(
        hass,
        await start_flow(hass),
        {"thermostat": THERMOSTAT},
        {"estimate": False, "add_sign": True},
    )
    assert flow["step_id"] == "sign_entity"
    flow = await submit(hass, flow, {"entity_id": entity, "role": "aux"}, *answers)
    assert flow["step_id"] == "evidence"
    assert len(proposed_default(flow, "signals")) == 1
    flow = await submit(
        hass, flow, {"signals": proposed_default(flow, "signals"), **NO_ESTIMATE}, {}, LAST
    )
    assert flow["type"] is FlowResultType.CREATE_ENTRY
    await hass.async_block_till_done()
    await pass_seconds(120)
    assert hass.states.get("binary_sensor.hall_aux_heat").state == "off"  # type: ignore[union-attr]
    hass.states.async_set(entity, on, attributes)
    await hass.async_block_till_done()
    await pass_seconds(20)
    assert hass.states.get("binary_sensor.hall_aux_heat").state == "on"  # type: ignore[union-attr]


async def test_an_attribute_can_be_a_signal(hass: HomeAssistant) -> None:
    set_thermostat(hass, equipment_running=..., furnace=["fan"])
    flow = await submit(
        hass,
        await start_flow(hass),
        {"thermostat": THERMOSTAT},
        {"estimate": False, "add_sign": True},
    )
    flow = await submit(hass, flow, {"entity_id": THERMOSTAT, "role": "aux"})
    assert offered_choices(flow, "reads")["state.furnace"] == "Hallway: furnace (fan)"
    flow = await submit(hass, flow, {"reads": "state.furnace", "kind": "token"})
    flow = await submit(hass, flow, {"values": []})
    assert flow["errors"] == {"values": "no_words"}
    flow = await submit(hass, flow, {"values": ["aux"]})
    flow = await submit(
        hass, flow, {"signals": proposed_default(flow, "signals"), **NO_ESTIMATE}, {}, LAST
    )
    await hass.async_block_till_done()
    set_thermostat(hass, equipment_running=..., furnace=["fan", "AUX"])
    await hass.async_block_till_done()
    assert hass.states.get("binary_sensor.hall_aux_heat").state == "on"  # type: ignore[union-attr]


async def test_unusable_signals_are_rejected(hass: HomeAssistant, guard: MockConfigEntry) -> None:
    set_thermostat(hass, "climate.other")
    hass.states.async_set("sensor.clamp", "3", {"unit_of_measurement": "W"})
    to_sign = ({"thermostat": "climate.other"}, {"estimate": False, "add_sign": True})
    flow = await submit(hass, await start_flow(hass), *to_sign)
    flow = await submit(
        hass, flow, {"entity_id": entity_id_of(hass, guard, "aux_heat"), "role": "aux"}
    )
    assert flow["errors"] == {"entity_id": "guards_itself"}
    flow = await submit(hass, flow, {"entity_id": "sensor.nowhere", "role": "aux"})
    assert flow["errors"] == {"entity_id": "not_found"}
    flow = await submit(
        hass,
        flow,
        {"entity_id": "sensor.clamp", "role": "aux"},
        {"reads": "state", "kind": "threshold"},
    )
    flow = await submit(hass, flow, {"on_above": 100, "off_below": 200})
    assert flow["errors"] == {"off_below": "off_over_on"}


async def test_an_entity_that_vanishes_while_it_is_asked_about(hass: HomeAssistant) -> None:
    set_thermostat(hass, equipment_running=...)
    hass.states.async_set("sensor.clamp", "3")
    flow = await submit(
        hass,
        await start_flow(hass),
        {"thermostat": THERMOSTAT},
        {"estimate": False, "add_sign": True},
    )
    flow = await submit(hass, flow, {"entity_id": "sensor.clamp", "role": "aux"})
    hass.states.async_remove("sensor.clamp")
    flow = await submit(hass, flow, {"reads": "state", "kind": "on_off"})
    assert flow["step_id"] == "sign_entity"


async def test_options_are_taken_over_in_place_and_lose_no_second(
    hass: HomeAssistant, guard: MockConfigEntry, pass_seconds: Wait
) -> None:
    set_thermostat(hass, equipment_running="heatPump,auxHeat1,fan")
    await hass.async_block_till_done()
    await pass_seconds(600)
    coordinator = guard.runtime_data
    await change_options(hass, guard, "equipment", {"equipment": "furnace", "strips_kw": 5})
    await change_options(
        hass,
        guard,
        "timing",
        {"reported_confirm": 30, "reported_release": 30, "power_confirm": 5, "power_release": 5},
    )
    assert guard.runtime_data is coordinator
    await pass_seconds(600)
    assert read_seconds(hass, guard, "aux_runtime_today") == pytest.approx(1200, abs=0.5)

    set_thermostat(hass, equipment_running="heatPump")
    await hass.async_block_till_done()
    assert read_state(hass, guard, "aux_heat").state == "on"
    await pass_seconds(30)
    assert read_state(hass, guard, "aux_heat").state == "off"


async def test_changed_sources_reload_and_keep_the_history(
    hass: HomeAssistant, guard: MockConfigEntry, pass_seconds: Wait
) -> None:
    set_thermostat(hass, equipment_running="auxHeat1")
    await hass.async_block_till_done()
    await pass_seconds(600)
    hass.states.async_set("binary_sensor.w2_relay", "on")
    hass.states.async_set(
        "sensor.outside", "30", {"unit_of_measurement": "°F", "device_class": "temperature"}
    )
    await change_options(
        hass, guard, "evidence", {"signals": ["binary_sensor.w2_relay"], **NO_ESTIMATE}
    )
    await change_options(hass, guard, "outdoor", {"outdoor": "sensor.outside"})
    await pass_seconds(600)
    assert read_seconds(hass, guard, "aux_runtime_today") == pytest.approx(1200, abs=0.5)
    assert read_state(hass, guard, "aux_cycles_today").state == "1"


async def test_an_estimate_in_the_options_asks_for_the_outdoor_temperature(
    hass: HomeAssistant, guard: MockConfigEntry
) -> None:
    hass.states.async_set("weather.home", "cloudy", {"temperature": 41, "temperature_unit": "°F"})
    flow = await change_options(hass, guard, "evidence", {"signals": [], **ESTIMATE})
    assert flow["step_id"] == "outdoor"
    flow = await hass.config_entries.options.async_configure(
        flow["flow_id"], {"outdoor": "weather.home"}
    )
    assert flow["type"] is FlowResultType.CREATE_ENTRY
    assert guard.options["signals"] == [{"kind": "inference", "role": "aux", "quality": "inferred"}]
    await hass.async_block_till_done()


async def test_a_custom_signal_stays_selected(hass: HomeAssistant, guard: MockConfigEntry) -> None:
    hass.states.async_set("sensor.clamp", "3", {"unit_of_measurement": "W"})
    sign = (
        {"entity_id": "sensor.clamp", "role": "aux"},
        {"reads": "state", "kind": "threshold"},
        {"on_above": 900, "off_below": 800},
    )
    flow = await change_options(
        hass, guard, "evidence", {"signals": [ECOBEE], "estimate": False, "add_sign": True}, *sign
    )
    chosen = proposed_default(flow, "signals")
    assert set(chosen) == {ECOBEE, "1 sensor.clamp"}
    await hass.config_entries.options.async_configure(
        flow["flow_id"], {"signals": chosen, **NO_ESTIMATE}
    )
    await hass.async_block_till_done()
    assert [signal["kind"] for signal in guard.options["signals"]] == [
        "threshold",
        "token",
        "token",
    ]


@pytest.mark.parametrize(
    ("entity", "state", "attributes", "answers"),
    [
        ("input_boolean.w2_relay", "off", {}, [{"reads": "state", "kind": "on_off"}]),
        ("binary_sensor.w2_relay", "off", {}, [{"reads": "state", "kind": "on_off"}]),
        (
            "sensor.furnace_mode",
            "Standby",
            {},
            [{"reads": "state", "kind": "equals"}, {"values": ["Aux Heat"]}],
        ),
        (
            "sensor.strips",
            "3",
            {"device_class": "power", "unit_of_measurement": "W"},
            [{"reads": "state", "kind": "threshold"}, {"on_above": 2000, "off_below": 900}],
        ),
        (
            THERMOSTAT,
            "heat",
            ATTRIBUTES,
            [{"reads": "state.equipment_running", "kind": "token"}, {"values": ["auxHeat1"]}],
        ),
    ],
)
async def test_a_discovered_signal_added_manually_is_listed_once(
    hass: HomeAssistant,
    entity: str,
    state: str,
    attributes: dict[str, Any],
    answers: list[dict[str, Any]],
) -> None:
    set_thermostat(hass, equipment_running=...)
    hass.states.async_set(entity, state, attributes)
    flow = await submit(hass, await start_flow(hass), {"thermostat": THERMOSTAT})
    assert any(entity in key for key in offered_choices(flow, "signals"))
    flow = await submit(
        hass,
        flow,
        {"estimate": False, "add_sign": True},
        {"entity_id": entity, "role": "aux"},
        *answers,
    )
    of_entity = [
        signal
        for signal in _offered_signals(hass, flow)
        if signal["entity_id"] == entity and signal["role"] == "aux"
    ]
    assert len(of_entity) == 1
    # Adding the same signal again changes its reading, and does not list it twice.
    flow = await submit(
        hass,
        flow,
        {"signals": proposed_default(flow, "signals"), "estimate": False, "add_sign": True},
    )
    flow = await submit(hass, flow, {"entity_id": entity, "role": "aux"}, *answers)
    assert (
        len(
            [
                signal
                for signal in _offered_signals(hass, flow)
                if signal["entity_id"] == entity and signal["role"] == "aux"
            ]
        )
        == 1
    )
    flow = await submit(hass, flow, {"signals": [], **ESTIMATE})
    assert flow["step_id"] == "outdoor"


def _offered_signals(hass: HomeAssistant, flow: ConfigFlowResult) -> list[dict[str, Any]]:
    """Return all signals that the form offers."""
    draft = hass.config_entries.flow.async_get(flow["flow_id"])["context"]["draft"]  # type: ignore[typeddict-item]
    candidates = list_candidates(hass, draft)
    assert [candidate.key for candidate in candidates] == list(offered_choices(flow, "signals"))
    return [signal for candidate in candidates for signal in candidate.signals]


class TestOtherThermostats:
    async def test_they_are_chosen_and_watched(
        self, hass: HomeAssistant, guard: MockConfigEntry
    ) -> None:
        set_thermostat(hass, "climate.attic")
        flow = await change_options(hass, guard, "zones", {"other_thermostats": ["climate.attic"]})
        assert flow["type"] is FlowResultType.CREATE_ENTRY
        assert guard.runtime_data.guard_config.others == ("climate.attic",)
        assert "climate.attic" in guard.runtime_data.guard_config.watched
        assert proposed_default(
            await change_options(hass, guard, "zones"), "other_thermostats"
        ) == ["climate.attic"]
        await change_options(hass, guard, "zones", {"other_thermostats": []})
        assert guard.runtime_data.guard_config.others == ()

    @pytest.mark.parametrize(
        ("other", "error"),
        [
            (THERMOSTAT, "guarded_itself"),
            ("climate.nowhere", "not_found"),
            ("the wrapper", "guards_itself"),
        ],
    )
    async def test_an_invalid_other_thermostat_is_rejected(
        self, hass: HomeAssistant, guard: MockConfigEntry, other: str, error: str
    ) -> None:
        set_thermostat(hass, "climate.attic")
        chosen = entity_id_of(hass, guard, "thermostat") if other == "the wrapper" else other
        flow = await change_options(
            hass, guard, "zones", {"other_thermostats": ["climate.attic", chosen]}
        )
        assert flow["errors"] == {"other_thermostats": error}
        assert proposed_default(flow, "other_thermostats") == ["climate.attic", chosen]


class TestSuggestedEquipment:
    async def suggest_equipment(self, hass: HomeAssistant) -> str:
        """Go through the setup up to the question about the kind of aux heat."""
        flow = await submit(hass, await start_flow(hass), {"thermostat": THERMOSTAT})
        flow = await submit(
            hass, flow, {"signals": proposed_default(flow, "signals"), **NO_ESTIMATE}, {}
        )
        assert flow["step_id"] == "equipment"
        return str(proposed_default(flow, "equipment"))

    @pytest.mark.parametrize("flag", ["hasHeatPump", "has_heat_pump"])
    @pytest.mark.parametrize(
        ("value", "suggested"), [(False, "furnace"), (True, "strips"), ("no", "strips")]
    )
    async def test_by_what_the_thermostat_says(
        self, hass: HomeAssistant, flag: str, value: Any, suggested: str
    ) -> None:
        set_thermostat(hass, **{flag: value})
        assert await self.suggest_equipment(hass) == suggested

    @pytest.mark.parametrize(
        ("platform", "others", "suggested"),
        [
            ("ecobee", ["fan_min_on_time"], "furnace"),
            ("ecobee", ["fan_min_on_time", "aux_heat_only"], "strips"),
            ("ecobee", ["compressor_protection_min_temp"], "strips"),
            ("ecobee", [], "strips"),
            ("homekit_controller", ["fan_min_on_time"], "strips"),
        ],
    )
    async def test_by_what_ecobee_makes_for_heat_pumps(
        self, hass: HomeAssistant, platform: str, others: list[str], suggested: str
    ) -> None:
        owner = MockConfigEntry()
        owner.add_to_hass(hass)
        device = dr.async_get(hass).async_get_or_create(
            config_entry_id=owner.entry_id, identifiers={("x", "1")}
        )
        registry = er.async_get(hass)
        registry.async_get_or_create(
            "climate", platform, "311", suggested_object_id="hallway", device_id=device.id
        )
        for other in others:
            registry.async_get_or_create("switch", platform, f"311_{other}", device_id=device.id)
        set_thermostat(hass)
        assert await self.suggest_equipment(hass) == suggested

    async def test_where_something_else_shows_a_compressor_there_is_a_heat_pump(
        self, hass: HomeAssistant
    ) -> None:
        set_thermostat(hass, has_heat_pump=False)
        hass.states.async_set("sensor.furnace_mode", "Standby")
        flow = await submit(hass, await start_flow(hass), {"thermostat": THERMOSTAT})
        flow = await submit(hass, flow, {"signals": ["sensor.furnace_mode"], **NO_ESTIMATE}, {})
        assert proposed_default(flow, "equipment") == "strips"


async def test_reconfiguring_can_change_the_thermostat(
    hass: HomeAssistant, guard: MockConfigEntry, pass_seconds: Wait
) -> None:
    set_thermostat(hass, equipment_running="heatPump,auxHeat1")
    await hass.async_block_till_done()
    await pass_seconds(300)
    set_thermostat(hass, "climate.upstairs", aux=True, equipment_running=...)
    flow = await guard.start_reconfigure_flow(hass)
    assert proposed_default(flow, "thermostat") == THERMOSTAT
    flow = await submit(hass, flow, {"thermostat": "climate.upstairs"})
    assert proposed_default(flow, "signals") == ["climate.upstairs aux"]
    flow = await submit(hass, flow, {"signals": ["climate.upstairs aux"], **NO_ESTIMATE}, {}, LAST)
    assert flow["reason"] == "reconfigure_successful"
    await hass.async_block_till_done()
    assert guard.title == "Hall"
    assert guard.unique_id == "climate.upstairs"
    await pass_seconds(300)
    assert read_seconds(hass, guard, "aux_runtime_today") == pytest.approx(600, abs=0.5)


async def test_reconfiguring_keeps_earlier_answers(
    hass: HomeAssistant, guard: MockConfigEntry
) -> None:
    flow = await submit(hass, await guard.start_reconfigure_flow(hass), {"thermostat": THERMOSTAT})
    assert proposed_default(flow, "signals") == [ECOBEE]
    flow = await submit(hass, flow, {"signals": [ECOBEE], **NO_ESTIMATE}, {})
    assert proposed_default(flow, "name") == "Hallway AUX Heat Guard"
    flow = await submit(hass, flow, {**LAST, "equipment": "none"})
    assert guard.options["equipment"] == "none"


async def test_the_preview_updates_live(
    hass: HomeAssistant, hass_ws_client: WebSocketGenerator
) -> None:
    set_thermostat(hass, hvac_action="heating", equipment_running="heatPump,fan")
    flow = await submit(hass, await start_flow(hass), {"thermostat": THERMOSTAT})
    assert flow["preview"] == DOMAIN
    client = await hass_ws_client(hass)
    request = {
        "type": f"{DOMAIN}/start_preview",
        "flow_id": flow["flow_id"],
        "flow_type": "config_flow",
    }
    await client.send_json_auto_id({**request, "user_input": {"signals": [ECOBEE], **NO_ESTIMATE}})
    assert (await client.receive_json())["success"]
    assert (await client.receive_json())["event"]["state"] == "Heat pump"
    set_thermostat(hass, hvac_action="heating", equipment_running="heatPump,auxHeat1,fan")
    await hass.async_block_till_done()
    event = (await client.receive_json())["event"]
    assert event["state"] == "Heat pump + AUX"
    assert event["attributes"]["friendly_name"] == "Heat source"


async def test_the_preview_of_the_options(
    hass: HomeAssistant, guard: MockConfigEntry, hass_ws_client: WebSocketGenerator
) -> None:
    flow = await hass.config_entries.options.async_init(guard.entry_id)
    flow = await hass.config_entries.options.async_configure(
        flow["flow_id"], {"next_step_id": "evidence"}
    )
    client = await hass_ws_client(hass)
    request = {
        "type": f"{DOMAIN}/start_preview",
        "flow_id": flow["flow_id"],
        "flow_type": "options_flow",
    }
    await client.send_json_auto_id({**request, "user_input": {"signals": [ECOBEE]}})
    assert (await client.receive_json())["success"]
    assert (await client.receive_json())["event"]["state"] == "Off"


async def test_a_guard_is_set_up_twice_in_one_home(
    hass: HomeAssistant, guard: MockConfigEntry
) -> None:
    set_thermostat(hass, "climate.upstairs", friendly_name="Upstairs")
    other = await add_guard(hass, "climate.upstairs")
    set_thermostat(hass, "climate.upstairs", equipment_running="auxHeat1")
    await hass.async_block_till_done()
    assert read_state(hass, other, "aux_heat").state == "on"
    assert read_state(hass, guard, "aux_heat").state == "off"


async def test_an_abandoned_flow_does_not_block_a_new_one(hass: HomeAssistant) -> None:
    set_thermostat(hass)
    await submit(hass, await start_flow(hass), {"thermostat": THERMOSTAT})
    assert (await submit(hass, await start_flow(hass), {"thermostat": THERMOSTAT}))[
        "step_id"
    ] == "evidence"


@pytest.mark.parametrize(
    "changes",
    [
        {"supported_features": None},
        {"supported_features": "1"},
        {"hvac_modes": 5},
        {"hvac_modes": [["heat"]]},
    ],
)
async def test_a_thermostat_with_invalid_attributes_is_rejected(
    hass: HomeAssistant, changes: dict[str, Any]
) -> None:
    set_thermostat(hass, **changes)
    flow = await submit(hass, await start_flow(hass), {"thermostat": THERMOSTAT})
    assert flow["errors"] in ({"thermostat": "cannot_heat"}, {"thermostat": "no_setpoint"})


async def test_a_thermostat_that_does_not_answer(hass: HomeAssistant) -> None:
    hass.states.async_set(THERMOSTAT, "unavailable")
    flow = await submit(hass, await start_flow(hass), {"thermostat": THERMOSTAT})
    assert flow["errors"] == {"thermostat": "not_available"}


@pytest.mark.parametrize(
    ("value", "kind"),
    [("heatPump,fan", "on_off"), ("heating", "threshold"), ("heating", "counter")],
)
async def test_an_invalid_signal_type_is_rejected(
    hass: HomeAssistant, value: str, kind: str
) -> None:
    set_thermostat(hass, equipment_running=...)
    hass.states.async_set("sensor.said", value)
    flow = await submit(
        hass,
        await start_flow(hass),
        {"thermostat": THERMOSTAT},
        {"estimate": False, "add_sign": True},
    )
    flow = await submit(
        hass, flow, {"entity_id": "sensor.said", "role": "aux"}, {"reads": "state", "kind": kind}
    )
    assert flow["errors"] == {"kind": "not_understood"}


async def test_a_meter_in_kilowatts_is_believed_after_its_delay(
    hass: HomeAssistant, pass_seconds: Wait
) -> None:
    set_thermostat(hass, equipment_running=...)
    hass.states.async_set("sensor.clamp", "0", {"unit_of_measurement": "kW"})
    flow = await submit(
        hass,
        await start_flow(hass),
        {"thermostat": THERMOSTAT},
        {"estimate": False, "add_sign": True},
    )
    flow = await submit(
        hass,
        flow,
        {"entity_id": "sensor.clamp", "role": "aux"},
        {"reads": "state", "kind": "threshold"},
    )
    assert (proposed_default(flow, "on_above"), proposed_default(flow, "off_below")) == (1, 0.5)
    flow = await submit(hass, flow, {"on_above": 1, "off_below": 0.5})
    await submit(
        hass, flow, {"signals": proposed_default(flow, "signals"), **NO_ESTIMATE}, {}, LAST
    )
    await hass.async_block_till_done()
    hass.states.async_set("sensor.clamp", "6", {"unit_of_measurement": "kW"})
    await hass.async_block_till_done()
    assert hass.states.get("binary_sensor.hall_aux_heat").state == "off"  # type: ignore[union-attr]
    await pass_seconds(20)
    assert hass.states.get("binary_sensor.hall_aux_heat").state == "on"  # type: ignore[union-attr]


async def test_a_preview_of_a_form_that_is_closed(
    hass: HomeAssistant, hass_ws_client: WebSocketGenerator
) -> None:
    set_thermostat(hass)
    await submit(hass, await start_flow(hass), {"thermostat": THERMOSTAT})
    client = await hass_ws_client(hass)
    await client.send_json_auto_id(
        {
            "type": f"{DOMAIN}/start_preview",
            "flow_id": "x",
            "flow_type": "config_flow",
            "user_input": {},
        }
    )
    assert (await client.receive_json())["error"]["code"] == "not_found"
