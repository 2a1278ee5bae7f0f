"""The requested setpoint survives faulty thermostats, restarts, lost writes and other calls."""

import asyncio
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.auth.const import GROUP_ID_ADMIN
from homeassistant.components import persistent_notification
from homeassistant.components.climate.const import ClimateEntityFeature, HVACAction, HVACMode
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import HomeAssistantError, Unauthorized, UnknownUser
from homeassistant.helpers import issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.aux_heat_guard.const import DOMAIN
from custom_components.aux_heat_guard.core.model import Command, Mode
from custom_components.aux_heat_guard.core.protection.decision import (
    INITIAL_PROTECTION_STATE,
    ControlResult,
)
from custom_components.aux_heat_guard.core.units import celsius_from_fahrenheit
from custom_components.aux_heat_guard.options.protection import with_protection
from tests.integration.conftest import Wait
from tests.integration.home import entity_id_of, read_state
from tests.integration.protection import (
    HOUR,
    MINUTE,
    SINGLE,
    Setpoints,
    add_protected_guard,
    choose_mode,
    set_outdoor,
)
from tests.integration.thermostats import (
    SOURCE,
    RealThermostat,
    RecordedCall,
    call_climate,
    state_of,
)
from tests.integration.users import add_limited_user, add_user

RANGE = ClimateEntityFeature.TARGET_TEMPERATURE_RANGE


@pytest.fixture
async def limited_guard(
    hass: HomeAssistant, thermostat: RealThermostat, pass_seconds: Wait
) -> MockConfigEntry:
    """Guard a thermostat that is limited to 70 instead of 74."""
    entry = await add_protected_guard(hass)
    set_outdoor(hass, 20)
    await pass_seconds(31 * MINUTE)
    assert [call.data["temperature"] for call in thermostat.calls] == [70]
    return entry


def requested_setpoint(hass: HomeAssistant, entry: MockConfigEntry) -> float:
    return float(read_state(hass, entry, "thermostat").attributes["requested_temperature"])


def lose_writes(thermostat: RealThermostat, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lose all commands to the thermostat from now on."""

    async def lose_write(**data: Any) -> None:
        thermostat.calls.append(RecordedCall("set_temperature", data, None))

    monkeypatch.setattr(thermostat, "async_set_temperature", lose_write)


class TestHands:
    async def test_a_glitch_of_seconds_is_no_manual_change(
        self,
        hass: HomeAssistant,
        thermostat: RealThermostat,
        limited_guard: MockConfigEntry,
        setpoint_writes: Setpoints,
        pass_seconds: Wait,
    ) -> None:
        for glitch in (62, 69, 50, None):
            thermostat.change(target_temperature=glitch)
            await pass_seconds(5)
            thermostat.change(target_temperature=70)
            await pass_seconds(20 * MINUTE)

        assert requested_setpoint(hass, limited_guard) == 74
        assert setpoint_writes() == [70]
        assert read_state(hass, limited_guard, "limit").state == "cap"

    async def test_a_default_after_an_outage_is_no_manual_change(
        self,
        hass: HomeAssistant,
        thermostat: RealThermostat,
        limited_guard: MockConfigEntry,
        setpoint_writes: Setpoints,
        pass_seconds: Wait,
    ) -> None:
        thermostat.change(available=False)
        await pass_seconds(10 * MINUTE)
        thermostat.change(available=True, target_temperature=62)
        await pass_seconds(30)
        thermostat.change(target_temperature=70)
        await pass_seconds(20 * MINUTE)

        assert requested_setpoint(hass, limited_guard) == 74
        assert setpoint_writes() == [70]

    async def test_a_change_in_home_assistant_counts_at_once(
        self, hass: HomeAssistant, limited_guard: MockConfigEntry, pass_seconds: Wait
    ) -> None:
        await pass_seconds(20 * MINUTE)
        user = await add_user(hass, GROUP_ID_ADMIN)
        await call_climate(
            hass, SOURCE, "set_temperature", Context(user_id=user.id), temperature=72
        )
        await hass.async_block_till_done()

        assert requested_setpoint(hass, limited_guard) == 72
        assert read_state(hass, limited_guard, "limit").state == "hand"

    async def test_an_unsettled_change_is_not_overridden(
        self,
        hass: HomeAssistant,
        thermostat: RealThermostat,
        limited_guard: MockConfigEntry,
        setpoint_writes: Setpoints,
        pass_seconds: Wait,
    ) -> None:
        await pass_seconds(20 * MINUTE)
        thermostat.change(target_temperature=66)
        await hass.config_entries.async_unload(limited_guard.entry_id)
        assert setpoint_writes() == [70]
        await hass.config_entries.async_setup(limited_guard.entry_id)
        await pass_seconds(MINUTE)
        assert requested_setpoint(hass, limited_guard) == 74
        await pass_seconds(5 * MINUTE)

        assert requested_setpoint(hass, limited_guard) == 66
        assert setpoint_writes() == [70]


class TestChoices:
    @pytest.mark.parametrize("late", [False, True])
    async def test_a_preset_is_a_request_that_is_limited(  # noqa: PLR0913, PLR0917 -- fixtures
        self,
        hass: HomeAssistant,
        thermostat: RealThermostat,
        setpoint_writes: Setpoints,
        pass_seconds: Wait,
        monkeypatch: pytest.MonkeyPatch,
        late: bool,
    ) -> None:
        thermostat.change(target_temperature=62, preset_mode="sleep")
        entry = await add_protected_guard(hass)
        set_outdoor(hass, 20)
        await pass_seconds(31 * MINUTE)

        async def choose_preset(preset_mode: str) -> None:
            if not late:
                thermostat.change(preset_mode=preset_mode, target_temperature=74)

        monkeypatch.setattr(thermostat, "async_set_preset_mode", choose_preset)
        await call_climate(
            hass, entity_id_of(hass, entry, "thermostat"), "set_preset_mode", preset_mode="away"
        )
        if late:
            await pass_seconds(3 * MINUTE)
            thermostat.change(preset_mode="away", target_temperature=74)
            await pass_seconds(2 * MINUTE)
        # It must remain for some seconds: a group changes member by member.
        await pass_seconds(21)

        assert setpoint_writes() == [70]
        assert requested_setpoint(hass, entry) == 74
        assert read_state(hass, entry, "limit").state == "cap"

    async def test_a_mode_is_a_request_that_is_limited(
        self,
        hass: HomeAssistant,
        thermostat: RealThermostat,
        setpoint_writes: Setpoints,
        pass_seconds: Wait,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        thermostat.change(hvac_mode=HVACMode.OFF)
        entry = await add_protected_guard(hass)
        set_outdoor(hass, 20)
        await pass_seconds(31 * MINUTE)

        async def turn_on(hvac_mode: HVACMode) -> None:
            thermostat.change(hvac_mode=hvac_mode, target_temperature=76)

        monkeypatch.setattr(thermostat, "async_set_hvac_mode", turn_on)
        await call_climate(
            hass, entity_id_of(hass, entry, "thermostat"), "set_hvac_mode", hvac_mode="heat"
        )
        await pass_seconds(21)

        assert setpoint_writes() == [70]
        assert requested_setpoint(hass, entry) == 76

    @pytest.mark.parametrize("mode", [HVACMode.COOL, HVACMode.OFF, HVACMode.FAN_ONLY])
    async def test_a_call_whose_mode_arrives_first_is_no_manual_change(  # noqa: PLR0913, PLR0917 -- fixtures
        self,
        hass: HomeAssistant,
        thermostat: RealThermostat,
        setpoint_writes: Setpoints,
        pass_seconds: Wait,
        monkeypatch: pytest.MonkeyPatch,
        mode: HVACMode,
    ) -> None:
        thermostat.change(target_temperature=68)
        entry = await add_protected_guard(hass)
        set_outdoor(hass, 20)
        await pass_seconds(31 * MINUTE)
        thermostat.change(hvac_mode=mode)
        await pass_seconds(10 * MINUTE)

        async def mode_first(**data: Any) -> None:
            thermostat.calls.append(RecordedCall("set_temperature", data, None))
            thermostat.change(hvac_mode=data["hvac_mode"])

        monkeypatch.setattr(thermostat, "async_set_temperature", mode_first)
        await call_climate(
            hass,
            entity_id_of(hass, entry, "thermostat"),
            "set_temperature",
            hvac_mode="heat",
            temperature=74,
        )
        await pass_seconds(5)
        assert setpoint_writes() == [70]
        thermostat.change(target_temperature=70)
        await pass_seconds(2 * HOUR)

        assert requested_setpoint(hass, entry) == 74
        assert setpoint_writes() == [70]

    async def test_a_rejected_call_does_not_return(
        self,
        hass: HomeAssistant,
        thermostat: RealThermostat,
        limited_guard: MockConfigEntry,
        hass_storage: dict[str, Any],
    ) -> None:
        thermostat.error = HomeAssistantError("The radio is silent")
        with pytest.raises(HomeAssistantError, match="silent"):
            await call_climate(
                hass,
                entity_id_of(hass, limited_guard, "thermostat"),
                "set_temperature",
                temperature=66,
            )
        # If Home Assistant is killed now, the state before the call is on disk.
        kept = hass_storage[f"{DOMAIN}.{limited_guard.entry_id}"]["data"]["protection"]["setpoint"]

        assert round(kept["requested"] * 1.8 + 32, 2) == 74
        assert round(kept["told"][-1]["value"] * 1.8 + 32, 2) == 70


class TestRange:
    """Writes of a range keep the cooling setpoint and the thermostat's own limits."""

    async def test_a_smaller_range_during_a_hold_writes_nothing(
        self,
        hass: HomeAssistant,
        thermostat: RealThermostat,
        setpoint_writes: Setpoints,
        pass_seconds: Wait,
    ) -> None:
        thermostat.change(max_temp=76, target_temperature=74)
        entry = await add_protected_guard(hass)
        await hass.services.async_call(DOMAIN, "allow_aux", {"duration": "05:00:00"}, blocking=True)
        wrapper = entity_id_of(hass, entry, "thermostat")
        await call_climate(hass, wrapper, "set_temperature", temperature=76)
        thermostat.change(max_temp=75, target_temperature=75)
        await pass_seconds(20 * MINUTE)

        assert setpoint_writes() == [76]

    @pytest.mark.parametrize(("low", "high"), [(74, 76), (77, 78), (74, 90)])
    async def test_a_range_is_restored_to_the_request(
        self,
        hass: HomeAssistant,
        thermostat: RealThermostat,
        pass_seconds: Wait,
        low: float,
        high: float,
    ) -> None:
        thermostat._attr_supported_features = RANGE  # noqa: SLF001 -- a thermostat's own
        thermostat.change(
            hvac_mode=HVACMode.HEAT_COOL,
            target_temperature=None,
            target_temperature_low=low,
            target_temperature_high=high,
        )
        entry = await add_protected_guard(hass)
        set_outdoor(hass, 20)
        await pass_seconds(31 * MINUTE)
        assert state_of(hass, SOURCE).attributes["target_temp_low"] == 70
        await choose_mode(hass, entry, Mode.MONITOR)
        await pass_seconds(HOUR)

        assert state_of(hass, SOURCE).attributes["target_temp_low"] == low
        assert [one.data["target_temp_low"] for one in thermostat.calls] == [70, low]
        assert all(
            one.data["target_temp_low"] <= one.data["target_temp_high"] for one in thermostat.calls
        )


class TestOneSetpoint:
    """Auto mode with one setpoint, to which the thermostat heats and cools."""

    async def set_auto_at_75(
        self, hass: HomeAssistant, thermostat: RealThermostat, room: float | None, **protection: Any
    ) -> MockConfigEntry:
        thermostat.change(hvac_mode=HVACMode.AUTO, target_temperature=75, current_temperature=room)
        entry = await add_protected_guard(hass, **protection)
        set_outdoor(hass, 20)
        return entry

    @pytest.mark.parametrize("room", [75, 76, None])
    async def test_a_single_setpoint_is_never_lowered_into_cooling(
        self,
        hass: HomeAssistant,
        thermostat: RealThermostat,
        setpoint_writes: Setpoints,
        pass_seconds: Wait,
        room: float | None,
    ) -> None:
        await self.set_auto_at_75(hass, thermostat, room)
        await pass_seconds(2 * HOUR)

        assert setpoint_writes() == []

    async def test_a_single_setpoint_falls_with_the_room(
        self,
        hass: HomeAssistant,
        thermostat: RealThermostat,
        setpoint_writes: Setpoints,
        pass_seconds: Wait,
    ) -> None:
        entry = await self.set_auto_at_75(hass, thermostat, 73)
        await pass_seconds(31 * MINUTE)
        assert setpoint_writes() == [73]
        thermostat.change(current_temperature=68)
        await pass_seconds(20 * MINUTE)

        assert setpoint_writes() == [73, 70]
        assert requested_setpoint(hass, entry) == 75

    async def test_nothing_is_limited_during_or_after_cooling(
        self,
        hass: HomeAssistant,
        thermostat: RealThermostat,
        setpoint_writes: Setpoints,
        pass_seconds: Wait,
    ) -> None:
        thermostat.change(hvac_action=HVACAction.COOLING)
        await self.set_auto_at_75(hass, thermostat, 70)
        await pass_seconds(HOUR)
        thermostat.change(hvac_action=HVACAction.IDLE)
        await pass_seconds(HOUR)
        assert setpoint_writes() == []
        thermostat.change(hvac_action=HVACAction.HEATING)
        await pass_seconds(10 * MINUTE)

        assert setpoint_writes() == [70]

    async def test_a_request_while_cooling_passes(
        self,
        hass: HomeAssistant,
        thermostat: RealThermostat,
        setpoint_writes: Setpoints,
        pass_seconds: Wait,
    ) -> None:
        entry = await self.set_auto_at_75(hass, thermostat, 75)
        await call_climate(
            hass, entity_id_of(hass, entry, "thermostat"), "set_temperature", temperature=68
        )
        await pass_seconds(HOUR)

        assert setpoint_writes() == [68]


class TestRestarts:
    async def restart_guard(self, hass: HomeAssistant, entry: MockConfigEntry) -> None:
        await hass.config_entries.async_unload(entry.entry_id)
        await hass.config_entries.async_setup(entry.entry_id)
        await hass.async_block_till_done()

    async def test_two_restarts_within_five_minutes_leave_no_gap(
        self,
        hass: HomeAssistant,
        limited_guard: MockConfigEntry,
        setpoint_writes: Setpoints,
        pass_seconds: Wait,
    ) -> None:
        for _ in range(2):
            await self.restart_guard(hass, limited_guard)
            await pass_seconds(6)
        assert setpoint_writes() == [70, 74, 70, 74, 70]
        assert float(read_state(hass, limited_guard, "applied_setpoint").state) == 70
        assert requested_setpoint(hass, limited_guard) == 74

    async def test_applied_is_what_the_thermostat_shows(
        self,
        hass: HomeAssistant,
        thermostat: RealThermostat,
        limited_guard: MockConfigEntry,
        pass_seconds: Wait,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        lose_writes(thermostat, monkeypatch)
        thermostat.change(target_temperature=74)
        await pass_seconds(30)
        set_outdoor(hass, 30)
        await pass_seconds(40 * MINUTE)

        assert float(read_state(hass, limited_guard, "applied_setpoint").state) == 74


class TestLastWord:
    """A restore that is lost once."""

    async def fail_restore(
        self, hass: HomeAssistant, thermostat: RealThermostat, wait: Wait, tries: int
    ) -> None:
        """Make it warm outdoors, and lose each attempt to restore 74."""
        with pytest.MonkeyPatch.context() as radio:
            lose_writes(thermostat, radio)
            set_outdoor(hass, 50)
            await wait(31 * MINUTE + (tries - 1) * 11 * MINUTE)
        assert state_of(hass, SOURCE).attributes["temperature"] == 70

    @pytest.mark.parametrize("end", ["unload", "remove", "stop"])
    @pytest.mark.parametrize("tries", [1, 3])
    async def test_a_lost_restore_is_written_once_more(  # noqa: PLR0913, PLR0917 -- fixtures
        self,
        hass: HomeAssistant,
        thermostat: RealThermostat,
        limited_guard: MockConfigEntry,
        pass_seconds: Wait,
        end: str,
        tries: int,
    ) -> None:
        await self.fail_restore(hass, thermostat, pass_seconds, tries)
        match end:
            case "unload":
                await hass.config_entries.async_unload(limited_guard.entry_id)
            case "remove":
                await hass.config_entries.async_remove(limited_guard.entry_id)
            case _:
                await hass.async_stop(force=True)

        assert state_of(hass, SOURCE).attributes["temperature"] == 74
        assert not any(name.startswith("setpoint_left") for _, name in ir.async_get(hass).issues)

    async def test_a_lost_call_is_written_once_more(
        self,
        hass: HomeAssistant,
        thermostat: RealThermostat,
        limited_guard: MockConfigEntry,
        pass_seconds: Wait,
    ) -> None:
        with pytest.MonkeyPatch.context() as radio:
            lose_writes(thermostat, radio)
            await call_climate(
                hass,
                entity_id_of(hass, limited_guard, "thermostat"),
                "set_temperature",
                temperature=66,
            )
        await pass_seconds(MINUTE)
        await hass.config_entries.async_unload(limited_guard.entry_id)

        assert state_of(hass, SOURCE).attributes["temperature"] == 66

    async def fail_unload(
        self, hass: HomeAssistant, thermostat: RealThermostat, entry: MockConfigEntry
    ) -> None:
        with pytest.MonkeyPatch.context() as radio:
            lose_writes(thermostat, radio)
            await hass.config_entries.async_unload(entry.entry_id)

    async def fail_removal(
        self, hass: HomeAssistant, thermostat: RealThermostat, entry: MockConfigEntry
    ) -> None:
        with pytest.MonkeyPatch.context() as radio:
            lose_writes(thermostat, radio)
            await hass.config_entries.async_remove(entry.entry_id)

    def notification_messages(self, hass: HomeAssistant) -> list[str]:
        notifications = persistent_notification._async_get_or_create_notifications(hass)  # noqa: SLF001 -- what the sidebar shows
        messages = [notification["message"] for notification in notifications.values()]
        return [message for message in messages if "last stopped" in message]

    async def test_an_unsent_restore_is_not_confirmed(
        self, hass: HomeAssistant, thermostat: RealThermostat, limited_guard: MockConfigEntry
    ) -> None:
        actuator = limited_guard.runtime_data.actuator
        thermostat.change(available=False)
        await hass.async_block_till_done()
        is_written, _ = await actuator.async_restore(
            ControlResult(
                protection=INITIAL_PROTECTION_STATE,
                command=Command(setpoint=celsius_from_fahrenheit(74)),
            )
        )

        assert not is_written

    @pytest.mark.parametrize("arrives", [True, False])
    async def test_the_next_start_repeats_a_missing_restore(  # noqa: PLR0913, PLR0917 -- fixtures
        self,
        hass: HomeAssistant,
        thermostat: RealThermostat,
        limited_guard: MockConfigEntry,
        setpoint_writes: Setpoints,
        pass_seconds: Wait,
        arrives: bool,
    ) -> None:
        await self.fail_unload(hass, thermostat, limited_guard)
        if arrives:
            thermostat.change(target_temperature=74)
        hass.config_entries.async_update_entry(
            limited_guard, options=with_protection(limited_guard.options, mode=Mode.MONITOR.value)
        )
        await hass.config_entries.async_setup(limited_guard.entry_id)
        await pass_seconds(MINUTE)

        assert state_of(hass, SOURCE).attributes["temperature"] == 74
        assert setpoint_writes() == ([70, 74] if arrives else [70, 74, 74])
        message = (
            "When Hallway AUX Heat Guard last stopped, Source did not take back its setpoint and "
            "stayed at 70 °F. Hallway AUX Heat Guard has sent 74 °F again."
        )
        assert self.notification_messages(hass) == ([] if arrives else [message])

    async def test_a_removed_guard_leaves_a_repair_with_the_value(
        self, hass: HomeAssistant, thermostat: RealThermostat, limited_guard: MockConfigEntry
    ) -> None:
        await self.fail_removal(hass, thermostat, limited_guard)
        issue = ir.async_get(hass).async_get_issue(
            DOMAIN, f"setpoint_left_{limited_guard.entry_id}"
        )

        assert issue is not None
        assert issue.is_persistent
        assert issue.translation_placeholders is not None
        assert issue.translation_placeholders["thermostat"] == "Source"
        assert issue.translation_placeholders["applied"] == "70 °F"
        assert issue.translation_placeholders["requested"] == "74 °F"
        thermostat.change(target_temperature=74)
        await hass.async_block_till_done()
        assert ir.async_get(hass).async_get_issue(DOMAIN, issue.issue_id) is None

    async def test_no_repair_when_the_thermostat_already_shows_the_value(
        self, hass: HomeAssistant, thermostat: RealThermostat, limited_guard: MockConfigEntry
    ) -> None:
        await self.fail_unload(hass, thermostat, limited_guard)
        thermostat.change(target_temperature=74)
        await hass.async_block_till_done()
        await hass.config_entries.async_remove(limited_guard.entry_id)

        assert ir.async_get(hass).issues == {}

    @pytest.mark.usefixtures("thermostat")
    async def test_the_repair_clears_after_a_restart_too(self, hass: HomeAssistant) -> None:
        ir.async_create_issue(
            hass,
            DOMAIN,
            "setpoint_left_earlier",
            data={"thermostat": "climate.other", "requested": celsius_from_fahrenheit(74)},
            is_fixable=False,
            is_persistent=True,
            severity=ir.IssueSeverity.WARNING,
            translation_key="setpoint_left",
        )
        await add_protected_guard(hass)
        for temperature in (70, 74):
            assert ir.async_get(hass).async_get_issue(DOMAIN, "setpoint_left_earlier") is not None
            hass.states.async_set(
                "climate.other", "heat", {"temperature": temperature, "hvac_modes": ["heat"]}
            )
            await hass.async_block_till_done()

        assert ir.async_get(hass).async_get_issue(DOMAIN, "setpoint_left_earlier") is None

    async def test_a_new_guard_of_the_thermostat_takes_over(
        self, hass: HomeAssistant, thermostat: RealThermostat, limited_guard: MockConfigEntry
    ) -> None:
        await self.fail_removal(hass, thermostat, limited_guard)
        await add_protected_guard(hass)

        assert ir.async_get(hass).issues == {}


class TestContexts:
    """The contexts of the commands."""

    @pytest.mark.parametrize("mode", [*Mode])
    async def test_the_caller_of_each_call_is_its_own(
        self, hass: HomeAssistant, thermostat: RealThermostat, pass_seconds: Wait, mode: Mode
    ) -> None:
        thermostat._attr_supported_features = SINGLE | ClimateEntityFeature.FAN_MODE  # noqa: SLF001 -- a thermostat's own
        thermostat.change()
        entry = await add_protected_guard(hass, mode)
        set_outdoor(hass, 20)
        await pass_seconds(31 * MINUTE)
        wrapper = entity_id_of(hass, entry, "thermostat")
        first, second = [
            Context(user_id=(await add_user(hass, GROUP_ID_ADMIN)).id) for _ in range(2)
        ]
        thermostat.calls.clear()
        await asyncio.gather(
            call_climate(
                hass, wrapper, "set_temperature", await _yield_to_loop(first), temperature=66
            ),
            call_climate(
                hass, wrapper, "set_fan_mode", await _yield_to_loop(second), fan_mode="low"
            ),
            call_climate(
                hass, wrapper, "set_temperature", await _yield_to_loop(second), temperature=65
            ),
            call_climate(
                hass, wrapper, "set_preset_mode", await _yield_to_loop(first), preset_mode="away"
            ),
        )
        contexts = {
            (one.service, one.data.get("temperature")): one.context for one in thermostat.calls
        }

        assert {key: context and context.user_id for key, context in contexts.items()} == {
            ("set_temperature", 66): first.user_id,
            ("set_fan_mode", None): second.user_id,
            ("set_temperature", 65): second.user_id,
            ("set_preset_mode", None): first.user_id,
        }

    async def test_our_own_writes_have_no_user(
        self,
        hass: HomeAssistant,
        thermostat: RealThermostat,
        limited_guard: MockConfigEntry,
        pass_seconds: Wait,
    ) -> None:
        user = await add_user(hass, GROUP_ID_ADMIN)
        await call_climate(
            hass,
            entity_id_of(hass, limited_guard, "thermostat"),
            "set_temperature",
            Context(user_id=user.id),
            temperature=76,
        )
        await hass.auth.async_remove_user(user)
        set_outdoor(hass, 50)
        await pass_seconds(31 * MINUTE)

        # The limit, the call, and the restore, although the user was deleted.
        assert [
            (one.data["temperature"], one.context and one.context.user_id)
            for one in thermostat.calls
        ] == [
            (70, None),
            (70, user.id),
            (76, None),
        ]

    async def test_somebody_with_rights_on_the_guard_only_does_not_move_the_thermostat(
        self, hass: HomeAssistant, limited_guard: MockConfigEntry
    ) -> None:
        wrapper = entity_id_of(hass, limited_guard, "thermostat")
        user = await add_limited_user(hass, {"entities": {"entity_ids": {wrapper: True}}})
        with pytest.raises(Unauthorized):
            await call_climate(
                hass, wrapper, "set_temperature", Context(user_id=user.id), temperature=66
            )

        assert requested_setpoint(hass, limited_guard) == 74

    async def test_a_deleted_user_does_not_move_the_thermostat(
        self, hass: HomeAssistant, limited_guard: MockConfigEntry
    ) -> None:
        user = await add_user(hass, GROUP_ID_ADMIN)
        await hass.auth.async_remove_user(user)
        with pytest.raises(UnknownUser):
            await call_climate(
                hass,
                entity_id_of(hass, limited_guard, "thermostat"),
                "set_temperature",
                Context(user_id=user.id),
                temperature=66,
            )

    @pytest.mark.parametrize("answers", [66, 68])
    async def test_the_readback_of_any_call_is_no_manual_change(
        self,
        hass: HomeAssistant,
        thermostat: RealThermostat,
        limited_guard: MockConfigEntry,
        pass_seconds: Wait,
        answers: float,
    ) -> None:
        user = await add_user(hass, GROUP_ID_ADMIN)

        async def answer(**data: Any) -> None:
            thermostat.calls.append(RecordedCall("set_temperature", data, None))
            thermostat.change(target_temperature=answers)

        with pytest.MonkeyPatch.context() as slow:
            slow.setattr(thermostat, "async_set_temperature", answer)
            await call_climate(
                hass,
                entity_id_of(hass, limited_guard, "thermostat"),
                "set_temperature",
                Context(user_id=user.id),
                temperature=66,
            )
            await pass_seconds(HOUR)

        assert requested_setpoint(hass, limited_guard) == 66
        assert read_state(hass, limited_guard, "limit").state == "none"


async def _yield_to_loop(context: Context) -> Context:
    """Let another call run in between."""
    await asyncio.sleep(0)
    return context


@pytest.mark.parametrize("days", [1, 40])
async def test_a_clock_that_is_set_back_while_a_write_is_lost(  # noqa: PLR0913, PLR0917 -- fixtures
    hass: HomeAssistant,
    thermostat: RealThermostat,
    limited_guard: MockConfigEntry,
    pass_seconds: Wait,
    freezer: FrozenDateTimeFactory,
    days: int,
) -> None:
    with pytest.MonkeyPatch.context() as radio:
        lose_writes(thermostat, radio)
        await choose_mode(hass, limited_guard, Mode.MONITOR)
    assert state_of(hass, SOURCE).attributes["temperature"] == 70
    freezer.tick(-days * 24 * HOUR)
    thermostat.change(current_temperature=69)
    await pass_seconds(20 * MINUTE)

    assert state_of(hass, SOURCE).attributes["temperature"] == 74


async def test_a_programs_own_change_after_our_hold_is_limited(
    hass: HomeAssistant,
    thermostat: RealThermostat,
    limited_guard: MockConfigEntry,
    setpoint_writes: Setpoints,
    pass_seconds: Wait,
) -> None:
    thermostat.change(preset_mode="hold")
    await pass_seconds(20 * MINUTE)
    thermostat.change(preset_mode="none", target_temperature=76)
    await pass_seconds(10 * MINUTE)

    assert requested_setpoint(hass, limited_guard) == 76
    assert setpoint_writes() == [70, 70]


async def test_a_setpoint_turned_into_a_range_is_restored(
    hass: HomeAssistant,
    thermostat: RealThermostat,
    pass_seconds: Wait,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    thermostat._attr_supported_features = SINGLE | RANGE  # noqa: SLF001 -- a thermostat's own
    thermostat.change(hvac_mode=HVACMode.AUTO, target_temperature=66)
    entry = await add_protected_guard(hass)

    async def split(**data: Any) -> None:
        thermostat.calls.append(RecordedCall("set_temperature", data, None))
        low = data.get("target_temp_low", data.get("temperature", 70) - 2)
        thermostat.change(
            target_temperature=None, target_temperature_low=low, target_temperature_high=low + 4
        )

    monkeypatch.setattr(thermostat, "async_set_temperature", split)
    await call_climate(
        hass, entity_id_of(hass, entry, "thermostat"), "set_temperature", temperature=70
    )
    await pass_seconds(3 * HOUR)

    assert requested_setpoint(hass, entry) == 70
    assert read_state(hass, entry, "limit").state == "none"
    assert len(thermostat.calls) == 1
