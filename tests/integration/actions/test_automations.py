"""Alerts and aux heat in automations: own and plain triggers and conditions, blueprints."""

from collections.abc import AsyncIterator, Callable
from importlib import import_module
from pathlib import Path
import sys
from types import ModuleType
from typing import Any
from unittest.mock import patch

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.automation.config import AUTOMATION_BLUEPRINT_SCHEMA
from homeassistant.components.blueprint.models import Blueprint, DomainBlueprints
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.helpers import device_registry as dr
from homeassistant.setup import async_setup_component
from homeassistant.util.unit_system import US_CUSTOMARY_SYSTEM
from homeassistant.util.yaml import load_yaml
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_mock_service
from pytest_homeassistant_custom_component.typing import MockHAClientWebSocket, WebSocketGenerator

from tests.integration.conftest import Wait
from tests.integration.home import add_guard, entity_id_of, set_thermostat

BLUEPRINTS = Path(__file__).parents[3] / "blueprints/automation/aux_heat_guard"
AUX: dict[str, Any] = {
    "hvac_action": "heating",
    "equipment_running": "heatPump,auxHeat1",
    "current_temperature": 68.8,
}
LONG_RUN = {"long_run": {"longest": 10}}


@pytest.fixture(autouse=True)
async def guard(hass: HomeAssistant) -> MockConfigEntry:
    """Guard a thermostat with an alert for runs of ten minutes."""
    hass.config.units = US_CUSTOMARY_SYSTEM
    set_thermostat(hass)
    return await add_guard(hass, alerts=LONG_RUN)


@pytest.fixture
def automation_calls(hass: HomeAssistant) -> list[ServiceCall]:
    """The calls of the automations."""
    return async_mock_service(hass, "test", "automation")


def device_of(hass: HomeAssistant, guard: MockConfigEntry) -> str:
    return next(iter(dr.async_entries_for_config_entry(dr.async_get(hass), guard.entry_id))).id


async def add_automations(hass: HomeAssistant, **config: Any) -> None:
    actions = [
        {
            "action": "test.automation",
            "data": {"to": "{{ trigger.to_state.state if trigger.to_state is defined else '' }}"},
        }
    ]
    assert await async_setup_component(
        hass, "automation", {"automation": {"actions": actions, **config}}
    )
    await hass.async_block_till_done()


async def run_aux(hass: HomeAssistant, wait: Wait, seconds: float = 660) -> None:
    set_thermostat(hass, **AUX)
    await hass.async_block_till_done()
    await wait(seconds)


async def stop_aux(hass: HomeAssistant) -> None:
    set_thermostat(hass)
    await hass.async_block_till_done(wait_background_tasks=True)


@pytest.mark.parametrize("target", ["entity", "device"])
@pytest.mark.parametrize(("trigger", "count"), [("aux_started", 1), ("aux_stopped", 1)])
async def test_aux_starts_and_stops(  # noqa: PLR0913, PLR0917
    hass: HomeAssistant,
    guard: MockConfigEntry,
    automation_calls: list[ServiceCall],
    pass_seconds: Wait,
    trigger: str,
    count: int,
    target: str,
) -> None:
    chosen = (
        {"entity_id": entity_id_of(hass, guard, "aux_heat")}
        if target == "entity"
        else {"device_id": device_of(hass, guard)}
    )
    await add_automations(hass, triggers={"trigger": f"aux_heat_guard.{trigger}", "target": chosen})
    await run_aux(hass, pass_seconds, 60)
    assert len(automation_calls) == (count if trigger == "aux_started" else 0)
    await stop_aux(hass)
    assert len(automation_calls) == count


@pytest.mark.parametrize(
    ("trigger", "options", "raised", "cleared"),
    [
        ("alert_raised", {}, 1, 1),
        ("alert_raised", {"alert": ["long_run", "overrun"]}, 1, 1),
        ("alert_raised", {"alert": "overrun"}, 0, 0),
        ("alert_cleared", {}, 0, 1),
        ("alert_cleared", {"alert": "overrun"}, 0, 0),
        ("near_freezing", None, 0, 0),
    ],
)
async def test_alerts_are_raised_and_cleared(  # noqa: PLR0913, PLR0917
    hass: HomeAssistant,
    guard: MockConfigEntry,
    automation_calls: list[ServiceCall],
    pass_seconds: Wait,
    trigger: str,
    options: dict[str, Any] | None,
    raised: int,
    cleared: int,
) -> None:
    more = {} if options is None else {"options": options}
    target = {"device_id": device_of(hass, guard)}
    await add_automations(
        hass, triggers={"trigger": f"aux_heat_guard.{trigger}", "target": target, **more}
    )
    await run_aux(hass, pass_seconds)
    assert len(automation_calls) == raised
    await stop_aux(hass)
    assert len(automation_calls) == cleared


async def test_near_freezing(
    hass: HomeAssistant,
    guard: MockConfigEntry,
    automation_calls: list[ServiceCall],
    pass_seconds: Wait,
) -> None:
    hass.states.async_set("sensor.outdoor", "34", {"unit_of_measurement": "°F"})
    outdoor = {"entity_id": "sensor.outdoor", "attribute": None}
    hass.config_entries.async_update_entry(guard, options={**guard.options, "outdoor": outdoor})
    await hass.async_block_till_done()
    await add_automations(
        hass,
        triggers={
            "trigger": "aux_heat_guard.near_freezing",
            "target": {"device_id": device_of(hass, guard)},
        },
    )
    set_thermostat(hass, temperature=75)
    await hass.async_block_till_done()
    await pass_seconds(660)
    assert len(automation_calls) == 1


@pytest.mark.parametrize(
    ("condition", "options", "quiet", "while_it_lasts"),
    [
        ("aux_running", {}, 0, 1),
        ("alert_active", {}, 0, 1),
        ("alert_active", {"alert": "long_run"}, 0, 1),
        ("alert_active", {"alert": ["overrun"]}, 0, 0),
    ],
)
async def test_conditions(  # noqa: PLR0913, PLR0917
    hass: HomeAssistant,
    guard: MockConfigEntry,
    automation_calls: list[ServiceCall],
    pass_seconds: Wait,
    condition: str,
    options: dict[str, Any],
    quiet: int,
    while_it_lasts: int,
) -> None:
    asked = {
        "condition": f"aux_heat_guard.{condition}",
        "target": {"device_id": device_of(hass, guard)},
        "options": {"behavior": "any", **options},
    }
    await add_automations(
        hass, triggers={"trigger": "event", "event_type": "ask"}, conditions=asked
    )
    hass.bus.async_fire("ask")
    await hass.async_block_till_done()
    assert len(automation_calls) == quiet
    await run_aux(hass, pass_seconds)
    hass.bus.async_fire("ask")
    await hass.async_block_till_done()
    assert len(automation_calls) == while_it_lasts


class TestWhatIsOffered:
    """The entities that the editor offers for a target, by the filters of the descriptions."""

    async def list_offered(
        self, hass: HomeAssistant, client: MockHAClientWebSocket, kind: str, entity_id: str
    ) -> set[str]:
        assert await async_setup_component(hass, "automation", {})
        await client.send_json_auto_id(
            {"type": f"get_{kind}_for_target", "target": {"entity_id": [entity_id]}}
        )
        answer = await client.receive_json()
        return {name for name in answer["result"] if name.startswith("aux_heat_guard.")}

    @pytest.mark.parametrize(
        ("key", "triggers", "conditions"),
        [
            ("aux_heat", {"aux_started", "aux_stopped"}, {"aux_running"}),
            ("alert", set(), {"alert_active"}),
            ("emergency_heat", set(), set()),
            ("alert_event", {"alert_raised", "alert_cleared", "near_freezing"}, set()),
        ],
    )
    async def test_each_of_our_entities_offers_what_it_can_do(  # noqa: PLR0913, PLR0917
        self,
        hass: HomeAssistant,
        guard: MockConfigEntry,
        hass_ws_client: WebSocketGenerator,
        key: str,
        triggers: set[str],
        conditions: set[str],
    ) -> None:
        client, entity_id = await hass_ws_client(hass), entity_id_of(hass, guard, key)
        for kind, names in (("triggers", triggers), ("conditions", conditions)):
            offered = await self.list_offered(hass, client, kind, entity_id)
            assert offered == {f"aux_heat_guard.{name}" for name in names}

    async def test_a_washing_machine_offers_nothing_of_ours(
        self, hass: HomeAssistant, hass_ws_client: WebSocketGenerator
    ) -> None:
        washer = {
            "binary_sensor": {"name": "Washer", "state": "{{ true }}", "device_class": "running"}
        }
        assert await async_setup_component(hass, "template", {"template": [washer]})
        await hass.async_block_till_done()
        assert hass.states.is_state("binary_sensor.washer", "on")
        client = await hass_ws_client(hass)
        for kind in ("triggers", "conditions"):
            assert await self.list_offered(hass, client, kind, "binary_sensor.washer") == set()


async def test_the_same_with_plain_triggers(
    hass: HomeAssistant,
    guard: MockConfigEntry,
    automation_calls: list[ServiceCall],
    pass_seconds: Wait,
) -> None:
    await add_automations(
        hass,
        triggers=[
            {"trigger": "state", "entity_id": entity_id_of(hass, guard, "aux_heat"), "to": "on"},
            {
                "trigger": "state",
                "entity_id": entity_id_of(hass, guard, "alert"),
                "to": ["on", "off"],
            },
            {
                "trigger": "event",
                "event_type": "aux_heat_guard_alert",
                "event_data": {"alert": "long_run", "notice": "raised"},
            },
            {"trigger": "state", "entity_id": entity_id_of(hass, guard, "alert_event")},
        ],
    )
    await run_aux(hass, pass_seconds)
    assert len(automation_calls) == 4
    await stop_aux(hass)
    assert len(automation_calls) == 6


type Use = Callable[..., Any]


@pytest.fixture
async def use_blueprint(hass: HomeAssistant) -> AsyncIterator[Use]:
    """Create an automation from a blueprint, and turn it off at the end."""

    async def using(name: str, **inputs: Any) -> None:
        data = load_yaml(str(BLUEPRINTS / f"{name}.yaml"))
        assert isinstance(data, dict)
        blueprint = Blueprint(
            data,
            expected_domain="automation",
            path=f"{name}.yaml",
            schema=AUTOMATION_BLUEPRINT_SCHEMA,
        )
        config = {"automation": {"use_blueprint": {"path": f"{name}.yaml", "input": inputs}}}
        with patch.object(DomainBlueprints, "_load_blueprint", return_value=blueprint):
            assert await async_setup_component(hass, "automation", config)
            await hass.async_block_till_done()
        assert hass.states.async_entity_ids("automation")

    yield using
    await hass.services.async_call("automation", "turn_off", {"entity_id": "all"}, blocking=True)


def test_all_blueprints_are_tested() -> None:
    tested = {"alert_on_phone", "announce_on_speaker", "furnace_near_freezing", "morning_report"}
    assert {path.stem for path in BLUEPRINTS.glob("*.yaml")} == tested


@pytest.fixture
def app_device_id(hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch) -> str:
    """Add a device of the companion app. Two voice packages that it imports are replaced."""
    monkeypatch.setitem(sys.modules, "pymicro_vad", ModuleType("pymicro_vad"))
    monkeypatch.setitem(sys.modules, "pyspeex_noise", ModuleType("pyspeex_noise"))
    sys.modules["pymicro_vad"].MicroVad = object  # type: ignore[attr-defined]
    sys.modules["pyspeex_noise"].AudioProcessor = object  # type: ignore[attr-defined]
    device_action = import_module("homeassistant.components.mobile_app.device_action")
    monkeypatch.setattr(device_action, "webhook_id_from_device_id", lambda *_: "w")
    monkeypatch.setattr(device_action, "get_notify_service", lambda *_: "mobile_app_phone")
    entry = MockConfigEntry(domain="mobile_app", title="Phone", state=ConfigEntryState.LOADED)
    entry.add_to_hass(hass)
    return (
        dr.async_get(hass)
        .async_get_or_create(config_entry_id=entry.entry_id, identifiers={("mobile_app", "w")})
        .id
    )


@pytest.mark.parametrize(("alerts", "count"), [([], 1), (["long_run"], 1), (["overrun"], 0)])
async def test_blueprint_alert_on_phone(  # noqa: PLR0913, PLR0917
    hass: HomeAssistant,
    guard: MockConfigEntry,
    app_device_id: str,
    use_blueprint: Use,
    pass_seconds: Wait,
    alerts: list[str],
    count: int,
) -> None:
    sent, snoozed = (
        async_mock_service(hass, "notify", "mobile_app_phone"),
        async_mock_service(hass, "aux_heat_guard", "snooze"),
    )
    await use_blueprint(
        "alert_on_phone", guard=device_of(hass, guard), phone=app_device_id, alerts=alerts
    )
    await run_aux(hass, pass_seconds)
    assert len(sent) == count
    if not count:
        return
    assert sent[0].data["title"] == "AUX has been on for 10 min"
    assert [button["title"] for button in sent[0].data["data"]["actions"]] == [
        "Snooze 24 h",
        "Allow AUX 2 h",
        "Open",
    ]
    hass.bus.async_fire(
        "mobile_app_notification_action", {"action": sent[0].data["data"]["actions"][0]["action"]}
    )
    await hass.async_block_till_done()
    assert snoozed[0].data == {"device_id": [device_of(hass, guard)], "alert": "long_run"}
    await stop_aux(hass)
    await hass.async_block_till_done()
    assert sent[-1].data["message"] == "clear_notification"
    assert sent[-1].data["data"] == {"tag": sent[0].data["data"]["tag"]}


@pytest.mark.parametrize(("hour", "count"), [("12:00", 1), ("21:30", 0)])
async def test_blueprint_announce_on_speaker(  # noqa: PLR0913, PLR0917
    hass: HomeAssistant,
    guard: MockConfigEntry,
    use_blueprint: Use,
    pass_seconds: Wait,
    freezer: FrozenDateTimeFactory,
    hour: str,
    count: int,
) -> None:
    freezer.move_to(f"2027-01-15 {hour}:00-05:00")
    spoken = async_mock_service(hass, "tts", "speak")
    await use_blueprint(
        "announce_on_speaker",
        guard=device_of(hass, guard),
        speaker="media_player.kitchen",
        voice="tts.voice",
    )
    await run_aux(hass, pass_seconds)
    assert len(spoken) == count
    if count:
        assert (
            spoken[0]
            .data["message"]
            .startswith("AUX has been on for 10 min. The strips have been on")
        )


async def test_blueprint_furnace_near_freezing(
    hass: HomeAssistant, use_blueprint: Use, pass_seconds: Wait
) -> None:
    furnace, pump = (
        async_mock_service(hass, "test", "furnace"),
        async_mock_service(hass, "test", "pump"),
    )
    hass.states.async_set("sensor.out", "40")
    sequences = {"furnace": [{"action": "test.furnace"}], "pump": [{"action": "test.pump"}]}
    await use_blueprint("furnace_near_freezing", outdoor="sensor.out", threshold=35, **sequences)
    hass.states.async_set("sensor.out", "34")
    await pass_seconds(660)
    assert (len(furnace), len(pump)) == (1, 0)
    hass.states.async_set("sensor.out", "36")
    await pass_seconds(3600)
    assert (len(furnace), len(pump)) == (1, 0)
    hass.states.async_set("sensor.out", "37.5")
    await pass_seconds(1860)
    assert (len(furnace), len(pump)) == (1, 1)


@pytest.mark.parametrize(
    ("runs", "always", "count"), [(True, False, 1), (False, False, 0), (False, True, 1)]
)
async def test_blueprint_morning_report(  # noqa: PLR0913, PLR0917
    hass: HomeAssistant,
    guard: MockConfigEntry,
    use_blueprint: Use,
    pass_seconds: Wait,
    runs: bool,
    always: bool,
    count: int,
) -> None:
    notifications = async_mock_service(hass, "test", "tell")
    tell = [{"action": "test.tell", "data": {"title": "{{ title }}", "message": "{{ message }}"}}]
    await use_blueprint("morning_report", guard=guard.entry_id, always=always, tell=tell)
    if runs:
        await run_aux(hass, pass_seconds, 4500)
        await stop_aux(hass)
    await pass_seconds(21 * 3600)
    assert len(notifications) == count
    if runs:
        assert notifications[0].data["title"] == "AUX yesterday: 1 h 15 min"
        assert notifications[0].data["message"].startswith("On 1 times, 12.5 kWh")
