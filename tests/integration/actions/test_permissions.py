"""Only users with control permission act on a guard; only users with read permission see it."""

from collections.abc import Callable
from typing import Any

from homeassistant.components.persistent_notification import DOMAIN as PERSISTENT
from homeassistant.core import Context, HomeAssistant, ServiceCall
from homeassistant.exceptions import HomeAssistantError, Unauthorized, UnknownUser
from homeassistant.helpers import area_registry as ar
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
from homeassistant.util.unit_system import US_CUSTOMARY_SYSTEM
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_mock_service

from custom_components.aux_heat_guard.const import DOMAIN
from custom_components.aux_heat_guard.core.model import Mode
from custom_components.aux_heat_guard.permissions import climate_entity_id
from custom_components.aux_heat_guard.publish.replies import EVENT_REPLY
from tests.integration.conftest import Wait
from tests.integration.home import add_guard, entity_id_of, read_state, set_thermostat
from tests.integration.protection import (
    CAP_ONLY,
    MINUTE,
    Setpoints,
    add_protected_guard,
    set_outdoor,
)
from tests.integration.thermostats import RealThermostat
from tests.integration.users import add_limited_user, user_context

ATTIC = "climate.attic"
AUX: dict[str, Any] = {
    "hvac_action": "heating",
    "equipment_running": "heatPump,auxHeat1",
    "current_temperature": 68.8,
}

type Effect = Callable[[HomeAssistant, MockConfigEntry], bool]


def _is_snoozed(hass: HomeAssistant, guard: MockConfigEntry) -> bool:
    return "long_run" in read_state(hass, guard, "alert").attributes["snoozed"]


def _is_acknowledged(hass: HomeAssistant, _guard: MockConfigEntry) -> bool:
    return not hass.data[PERSISTENT]


def _is_aux_allowed(hass: HomeAssistant, guard: MockConfigEntry) -> bool:
    return read_state(hass, guard, "alert").attributes["aux_allowed_until"] is not None


def _is_filter_clean(_hass: HomeAssistant, guard: MockConfigEntry) -> bool:
    return bool(guard.runtime_data.tracker.counters.airflow_seconds == 0)


def _is_recovery_planned(_hass: HomeAssistant, guard: MockConfigEntry) -> bool:
    return guard.runtime_data.engine_state.protection.recovery_request is not None


RECOVERY = {"temperature": 70, "ready_by": "2027-01-16 06:30:00"}
ACTIONS_THAT_CHANGE: dict[str, tuple[dict[str, Any], Effect]] = {
    "snooze": ({"alert": "long_run"}, _is_snoozed),
    "acknowledge": ({}, _is_acknowledged),
    "allow_aux": ({}, _is_aux_allowed),
    "clear_filter": ({}, _is_filter_clean),
    "plan_recovery": (RECOVERY, _is_recovery_planned),
}
ACTIONS_THAT_READ = ("explain", "get_report")
ACTIONS_FOR_ADMINS = ("rebuild_history",)


@pytest.fixture(autouse=True)
async def _home(hass: HomeAssistant) -> None:
    hass.config.units = US_CUSTOMARY_SYSTEM
    hass.states.async_set("sensor.outdoor", "40", {"unit_of_measurement": "°F"})
    assert await async_setup_component(hass, PERSISTENT, {})


async def add_guard_with_rights(
    hass: HomeAssistant, thermostat: str = "climate.hallway"
) -> MockConfigEntry:
    """Guard a thermostat; the guard protects, and alerts of a run of ten minutes."""
    set_thermostat(hass, thermostat)
    return await add_guard(
        hass,
        thermostat,
        outdoor={"entity_id": "sensor.outdoor", "attribute": None},
        alerts={"long_run": {"longest": 10}},
        notify={"phones": ["mobile_app_phone"]},
        protection={"mode": "protect", **CAP_ONLY},
    )


async def add_with_alert(hass: HomeAssistant, wait: Wait) -> MockConfigEntry:
    """Guard a thermostat whose aux heat has run for more than ten minutes."""
    guard = await add_guard_with_rights(hass)
    set_thermostat(hass, **AUX)
    await hass.async_block_till_done()
    await wait(660)
    await hass.async_block_till_done(wait_background_tasks=True)
    return guard


async def call_action(hass: HomeAssistant, action: str, context: Context, **data: Any) -> Any:
    """Call an action in the context of a user."""
    returns = action in ACTIONS_THAT_READ
    answer = await hass.services.async_call(
        DOMAIN, action, data, blocking=True, context=context, return_response=returns
    )
    await hass.async_block_till_done(wait_background_tasks=True)
    return answer


def climate_of(hass: HomeAssistant, guard: MockConfigEntry) -> str:
    return entity_id_of(hass, guard, "thermostat")


async def context_of(hass: HomeAssistant, who: str, guard: MockConfigEntry) -> Context:
    return await user_context(hass, who, climate_of(hass, guard))


async def test_every_action_is_covered(hass: HomeAssistant) -> None:
    await add_guard_with_rights(hass)
    assert set(hass.services.async_services_for_domain(DOMAIN)) == {
        *ACTIONS_THAT_CHANGE,
        *ACTIONS_THAT_READ,
        *ACTIONS_FOR_ADMINS,
    }


class TestActing:
    @pytest.mark.parametrize("action", ACTIONS_THAT_CHANGE)
    @pytest.mark.parametrize("who", ["read_only", "lamp", "source_only", "guard_read"])
    async def test_users_without_control_change_nothing(
        self, hass: HomeAssistant, pass_seconds: Wait, action: str, who: str
    ) -> None:
        guard = await add_with_alert(hass, pass_seconds)
        data, is_done = ACTIONS_THAT_CHANGE[action]
        context = await context_of(hass, who, guard)

        with pytest.raises(Unauthorized) as refused:
            await call_action(hass, action, context, **data)

        assert not isinstance(refused.value, UnknownUser)
        assert (refused.value.entity_id, refused.value.permission) == (
            climate_of(hass, guard),
            "control",
        )
        assert (refused.value.user_id, refused.value.config_entry_id) == (
            context.user_id,
            guard.entry_id,
        )
        assert not is_done(hass, guard)

    @pytest.mark.parametrize("action", ACTIONS_THAT_CHANGE)
    async def test_deleted_users_change_nothing(
        self, hass: HomeAssistant, pass_seconds: Wait, action: str
    ) -> None:
        guard = await add_with_alert(hass, pass_seconds)
        data, is_done = ACTIONS_THAT_CHANGE[action]
        context = await context_of(hass, "deleted", guard)

        with pytest.raises(UnknownUser) as refused:
            await call_action(hass, action, context, **data)

        assert (refused.value.user_id, refused.value.permission) == (context.user_id, "control")
        assert not is_done(hass, guard)

    @pytest.mark.parametrize("action", ACTIONS_THAT_CHANGE)
    @pytest.mark.parametrize(
        "who",
        ["admin", "user", "guard_control", "guard_all", "nobody", "automation_after_read_only"],
    )
    async def test_users_with_control_and_automations_can_act(
        self, hass: HomeAssistant, pass_seconds: Wait, action: str, who: str
    ) -> None:
        guard = await add_with_alert(hass, pass_seconds)
        data, is_done = ACTIONS_THAT_CHANGE[action]
        assert not is_done(hass, guard)

        await call_action(hass, action, await context_of(hass, who, guard), **data)

        assert is_done(hass, guard)

    async def test_a_denied_recovery_does_not_reveal_the_mode(self, hass: HomeAssistant) -> None:
        guard = await add_guard_with_rights(hass)
        await hass.services.async_call(
            "select",
            "select_option",
            {"entity_id": entity_id_of(hass, guard, "mode"), "option": "monitor"},
        )
        with pytest.raises(Unauthorized):
            await call_action(
                hass, "plan_recovery", await context_of(hass, "lamp", guard), **RECOVERY
            )
        with pytest.raises(Unauthorized):
            await call_action(
                hass,
                "plan_recovery",
                await context_of(hass, "lamp", guard),
                temperature=500,
                ready_by="2020-01-01 06:30:00",
            )


class TestTargets:
    @pytest.mark.parametrize("by", ["area", "device", "entity", "entry", "alert_entity"])
    async def test_every_target_selector_is_checked(self, hass: HomeAssistant, by: str) -> None:
        guard = await add_guard_with_rights(hass)
        lamp = await context_of(hass, "lamp", guard)

        with pytest.raises(Unauthorized):
            await call_action(hass, "allow_aux", lamp, **target_of(hass, guard, by))
        assert not _is_aux_allowed(hass, guard)

        await call_action(
            hass,
            "allow_aux",
            await context_of(hass, "guard_control", guard),
            **target_of(hass, guard, by),
        )
        assert _is_aux_allowed(hass, guard)

    async def test_a_denied_guard_in_a_target_changes_none(self, hass: HomeAssistant) -> None:
        hallway, attic = await add_guard_with_rights(hass), await add_guard_with_rights(hass, ATTIC)
        area_id = target_of(hass, hallway, "area")["area_id"]
        dr.async_get(hass).async_update_device(device_of(hass, attic).id, area_id=area_id)

        for mine, other in ((hallway, attic), (attic, hallway)):
            context = await context_of(hass, "guard_control", mine)
            with pytest.raises(Unauthorized) as refused:
                await call_action(hass, "allow_aux", context, area_id=area_id)
            assert refused.value.entity_id == climate_of(hass, other)
        assert not _is_aux_allowed(hass, hallway)
        assert not _is_aux_allowed(hass, attic)

        await call_action(
            hass, "allow_aux", await context_of(hass, "user", hallway), area_id=area_id
        )
        assert _is_aux_allowed(hass, hallway)
        assert _is_aux_allowed(hass, attic)

    async def test_rights_on_an_area_are_rights_on_its_guards(self, hass: HomeAssistant) -> None:
        hallway, attic = await add_guard_with_rights(hass), await add_guard_with_rights(hass, ATTIC)
        area_id = target_of(hass, hallway, "area")["area_id"]
        user = await add_limited_user(
            hass, {"entities": {"area_ids": {area_id: {"control": True}}}}
        )

        await call_action(
            hass, "allow_aux", Context(user_id=user.id), config_entry_id=hallway.entry_id
        )
        with pytest.raises(Unauthorized):
            await call_action(
                hass, "allow_aux", Context(user_id=user.id), config_entry_id=attic.entry_id
            )

        assert _is_aux_allowed(hass, hallway)
        assert not _is_aux_allowed(hass, attic)


def device_of(hass: HomeAssistant, guard: MockConfigEntry) -> dr.DeviceEntry:
    return next(iter(dr.async_entries_for_config_entry(dr.async_get(hass), guard.entry_id)))


def target_of(hass: HomeAssistant, guard: MockConfigEntry, by: str) -> dict[str, Any]:
    """Return a target that names a guard in one of the possible ways."""
    device = device_of(hass, guard)
    match by:
        case "area":
            area = ar.async_get(hass).async_get_or_create("Hall")
            dr.async_get(hass).async_update_device(device.id, area_id=area.id)
            return {"area_id": area.id}
        case "device":
            return {"device_id": device.id}
        case "entity":
            return {"entity_id": climate_of(hass, guard)}
        case "alert_entity":
            return {"entity_id": entity_id_of(hass, guard, "alert")}
    return {"config_entry_id": guard.entry_id}


class TestRegistry:
    async def test_the_climate_entity_is_found_by_its_unique_id(self, hass: HomeAssistant) -> None:
        guard = await add_guard_with_rights(hass)
        er.async_get(hass).async_update_entity(
            climate_of(hass, guard), new_entity_id="climate.renamed"
        )
        await hass.async_block_till_done()

        assert climate_entity_id(hass, guard.entry_id) == "climate.renamed"
        user = await user_context(hass, "guard_control", "climate.renamed")
        await call_action(hass, "allow_aux", user)
        assert _is_aux_allowed(hass, guard)

    async def test_rights_on_a_disabled_climate_entity_still_count(
        self, hass: HomeAssistant
    ) -> None:
        guard = await add_guard_with_rights(hass)
        entity_id = climate_of(hass, guard)
        er.async_get(hass).async_update_entity(entity_id, disabled_by=er.RegistryEntryDisabler.USER)
        await hass.async_block_till_done()
        assert hass.states.get(entity_id) is None

        with pytest.raises(Unauthorized):
            await call_action(hass, "allow_aux", await context_of(hass, "lamp", guard))
        await call_action(hass, "allow_aux", await context_of(hass, "guard_control", guard))
        assert _is_aux_allowed(hass, guard)

    async def test_without_a_climate_entity_only_full_rights_act(self, hass: HomeAssistant) -> None:
        guard = await add_guard_with_rights(hass)
        entity_id = climate_of(hass, guard)
        er.async_get(hass).async_remove(entity_id)
        await hass.async_block_till_done()

        for who in ("read_only", "lamp", "guard_all"):
            with pytest.raises(Unauthorized) as refused:
                await call_action(hass, "allow_aux", await user_context(hass, who, entity_id))
            assert refused.value.entity_id is None
            assert refused.value.config_entry_id == guard.entry_id
        assert not _is_aux_allowed(hass, guard)
        await call_action(hass, "explain", await user_context(hass, "read_only", entity_id))
        await call_action(hass, "allow_aux", await user_context(hass, "user", entity_id))
        assert _is_aux_allowed(hass, guard)


class TestTelling:
    @pytest.mark.parametrize("action", ACTIONS_THAT_READ)
    @pytest.mark.parametrize("who", ["lamp", "source_only", "guard_control"])
    async def test_users_without_read_access_get_nothing(
        self, hass: HomeAssistant, action: str, who: str
    ) -> None:
        guard = await add_guard_with_rights(hass)
        with pytest.raises(Unauthorized) as refused:
            await call_action(hass, action, await context_of(hass, who, guard))
        assert (refused.value.entity_id, refused.value.permission) == (
            climate_of(hass, guard),
            "read",
        )

    @pytest.mark.parametrize("action", ACTIONS_THAT_READ)
    async def test_deleted_users_get_nothing(self, hass: HomeAssistant, action: str) -> None:
        guard = await add_guard_with_rights(hass)
        with pytest.raises(UnknownUser):
            await call_action(hass, action, await context_of(hass, "deleted", guard))

    @pytest.mark.parametrize("action", ACTIONS_THAT_READ)
    @pytest.mark.parametrize(
        "who",
        [
            "admin",
            "user",
            "read_only",
            "guard_read",
            "guard_all",
            "nobody",
            "automation_after_read_only",
        ],
    )
    async def test_users_with_read_access_and_automations_get_answers(
        self, hass: HomeAssistant, action: str, who: str
    ) -> None:
        guard = await add_guard_with_rights(hass)
        assert await call_action(hass, action, await context_of(hass, who, guard))

    @pytest.mark.parametrize("action", ACTIONS_THAT_READ)
    async def test_of_several_guards_the_named_one_counts(
        self, hass: HomeAssistant, action: str
    ) -> None:
        hallway, attic = await add_guard_with_rights(hass), await add_guard_with_rights(hass, ATTIC)
        context = await context_of(hass, "guard_read", attic)
        assert await call_action(hass, action, context, config_entry_id=attic.entry_id)
        with pytest.raises(Unauthorized):
            await call_action(hass, action, context, config_entry_id=hallway.entry_id)


class TestRebuilding:
    @pytest.mark.parametrize("who", ["read_only", "user", "guard_all", "lamp"])
    async def test_only_administrators_rebuild(self, hass: HomeAssistant, who: str) -> None:
        guard = await add_guard_with_rights(hass)
        with pytest.raises(Unauthorized):
            await call_action(hass, "rebuild_history", await context_of(hass, who, guard))

    async def test_deleted_users_cannot_rebuild(self, hass: HomeAssistant) -> None:
        guard = await add_guard_with_rights(hass)
        with pytest.raises(UnknownUser):
            await call_action(hass, "rebuild_history", await context_of(hass, "deleted", guard))

    @pytest.mark.parametrize("who", ["admin", "nobody", "automation_after_read_only"])
    async def test_administrators_and_automations_can_rebuild(
        self, hass: HomeAssistant, who: str
    ) -> None:
        guard = await add_guard_with_rights(hass)
        with pytest.raises(HomeAssistantError) as refused:
            await call_action(hass, "rebuild_history", await context_of(hass, who, guard))
        assert refused.value.translation_key == "no_recorder"


class TestOwnEntities:
    """Home Assistant checks calls of entities itself; the guard does not bypass that."""

    CALLS: tuple[tuple[str, str, str, dict[str, Any]], ...] = (
        ("button", "press", "allow_aux", {}),
        ("select", "select_option", "mode", {"option": "monitor"}),
        ("number", "set_value", "comfort_floor", {"value": 60}),
        ("switch", "turn_on", "cap_on", {}),
        ("climate", "set_temperature", "thermostat", {"temperature": 60}),
    )

    @pytest.mark.parametrize(("domain", "service", "key", "data"), CALLS)
    @pytest.mark.parametrize("who", ["read_only", "lamp"])
    async def test_users_without_control_cannot_use_our_entities(  # noqa: PLR0913, PLR0917
        self,
        hass: HomeAssistant,
        domain: str,
        service: str,
        key: str,
        data: dict[str, Any],
        who: str,
    ) -> None:
        guard = await add_guard_with_rights(hass)
        options = guard.options
        target = {"entity_id": entity_id_of(hass, guard, key)}
        context = await context_of(hass, who, guard)
        with pytest.raises(Unauthorized):
            await hass.services.async_call(
                domain, service, {**target, **data}, blocking=True, context=context
            )
        assert guard.options == options
        assert not _is_aux_allowed(hass, guard)


async def add_advising_guard(hass: HomeAssistant, wait: Wait) -> MockConfigEntry:
    """Guard a thermostat, with advice to a phone."""
    guard = await add_protected_guard(hass, Mode.ADVISE, leash_on=True)
    hass.config_entries.async_update_entry(
        guard, options={**guard.options, "notify": {"phones": ["mobile_app_phone"]}}
    )
    set_outdoor(hass, 20)
    await wait(45 * MINUTE)
    return guard


class TestReplies:
    @pytest.fixture(autouse=True)
    def phone(self, hass: HomeAssistant) -> list[ServiceCall]:
        return async_mock_service(hass, "notify", "mobile_app_phone")

    @staticmethod
    async def send_reply(
        hass: HomeAssistant, phone: list[ServiceCall], button: str, context: Context | None
    ) -> None:
        """Press a button of the first notification, as the companion app reports it."""
        titles = {one["title"]: one["action"] for one in phone[0].data["data"]["actions"]}
        action = next(action for title, action in titles.items() if title.startswith(button))
        hass.bus.async_fire(EVENT_REPLY, {"action": action}, context=context)
        await hass.async_block_till_done(wait_background_tasks=True)

    @pytest.mark.parametrize("who", ["read_only", "lamp", "guard_read", "deleted"])
    @pytest.mark.parametrize(
        ("button", "is_done"), [("Snooze", _is_snoozed), ("Allow", _is_aux_allowed)]
    )
    async def test_a_denied_reply_leaves_the_notification_open(  # noqa: PLR0913, PLR0917
        self,
        hass: HomeAssistant,
        phone: list[ServiceCall],
        pass_seconds: Wait,
        caplog: pytest.LogCaptureFixture,
        who: str,
        button: str,
        is_done: Effect,
    ) -> None:
        guard = await add_with_alert(hass, pass_seconds)
        caplog.clear()
        await self.send_reply(hass, phone, button, await context_of(hass, who, guard))
        assert not is_done(hass, guard)
        assert "may not control" in caplog.text
        assert not [record for record in caplog.records if record.levelname in {"WARNING", "ERROR"}]

        await self.send_reply(hass, phone, button, await context_of(hass, "guard_control", guard))
        assert is_done(hass, guard)

    async def test_only_users_with_control_can_lower_the_setpoint(
        self, hass: HomeAssistant, phone: list[ServiceCall], pass_seconds: Wait
    ) -> None:
        guard = await add_with_alert(hass, pass_seconds)
        calls = async_mock_service(hass, "climate", "set_temperature")
        await self.send_reply(hass, phone, "Lower", await context_of(hass, "read_only", guard))
        assert not calls
        await self.send_reply(hass, phone, "Lower", await context_of(hass, "user", guard))
        assert [call.data["temperature"] for call in calls] == [68]

    async def test_only_users_with_control_can_accept_advice(
        self,
        hass: HomeAssistant,
        phone: list[ServiceCall],
        pass_seconds: Wait,
        setpoint_writes: Setpoints,
    ) -> None:
        guard = await add_advising_guard(hass, pass_seconds)
        await self.send_reply(hass, phone, "Set", await context_of(hass, "lamp", guard))
        assert setpoint_writes() == []
        await self.send_reply(hass, phone, "Set", await context_of(hass, "user", guard))
        assert setpoint_writes() == [70]

    @pytest.mark.parametrize("who", ["nobody", "automation_after_read_only", None])
    async def test_a_reply_without_a_user_counts(
        self, hass: HomeAssistant, phone: list[ServiceCall], pass_seconds: Wait, who: str | None
    ) -> None:
        guard = await add_with_alert(hass, pass_seconds)
        await self.send_reply(
            hass, phone, "Snooze", None if who is None else await context_of(hass, who, guard)
        )
        assert _is_snoozed(hass, guard)

    async def test_a_notification_stays_open_over_a_restart(
        self, hass: HomeAssistant, phone: list[ServiceCall], pass_seconds: Wait
    ) -> None:
        guard = await add_with_alert(hass, pass_seconds)
        await self.send_reply(hass, phone, "Allow", await context_of(hass, "read_only", guard))
        await hass.config_entries.async_reload(guard.entry_id)
        await hass.async_block_till_done()
        await self.send_reply(hass, phone, "Allow", await context_of(hass, "user", guard))
        assert _is_aux_allowed(hass, guard)

    async def test_a_reply_the_thermostat_denies_leaves_the_notification_open(
        self,
        hass: HomeAssistant,
        phone: list[ServiceCall],
        pass_seconds: Wait,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        guard = await add_with_alert(hass, pass_seconds)
        calls = async_mock_service(
            hass, "climate", "set_temperature", raise_exception=Unauthorized()
        )
        caplog.clear()
        await self.send_reply(hass, phone, "Lower", await context_of(hass, "guard_control", guard))
        assert len(calls) == 1
        assert "may not control" in caplog.text
        assert not [record for record in caplog.records if record.levelname in {"WARNING", "ERROR"}]

        calls = async_mock_service(hass, "climate", "set_temperature")
        await self.send_reply(hass, phone, "Lower", await context_of(hass, "user", guard))
        assert len(calls) == 1

    async def test_advice_the_thermostat_denies_stays_open(
        self,
        hass: HomeAssistant,
        phone: list[ServiceCall],
        pass_seconds: Wait,
        thermostat: RealThermostat,
        setpoint_writes: Setpoints,
    ) -> None:
        guard = await add_advising_guard(hass, pass_seconds)
        thermostat.error = Unauthorized()
        await self.send_reply(hass, phone, "Set", await context_of(hass, "guard_control", guard))
        thermostat.error = None
        told_before = len(setpoint_writes())
        await self.send_reply(hass, phone, "Set", await context_of(hass, "user", guard))
        assert setpoint_writes()[told_before:] == [70]

    async def test_of_two_replies_at_once_one_counts(
        self,
        hass: HomeAssistant,
        phone: list[ServiceCall],
        pass_seconds: Wait,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        guard = await add_with_alert(hass, pass_seconds)
        calls = async_mock_service(hass, "climate", "set_temperature")
        context, look_up = await context_of(hass, "user", guard), hass.auth.async_get_user

        async def look_up_later(user_id: str) -> Any:
            await hass.async_add_executor_job(lambda: None)
            return await look_up(user_id)

        monkeypatch.setattr(hass.auth, "async_get_user", look_up_later)
        action = next(
            one["action"]
            for one in phone[0].data["data"]["actions"]
            if one["title"].startswith("Lower")
        )
        for _ in range(2):
            hass.bus.async_fire(EVENT_REPLY, {"action": action}, context=context)
        await hass.async_block_till_done(wait_background_tasks=True)
        assert len(calls) == 1

    async def test_a_cleared_notification_is_not_sent_again(
        self, hass: HomeAssistant, phone: list[ServiceCall], pass_seconds: Wait
    ) -> None:
        guard = await add_with_alert(hass, pass_seconds)
        context = await context_of(hass, "guard_control", guard)

        async def refuse(_call: ServiceCall) -> None:
            set_thermostat(hass)
            await hass.async_block_till_done()
            raise Unauthorized

        hass.services.async_register("climate", "set_temperature", refuse)
        await self.send_reply(hass, phone, "Lower", context)
        await self.send_reply(hass, phone, "Allow", await context_of(hass, "user", guard))
        assert not _is_aux_allowed(hass, guard)
