"""A furnace that takes over in the cold, and aux heat that is locked out in mild weather."""

import asyncio
from collections.abc import Callable
from copy import deepcopy
from typing import Any

from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_mock_service

from custom_components.aux_heat_guard.const import DOMAIN
from custom_components.aux_heat_guard.control.switchover import Switchover
from custom_components.aux_heat_guard.core.model import Mode, SwitchoverKind
from custom_components.aux_heat_guard.options.protection import (
    is_switch_enabled,
    read_switch_target,
    with_protection,
)
from tests.integration.conftest import Wait
from tests.integration.protection import MINUTE, add_protected_guard, choose_mode, set_outdoor

FURNACE: dict[str, Any] = {
    "furnace_on": True,
    "furnace_entity": "input_select.heat",
    "furnace_value": "Furnace",
    "cap_on": False,
}
LOCKOUT: dict[str, Any] = {
    "lockout_on": True,
    "lockout_entity": "input_number.aux_below",
    "lockout_value": "35",
    "cap_on": False,
}


@pytest.fixture(autouse=True)
async def _helpers(hass: HomeAssistant, thermostat: Any) -> None:
    assert thermostat is not None
    assert await async_setup_component(hass, "homeassistant", {})
    assert await async_setup_component(
        hass,
        "input_select",
        {"input_select": {"heat": {"options": ["Pump", "Auto", "Furnace"], "initial": "Auto"}}},
    )
    assert await async_setup_component(
        hass, "input_number", {"input_number": {"aux_below": {"min": 0, "max": 100, "initial": 60}}}
    )
    assert await async_setup_component(
        hass, "input_boolean", {"input_boolean": {"furnace": {"initial": False}}}
    )


def state_of(hass: HomeAssistant, entity_id: str) -> str:
    found = hass.states.get(entity_id)
    assert found is not None
    return found.state


async def test_the_furnace_takes_over_and_the_previous_state_is_restored(
    hass: HomeAssistant, pass_seconds: Wait
) -> None:
    await add_protected_guard(hass, **FURNACE)
    set_outdoor(hass, 20)
    await pass_seconds(MINUTE)
    assert state_of(hass, "input_select.heat") == "Furnace"
    set_outdoor(hass, 50)
    await pass_seconds(31 * MINUTE)
    assert state_of(hass, "input_select.heat") == "Auto"


async def test_aux_is_locked_out_while_it_is_mild(hass: HomeAssistant, pass_seconds: Wait) -> None:
    await add_protected_guard(hass, **LOCKOUT)
    await pass_seconds(MINUTE)
    assert float(state_of(hass, "input_number.aux_below")) == 35
    set_outdoor(hass, 20)
    await pass_seconds(31 * MINUTE)
    assert float(state_of(hass, "input_number.aux_below")) == 60


@pytest.mark.parametrize("end", ["monitor", "unload", "remove", "stop"])
async def test_unloading_restores_the_switch(
    hass: HomeAssistant, pass_seconds: Wait, end: str
) -> None:
    entry = await add_protected_guard(
        hass,
        furnace_on=True,
        furnace_entity="input_boolean.furnace",
        furnace_value="",
        cap_on=False,
    )
    set_outdoor(hass, 20)
    await pass_seconds(MINUTE)
    assert state_of(hass, "input_boolean.furnace") == "on"
    ends: dict[str, Callable[[], Any]] = {
        "monitor": lambda: choose_mode(hass, entry, Mode.MONITOR),
        "unload": lambda: hass.config_entries.async_unload(entry.entry_id),
        "remove": lambda: hass.config_entries.async_remove(entry.entry_id),
        "stop": lambda: hass.async_stop(force=True),
    }
    await ends[end]()
    await hass.async_block_till_done(wait_background_tasks=True)

    assert state_of(hass, "input_boolean.furnace") == "off"


async def test_a_crash_keeps_the_previous_state(
    hass: HomeAssistant, pass_seconds: Wait, hass_storage: dict[str, Any]
) -> None:
    entry = await add_protected_guard(hass, **FURNACE)
    set_outdoor(hass, 20)
    await pass_seconds(MINUTE)
    assert hass_storage[f"{DOMAIN}.{entry.entry_id}.switches"]["data"]["furnace"]["was"] == "Auto"


async def test_actions_can_switch_too(hass: HomeAssistant, pass_seconds: Wait) -> None:
    calls: list[ServiceCall] = async_mock_service(hass, "script", "heat")
    there, back = (
        [{"action": "script.heat", "data": {"with": name}}] for name in ("furnace", "pump")
    )
    await add_protected_guard(
        hass, furnace_on=True, furnace_actions=there, furnace_back=back, cap_on=False
    )
    set_outdoor(hass, 20)
    await pass_seconds(MINUTE)
    set_outdoor(hass, 50)
    await pass_seconds(31 * MINUTE)

    assert [call.data["with"] for call in calls] == ["furnace", "pump"]


@pytest.mark.parametrize(
    "protection",
    [
        pytest.param(
            {**FURNACE, "furnace_entity": "input_select.gone"}, id="an entity that is gone"
        ),
        pytest.param({**FURNACE, "furnace_value": "Stove"}, id="a value that is none"),
        pytest.param(
            {"furnace_on": True, "furnace_actions": [{"action": "not.there"}], "cap_on": False},
            id="an action that is none",
        ),
    ],
)
async def test_a_failing_switch_has_a_repair_until_it_works(
    hass: HomeAssistant, pass_seconds: Wait, protection: dict[str, Any]
) -> None:
    entry = await add_protected_guard(hass, **protection)
    set_outdoor(hass, 20)
    await pass_seconds(MINUTE)
    issue = (DOMAIN, f"unswitched_furnace_{entry.entry_id}")
    assert issue in ir.async_get(hass).issues

    await hass.config_entries.async_remove(entry.entry_id)
    assert issue not in ir.async_get(hass).issues


async def test_a_single_failure_raises_no_repair(hass: HomeAssistant, pass_seconds: Wait) -> None:
    refused = async_mock_service(
        hass, "input_select", "select_option", raise_exception=HomeAssistantError("No")
    )
    entry = await add_protected_guard(hass, **FURNACE)
    set_outdoor(hass, 20)
    await pass_seconds(MINUTE)
    issue = (DOMAIN, f"unswitched_furnace_{entry.entry_id}")
    assert refused
    assert issue in ir.async_get(hass).issues
    async_mock_service(hass, "input_select", "select_option")
    set_outdoor(hass, 50)
    await pass_seconds(31 * MINUTE)
    assert issue not in ir.async_get(hass).issues


async def test_a_hanging_switch_is_reported_and_retried(
    hass: HomeAssistant, pass_seconds: Wait, monkeypatch: pytest.MonkeyPatch
) -> None:
    answered = asyncio.Event()

    async def hanging(_call: ServiceCall) -> None:
        await answered.wait()

    monkeypatch.setattr(
        "custom_components.aux_heat_guard.control.switchover.SWITCH_TIMEOUT_SECONDS", 0
    )
    hass.services.async_register("input_select", "select_option", hanging)
    entry = await add_protected_guard(hass, **FURNACE)
    set_outdoor(hass, 20)
    await pass_seconds(4 * MINUTE)
    issue = (DOMAIN, f"unswitched_furnace_{entry.entry_id}")
    assert issue in ir.async_get(hass).issues
    monkeypatch.undo()
    answered.set()
    await pass_seconds(6 * MINUTE)

    assert issue not in ir.async_get(hass).issues


async def test_an_unavailable_switch_is_restored_at_the_next_start(
    hass: HomeAssistant, pass_seconds: Wait
) -> None:
    entry = await add_protected_guard(hass, **LOCKOUT)
    await pass_seconds(MINUTE)
    shown = hass.states.get("input_number.aux_below")
    assert shown is not None
    assert float(shown.state) == 35
    hass.states.async_set("input_number.aux_below", "unavailable")
    await hass.config_entries.async_unload(entry.entry_id)
    hass.states.async_set("input_number.aux_below", shown.state, shown.attributes)
    set_outdoor(hass, 10)
    await hass.config_entries.async_setup(entry.entry_id)
    await pass_seconds(31 * MINUTE)

    assert float(state_of(hass, "input_number.aux_below")) == 60


@pytest.mark.parametrize(
    "kept",
    [
        ["input_select.heat", "Auto"],
        {"furnace": ["input_select.heat", "Auto"]},
        {"stove": {}},
        {"furnace": {}},
    ],
)
async def test_invalid_stored_switches_are_ignored(
    hass: HomeAssistant, pass_seconds: Wait, hass_storage: dict[str, Any], kept: object
) -> None:
    entry = await add_protected_guard(hass, Mode.MONITOR, **FURNACE)
    hass_storage[f"{DOMAIN}.{entry.entry_id}.switches"] = {
        "version": 1,
        "minor_version": 1,
        "key": "",
        "data": kept,
    }
    await choose_mode(hass, entry, Mode.PROTECT)
    set_outdoor(hass, 20)
    await pass_seconds(MINUTE)
    # A thread sets the file aside.
    await hass.async_block_till_done(wait_background_tasks=True)
    assert state_of(hass, "input_select.heat") == "Furnace"
    await hass.config_entries.async_unload(entry.entry_id)

    assert state_of(hass, "input_select.heat") == "Auto"


async def test_two_simultaneous_switches_are_both_stored(
    hass: HomeAssistant, pass_seconds: Wait, hass_storage: dict[str, Any]
) -> None:
    entry = await add_protected_guard(hass, Mode.MONITOR, **{**FURNACE, **LOCKOUT})
    await pass_seconds(MINUTE)
    switching = Switchover(hass, entry)
    await asyncio.gather(*(switching.async_switch(switch, on=True) for switch in SwitchoverKind))
    assert {*hass_storage[f"{DOMAIN}.{entry.entry_id}.switches"]["data"]} == {*SwitchoverKind}
    assert await switching.async_restore(SwitchoverKind) == frozenset()

    assert hass_storage[f"{DOMAIN}.{entry.entry_id}.switches"]["data"] == {}
    assert state_of(hass, "input_select.heat") == "Auto"
    assert float(state_of(hass, "input_number.aux_below")) == 60


async def test_a_hanging_switch_does_not_delay_the_other(
    hass: HomeAssistant, pass_seconds: Wait
) -> None:
    answered = asyncio.Event()

    async def hanging(_call: ServiceCall) -> None:
        await answered.wait()

    entry = await add_protected_guard(hass, **{**FURNACE, **LOCKOUT, "furnace_below": -20.0})
    await pass_seconds(MINUTE)
    hass.services.async_register("input_select", "select_option", hanging)
    switching = Switchover(hass, entry)
    furnace = hass.async_create_task(switching.async_switch(SwitchoverKind.FURNACE, on=True))

    assert await switching.async_switch(SwitchoverKind.AUX_LOCKOUT, on=False)
    assert float(state_of(hass, "input_number.aux_below")) == 60
    answered.set()
    assert await furnace


async def test_a_hanging_switch_is_canceled_when_no_longer_wanted(
    hass: HomeAssistant, pass_seconds: Wait
) -> None:
    calls: list[ServiceCall] = async_mock_service(hass, "script", "heat")
    answered = asyncio.Event()

    async def hanging(_call: ServiceCall) -> None:
        await answered.wait()

    hass.services.async_register("script", "slow", hanging)
    back = [{"action": "script.heat", "data": {"with": "pump"}}]
    entry = await add_protected_guard(
        hass,
        furnace_on=True,
        furnace_actions=[{"action": "script.slow"}],
        furnace_back=back,
        cap_on=False,
    )
    await pass_seconds(MINUTE)
    switching = Switchover(hass, entry)
    hanged = hass.async_create_task(switching.async_switch(SwitchoverKind.FURNACE, on=True))

    assert await switching.async_switch(SwitchoverKind.FURNACE, on=False)
    assert not await hanged
    assert [call.data["with"] for call in calls] == ["pump"]
    answered.set()


@pytest.mark.parametrize(
    ("protection", "named"),
    [
        pytest.param({**FURNACE, "furnace_value": "Stove"}, "input_select.heat", id="an entity"),
        pytest.param(
            {"furnace_on": True, "furnace_actions": [{"action": "not.there"}], "cap_on": False},
            "not.there",
            id="actions",
        ),
    ],
)
async def test_the_repair_names_the_failing_entity(
    hass: HomeAssistant, pass_seconds: Wait, protection: dict[str, Any], named: str
) -> None:
    entry = await add_protected_guard(hass, **protection)
    set_outdoor(hass, 20)
    await pass_seconds(MINUTE)
    issue = ir.async_get(hass).async_get_issue(DOMAIN, f"unswitched_furnace_{entry.entry_id}")

    assert issue is not None
    assert issue.translation_placeholders is not None
    assert issue.translation_placeholders["entity"] == named


async def test_disabling_the_option_restores_the_switch(
    hass: HomeAssistant, pass_seconds: Wait
) -> None:
    entry = await add_protected_guard(hass, **FURNACE)
    set_outdoor(hass, 20)
    await pass_seconds(MINUTE)
    hass.config_entries.async_update_entry(
        entry, options=with_protection(entry.options, furnace_on=False, furnace_entity=None)
    )
    await pass_seconds(MINUTE)

    assert state_of(hass, "input_select.heat") == "Auto"


class TestAnotherChoice:
    """The options change while a switchover is on."""

    async def choose_options(
        self, hass: HomeAssistant, entry: MockConfigEntry, wait: Wait, **chosen: object
    ) -> None:
        hass.config_entries.async_update_entry(
            entry, options=with_protection(entry.options, **chosen)
        )
        await wait(MINUTE)

    async def test_changing_the_entity_restores_the_old_and_switches_the_new(
        self, hass: HomeAssistant, pass_seconds: Wait
    ) -> None:
        entry = await add_protected_guard(hass, **FURNACE)
        set_outdoor(hass, 20)
        await pass_seconds(MINUTE)
        await self.choose_options(
            hass, entry, pass_seconds, furnace_entity="input_boolean.furnace", furnace_value=""
        )

        assert state_of(hass, "input_select.heat") == "Auto"
        assert state_of(hass, "input_boolean.furnace") == "on"
        await hass.config_entries.async_unload(entry.entry_id)
        assert state_of(hass, "input_boolean.furnace") == "off"

    async def test_changing_the_value_sets_the_new_one(
        self, hass: HomeAssistant, pass_seconds: Wait
    ) -> None:
        entry = await add_protected_guard(hass, **FURNACE)
        set_outdoor(hass, 20)
        await pass_seconds(MINUTE)
        await self.choose_options(hass, entry, pass_seconds, furnace_value="Pump")

        assert state_of(hass, "input_select.heat") == "Pump"
        await hass.config_entries.async_unload(entry.entry_id)
        assert state_of(hass, "input_select.heat") == "Auto"

    async def test_a_restore_uses_the_options_of_its_switch(
        self, hass: HomeAssistant, pass_seconds: Wait
    ) -> None:
        calls: list[ServiceCall] = async_mock_service(hass, "script", "heat")
        there, back, other = (
            [{"action": "script.heat", "data": {"with": name}}]
            for name in ("furnace", "pump", "stove")
        )
        entry = await add_protected_guard(
            hass, furnace_on=True, furnace_actions=there, furnace_back=back, cap_on=False
        )
        set_outdoor(hass, 20)
        await pass_seconds(MINUTE)
        await self.choose_options(hass, entry, pass_seconds, furnace_actions=other, furnace_back=[])

        assert [call.data["with"] for call in calls] == ["furnace", "pump", "stove"]

    async def test_a_new_switch_waits_for_a_failing_restore(
        self, hass: HomeAssistant, pass_seconds: Wait
    ) -> None:
        entry = await add_protected_guard(hass, **FURNACE)
        set_outdoor(hass, 20)
        await pass_seconds(MINUTE)
        was = hass.states.get("input_select.heat")
        assert was is not None
        hass.states.async_set("input_select.heat", "unavailable")
        await self.choose_options(
            hass, entry, pass_seconds, furnace_entity="input_boolean.furnace", furnace_value=""
        )
        assert state_of(hass, "input_boolean.furnace") == "off"

        hass.states.async_set("input_select.heat", was.state, was.attributes)
        await pass_seconds(6 * MINUTE)
        assert state_of(hass, "input_select.heat") == "Auto"
        assert state_of(hass, "input_boolean.furnace") == "on"

    async def test_a_removed_entity_is_not_restored(
        self, hass: HomeAssistant, pass_seconds: Wait
    ) -> None:
        entry = await add_protected_guard(hass, **FURNACE)
        set_outdoor(hass, 20)
        await pass_seconds(MINUTE)
        hass.states.async_remove("input_select.heat")
        set_outdoor(hass, 50)
        await pass_seconds(31 * MINUTE)
        issue = ir.async_get(hass).async_get_issue(DOMAIN, f"unswitched_furnace_{entry.entry_id}")
        assert issue is not None
        assert issue.translation_placeholders is not None
        assert issue.translation_placeholders["entity"] == "input_select.heat"
        await self.choose_options(
            hass, entry, pass_seconds, furnace_entity="input_boolean.furnace", furnace_value=""
        )

        assert (
            ir.async_get(hass).async_get_issue(DOMAIN, f"unswitched_furnace_{entry.entry_id}")
            is None
        )
        assert state_of(hass, "input_boolean.furnace") == "off"

    async def test_a_changed_entity_is_restored_after_a_crash(
        self, hass: HomeAssistant, pass_seconds: Wait, hass_storage: dict[str, Any]
    ) -> None:
        entry = await add_protected_guard(hass, **FURNACE)
        set_outdoor(hass, 20)
        await pass_seconds(6 * MINUTE)
        disk = deepcopy({key: kept for key, kept in hass_storage.items() if entry.entry_id in key})
        await hass.config_entries.async_unload(entry.entry_id)
        hass_storage.update(disk)
        shown = hass.states.get("input_select.heat")
        assert shown is not None
        hass.states.async_set("input_select.heat", "Furnace", shown.attributes)
        await hass.config_entries.async_setup(entry.entry_id)
        await self.choose_options(
            hass, entry, pass_seconds, furnace_entity="input_boolean.furnace", furnace_value=""
        )

        assert state_of(hass, "input_select.heat") == "Auto"
        assert state_of(hass, "input_boolean.furnace") == "on"

    async def test_the_blocking_entity_is_named(
        self, hass: HomeAssistant, pass_seconds: Wait
    ) -> None:
        entry = await add_protected_guard(hass, **FURNACE)
        set_outdoor(hass, 20)
        await pass_seconds(MINUTE)
        hass.states.async_set("input_select.heat", "unavailable")
        await self.choose_options(
            hass, entry, pass_seconds, furnace_entity="input_boolean.furnace", furnace_value=""
        )
        issue = ir.async_get(hass).async_get_issue(DOMAIN, f"unswitched_furnace_{entry.entry_id}")

        assert issue is not None
        assert issue.translation_placeholders is not None
        assert issue.translation_placeholders["entity"] == "input_select.heat"

    async def test_changed_thresholds_switch_nothing(
        self, hass: HomeAssistant, pass_seconds: Wait
    ) -> None:
        calls: list[ServiceCall] = async_mock_service(hass, "script", "heat")
        there = [{"action": "script.heat", "data": {"with": "furnace"}}]
        entry = await add_protected_guard(
            hass, furnace_on=True, furnace_actions=there, cap_on=False
        )
        set_outdoor(hass, 20)
        await pass_seconds(MINUTE)
        await self.choose_options(hass, entry, pass_seconds, comfort_floor=60)

        assert len(calls) == 1


class TestOptions:
    async def open_form(self, hass: HomeAssistant, entry: MockConfigEntry, step_id: str) -> str:
        """Open a form of the options."""
        flow: Any = await hass.config_entries.options.async_init(entry.entry_id)
        form: Any = await hass.config_entries.options.async_configure(
            flow["flow_id"], {"next_step_id": step_id}
        )
        return str(form["flow_id"])

    @pytest.mark.parametrize("switch", [*SwitchoverKind])
    async def test_each_switch_has_a_form(
        self, hass: HomeAssistant, switch: SwitchoverKind
    ) -> None:
        entry = await add_protected_guard(hass)
        figure = {
            SwitchoverKind.FURNACE: "furnace_below",
            SwitchoverKind.AUX_LOCKOUT: "lockout_above",
        }[switch]
        flow_id = await self.open_form(hass, entry, switch.value)
        form: Any = await hass.config_entries.options.async_configure(
            flow_id, {f"{switch}_on": True, figure: 38}
        )
        assert form["errors"] == {"base": "nothing_to_switch"}
        chosen = {f"{switch}_on": True, figure: 38, f"{switch}_entity": "input_boolean.furnace"}
        await hass.config_entries.options.async_configure(flow_id, chosen)
        await hass.async_block_till_done()
        switched = read_switch_target(entry.options, switch)

        assert switched is not None
        assert (switched.entity_id, switched.value) == ("input_boolean.furnace", "on")
        flow_id = await self.open_form(hass, entry, switch.value)
        await hass.config_entries.options.async_configure(
            flow_id, {f"{switch}_on": False, figure: 38}
        )
        assert not is_switch_enabled(entry.options, switch)

    @pytest.mark.parametrize(
        ("entity", "value", "errors"),
        [
            pytest.param(
                "input_boolean.furnace",
                "banana",
                {"furnace_value": "value_unfit"},
                id="a switch is on or off",
            ),
            pytest.param("input_boolean.furnace", "Off", None, id="however that is written"),
            pytest.param(
                "input_select.heat",
                "",
                {"furnace_value": "value_unfit"},
                id="a select is one of its options",
            ),
            pytest.param("input_select.heat", "Furnace", None, id="such as this"),
            pytest.param(
                "input_number.aux_below",
                "abc",
                {"furnace_value": "value_unfit"},
                id="a number is a number",
            ),
            pytest.param(
                "input_number.aux_below",
                "120",
                {"furnace_value": "value_unfit"},
                id="that it can be set to",
            ),
            pytest.param("input_number.aux_below", "20", None, id="such as that"),
            pytest.param(
                "input_boolean.gone", "on", {"furnace_entity": "not_found"}, id="it is there"
            ),
            pytest.param(
                "switch.hallway_aux_heat_guard_leash",
                "off",
                {"furnace_entity": "guards_itself"},
                id="and none of ours",
            ),
        ],
    )
    async def test_entities_that_cannot_switch_are_rejected(
        self, hass: HomeAssistant, entity: str, value: str, errors: dict[str, str] | None
    ) -> None:
        entry = await add_protected_guard(hass)
        chosen = {
            "furnace_on": True,
            "furnace_below": 38,
            "furnace_entity": entity,
            "furnace_value": value,
        }
        form: Any = await hass.config_entries.options.async_configure(
            await self.open_form(hass, entry, "furnace"), chosen
        )

        assert form.get("errors") == errors


async def test_a_late_entity_is_switched_when_it_appears(
    hass: HomeAssistant, pass_seconds: Wait
) -> None:
    known = hass.states.get("input_boolean.furnace")
    assert known is not None
    hass.states.async_set("input_boolean.furnace", "unavailable")
    await add_protected_guard(
        hass, furnace_on=True, furnace_entity="input_boolean.furnace", cap_on=False
    )
    set_outdoor(hass, 20)
    await pass_seconds(MINUTE)
    hass.states.async_set("input_boolean.furnace", "off")
    await pass_seconds(6 * MINUTE)
    assert state_of(hass, "input_boolean.furnace") == "on"


async def test_an_unavailable_entity_is_restored_later(
    hass: HomeAssistant, pass_seconds: Wait
) -> None:
    entry = await add_protected_guard(hass, **FURNACE)
    set_outdoor(hass, 20)
    await pass_seconds(31 * MINUTE)
    shown = hass.states.get("input_select.heat")
    assert shown is not None
    hass.states.async_set("input_select.heat", "unavailable")
    set_outdoor(hass, 50)
    await pass_seconds(MINUTE)
    assert (DOMAIN, f"unswitched_furnace_{entry.entry_id}") in ir.async_get(hass).issues
    hass.states.async_set("input_select.heat", shown.state, shown.attributes)
    await pass_seconds(6 * MINUTE)
    assert state_of(hass, "input_select.heat") == "Auto"
    assert (DOMAIN, f"unswitched_furnace_{entry.entry_id}") not in ir.async_get(hass).issues
