"""Entities and actions in the options: renamed ones are followed, missing ones get a repair."""

import asyncio
from http import HTTPStatus
from typing import Any

from homeassistant.config_entries import ConfigEntryDisabler, ConfigEntryState
from homeassistant.const import EVENT_HOMEASSISTANT_STARTED
from homeassistant.core import CoreState, HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    MockModule,
    async_mock_service,
    mock_integration,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.aux_heat_guard.const import DOMAIN
from custom_components.aux_heat_guard.options.guard import read_other_thermostats
from custom_components.aux_heat_guard.options.references import (
    referenced_actions,
    referenced_entities,
    with_action,
    with_entity,
)
from tests.integration.conftest import Wait
from tests.integration.home import THERMOSTAT, add_guard, set_thermostat
from tests.integration.protection import HOUR, MINUTE, add_protected_guard, set_outdoor
from tests.integration.thermostats import RealThermostat

OPTION_PLACES: dict[str, tuple[str, dict[str, Any]]] = {
    "outdoor": ("sensor.out", {"outdoor": {"entity_id": "sensor.out", "attribute": None}}),
    "forecast": ("weather.home", {"forecast": "weather.home"}),
    "meter": (
        "sensor.kwh",
        {"energy": {"kind": "meter", "entity_id": "sensor.kwh", "attribute": None}},
    ),
    "price": ("sensor.price", {"price": {"kind": "entity", "entity_id": "sensor.price"}}),
    "schedule": ("schedule.heat", {"protection": {"schedule": "schedule.heat"}}),
    "furnace": ("switch.gas", {"protection": {"furnace_on": True, "furnace_entity": "switch.gas"}}),
    "lockout": (
        "number.aux",
        {"protection": {"lockout_on": True, "lockout_entity": "number.aux", "lockout_value": "35"}},
    ),
    "notify entity": ("notify.desk", {"notify": {"entities": ["notify.desk", "notify.hall"]}}),
    "another thermostat": ("climate.attic", {"other_thermostats": ["climate.attic"]}),
    "an action": (
        "light.red",
        {
            "notify": {
                "actions": [{"action": "light.turn_on", "target": {"entity_id": ["light.red"]}}]
            }
        },
    ),
    "a list in an action": (
        "light.red",
        {
            "notify": {
                "actions": [
                    {"action": "light.turn_on", "data": {"entity_id": "light.x, light.red"}}
                ]
            }
        },
    ),
    "resume": (
        "switch.hold",
        {
            "protection": {
                "resume": [{"action": "switch.turn_off", "target": {"entity_id": "switch.hold"}}]
            }
        },
    ),
    "a furnace's actions": (
        "switch.gas",
        {
            "protection": {
                "furnace_on": True,
                "furnace_actions": [
                    {"action": "switch.turn_on", "target": {"entity_id": "switch.gas"}}
                ],
                "furnace_back": [
                    {
                        "if": [],
                        "then": [
                            {"action": "switch.turn_off", "target": {"entity_id": "switch.gas"}}
                        ],
                    }
                ],
            }
        },
    ),
}
KNOWN_NAMES = ("notify.hall", "light.x")


def entity_issues(hass: HomeAssistant) -> set[str]:
    return {
        issue.translation_placeholders["entity"]
        for issue in _issues(hass, "source_missing")
        if issue.translation_placeholders
    }


def action_issues(hass: HomeAssistant) -> set[str]:
    return {
        issue.translation_placeholders["action"]
        for issue in _issues(hass, "action_missing")
        if issue.translation_placeholders
    }


def _issues(hass: HomeAssistant, key: str) -> list[ir.IssueEntry]:
    return [
        issue
        for (domain, _), issue in ir.async_get(hass).issues.items()
        if domain == DOMAIN and issue.translation_key == key
    ]


def register(hass: HomeAssistant, entity_id: str) -> None:
    domain, name = entity_id.split(".")
    er.async_get(hass).async_get_or_create(domain, "maker", name, suggested_object_id=name)


def rename(hass: HomeAssistant, old: str, new: str) -> None:
    """Rename an entity as its integration does: the state goes along."""
    state = hass.states.get(old)
    er.async_get(hass).async_update_entity(old, new_entity_id=new)
    hass.states.async_remove(old)
    if state is not None:
        hass.states.async_set(new, state.state, state.attributes)


@pytest.fixture(autouse=True)
def _thermostat(hass: HomeAssistant) -> None:
    set_thermostat(hass)
    for entity_id in KNOWN_NAMES:
        hass.states.async_set(entity_id, "on")


@pytest.mark.parametrize(("entity_id", "options"), OPTION_PLACES.values(), ids=OPTION_PLACES.keys())
class TestEachPlace:
    async def test_a_renamed_entity_is_followed(
        self, hass: HomeAssistant, entity_id: str, options: dict[str, Any]
    ) -> None:
        register(hass, entity_id)
        hass.states.async_set(entity_id, "1")
        entry = await add_guard(hass, **options)
        assert entity_id in referenced_entities(entry.options)
        new = f"{entity_id}_2"
        rename(hass, entity_id, new)
        await hass.async_block_till_done(wait_background_tasks=True)
        assert entity_id not in referenced_entities(entry.options)
        assert new in referenced_entities(entry.options)
        assert with_entity(entry.options, new, entity_id) == {**entry.options, **options}
        assert entry.state is ConfigEntryState.LOADED
        assert entity_issues(hass) == set()

    @pytest.mark.usefixtures("pass_seconds")
    async def test_a_missing_entity_is_reported_and_can_be_replaced(
        self,
        hass: HomeAssistant,
        hass_client: ClientSessionGenerator,
        entity_id: str,
        options: dict[str, Any],
    ) -> None:
        assert await async_setup_component(hass, "repairs", {})
        hass.states.async_set(entity_id, "1")
        entry = await add_guard(hass, **options)
        assert entity_issues(hass) == set()
        hass.states.async_remove(entity_id)
        await hass.async_block_till_done()
        assert entity_issues(hass) == {entity_id}

        hass.states.async_set(f"{entity_id}_new", "1", {"supported_features": 1})
        (issue,) = _issues(hass, "source_missing")
        client = await hass_client()
        flow = await _post(
            client, "/api/repairs/issues/fix", {"handler": DOMAIN, "issue_id": issue.issue_id}
        )
        flow = await _post(
            client, f"/api/repairs/issues/fix/{flow['flow_id']}", {"entity_id": f"{entity_id}_new"}
        )
        assert flow["type"] == "create_entry"
        await hass.async_block_till_done(wait_background_tasks=True)
        assert f"{entity_id}_new" in referenced_entities(entry.options)
        assert entity_issues(hass) == set()

    async def test_an_entity_missing_during_startup_is_not_reported(
        self, hass: HomeAssistant, entity_id: str, options: dict[str, Any]
    ) -> None:
        hass.set_state(CoreState.starting)
        await add_guard(hass, **options)
        assert entity_issues(hass) == set()
        hass.set_state(CoreState.running)
        hass.bus.async_fire(EVENT_HOMEASSISTANT_STARTED)
        await hass.async_block_till_done(wait_background_tasks=True)
        assert entity_issues(hass) == {entity_id}
        hass.states.async_set(entity_id, "1")
        await hass.async_block_till_done()
        assert entity_issues(hass) == set()


async def test_a_weather_entity_without_forecasts_is_no_replacement(
    hass: HomeAssistant, hass_client: ClientSessionGenerator
) -> None:
    assert await async_setup_component(hass, "repairs", {})
    await add_guard(hass, forecast="weather.home")
    hass.states.async_set("weather.barometer", "sunny")
    (issue,) = _issues(hass, "source_missing")
    client = await hass_client()
    flow = await _post(
        client, "/api/repairs/issues/fix", {"handler": DOMAIN, "issue_id": issue.issue_id}
    )
    flow = await _post(
        client, f"/api/repairs/issues/fix/{flow['flow_id']}", {"entity_id": "weather.barometer"}
    )
    assert flow["errors"] == {"entity_id": "no_forecast"}


async def test_references_of_disabled_features_are_renamed_and_not_reported(
    hass: HomeAssistant,
) -> None:
    register(hass, "switch.gas")
    entry = await add_guard(hass, protection={"furnace_on": False, "furnace_entity": "switch.gas"})
    er.async_get(hass).async_update_entity("switch.gas", new_entity_id="switch.oil")
    await hass.async_block_till_done(wait_background_tasks=True)
    assert entry.options["protection"]["furnace_entity"] == "switch.oil"
    assert entity_issues(hass) == set()


async def test_all_entities_of_a_device_are_renamed_one_after_the_other(
    hass: HomeAssistant,
) -> None:
    names = [THERMOSTAT, "binary_sensor.w2_relay", "sensor.out", "sensor.price"]
    hass.states.async_remove(THERMOSTAT)
    for entity_id in names:
        register(hass, entity_id)
    set_thermostat(hass)
    hass.states.async_set("binary_sensor.w2_relay", "off")
    hass.states.async_set("sensor.out", "3")
    hass.states.async_set("sensor.price", "1")
    relay = {
        "kind": "on_off",
        "role": "aux",
        "quality": "measured",
        "entity_id": "binary_sensor.w2_relay",
        "attribute": None,
    }
    outdoor, price = (
        {"entity_id": "sensor.out", "attribute": None},
        {"kind": "entity", "entity_id": "sensor.price"},
    )
    entry = await add_guard(hass, signals=[relay], outdoor=outdoor, price=price)
    for entity_id in names:
        rename(hass, entity_id, f"{entity_id}_hall")
        # Reloads begin in between.
        await asyncio.sleep(0)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert referenced_entities(entry.options) == {f"{entity_id}_hall" for entity_id in names}
    assert entry.runtime_data.guard_config.watched == referenced_entities(entry.options)
    assert entity_issues(hass) == set()


async def test_a_source_that_is_renamed_while_the_guard_is_being_set_up_is_followed(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    register(hass, "sensor.out")
    hass.states.async_set("sensor.out", "3")
    await add_guard(hass, "climate.other", signals=[])
    set_up = hass.config_entries.async_forward_entry_setups

    async def rename_and_set_up(*args: Any) -> None:
        if hass.states.get("sensor.out") is not None:
            rename(hass, "sensor.out", "sensor.garden")
        await set_up(*args)

    monkeypatch.setattr(hass.config_entries, "async_forward_entry_setups", rename_and_set_up)
    entry = await add_guard(hass, outdoor={"entity_id": "sensor.out", "attribute": None})
    await hass.async_block_till_done(wait_background_tasks=True)
    assert entry.options["outdoor"]["entity_id"] == "sensor.garden"
    assert "sensor.garden" in entry.runtime_data.guard_config.watched


async def test_a_disabled_guard_follows_renames(hass: HomeAssistant) -> None:
    register(hass, "sensor.out")
    await add_guard(hass, "climate.other", signals=[])
    entry = await add_guard(hass, outdoor={"entity_id": "sensor.out", "attribute": None})
    await hass.config_entries.async_set_disabled_by(entry.entry_id, ConfigEntryDisabler.USER)
    er.async_get(hass).async_update_entity("sensor.out", new_entity_id="sensor.garden")
    await hass.async_block_till_done()
    assert entry.options["outdoor"]["entity_id"] == "sensor.garden"


@pytest.mark.parametrize("end", ["weather", "unload", "crash"])
async def test_a_furnace_that_is_renamed_while_it_heats_is_put_back(
    hass: HomeAssistant,
    thermostat: RealThermostat,
    pass_seconds: Wait,
    hass_storage: dict[str, Any],
    end: str,
) -> None:
    assert thermostat.calls == []
    assert await async_setup_component(hass, "input_boolean", {})
    register(hass, "input_boolean.gas")
    calls: list[tuple[str, str]] = []
    for action in ("turn_on", "turn_off"):

        async def act(call: Any, action: str = action) -> None:
            calls.append(
                (
                    call.data["entity_id"][0]
                    if isinstance(call.data["entity_id"], list)
                    else call.data["entity_id"],
                    action,
                )
            )
            hass.states.async_set(calls[-1][0], action.removeprefix("turn_"))

        hass.services.async_register("input_boolean", action, act)
    hass.states.async_set("input_boolean.gas", "off")
    entry = await add_protected_guard(
        hass, furnace_on=True, furnace_entity="input_boolean.gas", cap_on=False
    )
    set_outdoor(hass, 20)
    await pass_seconds(31 * MINUTE)
    assert calls == [("input_boolean.gas", "turn_on")]
    rename(hass, "input_boolean.gas", "input_boolean.furnace")
    await hass.async_block_till_done(wait_background_tasks=True)
    assert calls == [("input_boolean.gas", "turn_on")]
    if end == "weather":
        set_outdoor(hass, 50)
        await pass_seconds(31 * MINUTE)
    elif end == "unload":
        await hass.config_entries.async_unload(entry.entry_id)
    else:
        kept = dict(hass_storage)
        await hass.config_entries.async_unload(entry.entry_id)
        hass_storage.update({name: file for name, file in kept.items() if entry.entry_id in name})
        hass.states.async_set("input_boolean.furnace", "on")
        calls.clear()
        calls.append(("input_boolean.gas", "turn_on"))
        set_outdoor(hass, 50)
        await hass.config_entries.async_setup(entry.entry_id)
        await pass_seconds(HOUR)
    assert calls == [("input_boolean.gas", "turn_on"), ("input_boolean.furnace", "turn_off")]


class TestPhones:
    def add_phone(self, hass: HomeAssistant, name: str = "My Phone") -> MockConfigEntry:
        """Add a companion app that is signed in."""
        mock_integration(hass, MockModule("mobile_app"))
        entry = MockConfigEntry(domain="mobile_app", title=name, data={"device_name": name})
        entry.add_to_hass(hass)
        return entry

    async def test_a_renamed_phone_is_followed(
        self, hass: HomeAssistant, pass_seconds: Wait
    ) -> None:
        phone = self.add_phone(hass)
        async_mock_service(hass, "notify", "mobile_app_my_phone")
        action = {"action": "notify.mobile_app_my_phone", "data": {"message": "{{ message }}"}}
        notify = {
            "phones": ["mobile_app_my_phone", "family"],
            "actions": [action],
            "entities": ["notify.mobile_app_my_phone"],
        }
        async_mock_service(hass, "notify", "family")
        entry = await add_guard(hass, notify=notify)
        hass.config_entries.async_update_entry(phone, data={"device_name": "Pixel 12"})
        async_mock_service(hass, "notify", "mobile_app_pixel_12")
        hass.services.async_remove("notify", "mobile_app_my_phone")
        await pass_seconds(HOUR)
        assert entry.options["notify"] == {
            "phones": ["mobile_app_pixel_12", "family"],
            "actions": [{**action, "action": "notify.mobile_app_pixel_12"}],
            "entities": ["notify.mobile_app_my_phone"],
        }
        assert entry.runtime_data.guard_config.channels.phones == ("mobile_app_pixel_12", "family")
        assert action_issues(hass) == set()

    async def test_a_phone_that_came_later_is_followed_too(self, hass: HomeAssistant) -> None:
        entry = await add_guard(hass, notify={"phones": ["mobile_app_my_phone"]})
        mock_integration(hass, MockModule("mobile_app"))
        phone = MockConfigEntry(
            domain="mobile_app", title="My Phone", data={"device_name": "My Phone"}
        )
        await hass.config_entries.async_add(phone)
        hass.config_entries.async_update_entry(phone, data={"device_name": "Pixel"})
        hass.config_entries.async_update_entry(phone, data={})
        await hass.async_block_till_done()
        assert entry.options["notify"]["phones"] == ["mobile_app_pixel"]

    async def test_phones_with_the_same_name_are_not_followed(self, hass: HomeAssistant) -> None:
        phone = self.add_phone(hass)
        self.add_phone(hass)
        entry = await add_guard(hass, notify={"phones": ["mobile_app_my_phone"]})
        hass.config_entries.async_update_entry(phone, data={"device_name": "Pixel"})
        assert entry.options["notify"]["phones"] == ["mobile_app_my_phone"]

    async def test_a_missing_phone_is_reported_until_it_returns(
        self, hass: HomeAssistant, pass_seconds: Wait
    ) -> None:
        phone = self.add_phone(hass)
        async_mock_service(hass, "notify", "mobile_app_my_phone")
        entry = await add_guard(hass, notify={"phones": ["mobile_app_my_phone"]})
        await hass.config_entries.async_remove(phone.entry_id)
        hass.services.async_remove("notify", "mobile_app_my_phone")
        await pass_seconds(4 * MINUTE)
        assert action_issues(hass) == set()
        await pass_seconds(2 * MINUTE)
        assert action_issues(hass) == {"notify.mobile_app_my_phone"}
        async_mock_service(hass, "notify", "mobile_app_my_phone")
        await hass.async_block_till_done()
        assert action_issues(hass) == set()
        hass.services.async_remove("notify", "mobile_app_my_phone")
        await pass_seconds(6 * MINUTE)
        assert action_issues(hass) == {"notify.mobile_app_my_phone"}
        hass.config_entries.async_update_entry(
            entry, options={**entry.options, "notify": {"phones": []}}
        )
        await hass.async_block_till_done()
        assert action_issues(hass) == set()

    async def test_a_repair_ends_with_its_reference_though_other_options_are_broken(
        self, hass: HomeAssistant, pass_seconds: Wait
    ) -> None:
        entry = await add_guard(hass, notify={"phones": ["mobile_app_my_phone"]})
        await pass_seconds(6 * MINUTE)
        assert action_issues(hass) == {"notify.mobile_app_my_phone"}

        hass.config_entries.async_update_entry(
            entry, options={**entry.options, "notify": {"phones": []}, "signals": 5}
        )
        await hass.async_block_till_done(wait_background_tasks=True)

        assert entry.state is ConfigEntryState.SETUP_ERROR
        assert action_issues(hass) == set()

    async def test_a_briefly_missing_action_is_not_reported(
        self, hass: HomeAssistant, pass_seconds: Wait
    ) -> None:
        async_mock_service(hass, "notify", "mobile_app_my_phone")
        await add_guard(hass, notify={"phones": ["mobile_app_my_phone"]})
        hass.services.async_remove("notify", "mobile_app_my_phone")
        await pass_seconds(MINUTE)
        async_mock_service(hass, "notify", "mobile_app_my_phone")
        await pass_seconds(HOUR)
        assert action_issues(hass) == set()

    @pytest.mark.parametrize(
        "options",
        [
            {"notify": {"actions": [{"action": "maker.speak"}]}},
            {"notify": {"actions": [{"if": [], "then": [{"service": "maker.speak"}]}]}},
            {"protection": {"resume": [{"action": "maker.speak"}]}},
            {"protection": {"lockout_on": True, "lockout_actions": [{"action": "maker.speak"}]}},
        ],
    )
    async def test_any_action_that_is_gone_is_reported_until_the_guard_is_removed(
        self, hass: HomeAssistant, pass_seconds: Wait, options: dict[str, Any]
    ) -> None:
        entry = await add_guard(hass, **options)
        await pass_seconds(6 * MINUTE)
        assert action_issues(hass) == {"maker.speak"}
        await hass.config_entries.async_remove(entry.entry_id)
        assert action_issues(hass) == set()


OPTIONS: dict[str, Any] = {
    "thermostat": "climate.a",
    "signals": [],
    "outdoor": None,
    "equipment": "strips",
}


class TestNames:
    def options_with_actions(self, **step: Any) -> dict[str, Any]:
        return {**OPTIONS, "notify": {"actions": [step]}}

    @pytest.mark.parametrize(
        ("text", "changed"),
        [
            ("{{ states('sensor.x') }}", "{{ states('sensor.y') }}"),
            ("{{ states.sensor.x.state }}", "{{ states.sensor.y.state }}"),
            ("sensor.x,sensor.xx", "sensor.y,sensor.xx"),
            ("my_sensor.x", "my_sensor.x"),
            ("binary_sensor.x", "binary_sensor.x"),
            ("sensor.x2", "sensor.x2"),
        ],
    )
    def test_only_whole_names_are_renamed(self, text: str, changed: str) -> None:
        assert with_entity(
            self.options_with_actions(data={"message": text}), "sensor.x", "sensor.y"
        ) == self.options_with_actions(data={"message": changed})

    def test_an_action_and_an_entity_of_one_name_are_two(self) -> None:
        options = self.options_with_actions(action="script.x", target={"entity_id": "script.x"})
        assert with_entity(options, "script.x", "script.y") == self.options_with_actions(
            action="script.x", target={"entity_id": "script.y"}
        )
        assert with_action(options, "script.x", "script.y") == self.options_with_actions(
            action="script.y", target={"entity_id": "script.x"}
        )

    def test_invalid_names_are_ignored(self) -> None:
        options = self.options_with_actions(
            action="{{ x }}",
            target={"entity_id": ["all", "{{ trigger.entity_id }}", 7]},
            data={"n": 3, "tuple": (1, "a.b")},
        )
        assert referenced_entities(options) == {"climate.a"}
        assert referenced_actions(options) == frozenset()
        assert with_entity(options, "sensor.x", "sensor.y") == options

    @pytest.mark.parametrize("chosen", [None, "climate.b", [7, "", None, "climate.a"]])
    def test_invalid_other_thermostats_are_ignored(self, chosen: Any) -> None:
        assert read_other_thermostats({**OPTIONS, "other_thermostats": chosen}) == ()


async def _post(client: Any, url: str, data: dict[str, Any]) -> dict[str, Any]:
    response = await client.post(url, json=data)
    assert response.status == HTTPStatus.OK, await response.text()
    return dict(await response.json())
