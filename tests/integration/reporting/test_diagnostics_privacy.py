"""A diagnostics file is safe to share, without secrets, names or the location of the home."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
import json
from pathlib import Path
import re
import sys
from typing import Any
from zoneinfo import ZoneInfo

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.diagnostics.const import REDACTED
from homeassistant.core import HomeAssistant
from homeassistant.helpers.json import ExtendedJSONEncoder
from homeassistant.helpers.selector import ActionSelector
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.components.diagnostics import (
    get_diagnostics_for_config_entry,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from bench import retrace
from custom_components.aux_heat_guard.core.model import Observation, Thermostat
from custom_components.aux_heat_guard.core.persistence.json_values import EPOCH
from custom_components.aux_heat_guard.diagnostics import async_get_config_entry_diagnostics
from custom_components.aux_heat_guard.options.guard import read_guard_config
from custom_components.aux_heat_guard.reporting.anonymizer import Anonymizer
from tests.integration.conftest import Wait
from tests.integration.protection import MINUTE, add_protected_guard, set_outdoor
from tests.integration.thermostats import RealThermostat

SECRET = "s3cr3t-t0ken"  # noqa: S105 -- a secret that is looked for
ACTIONS = [
    {"action": "rest_command.furnace", "data": {"headers": {"Authorization": f"Bearer {SECRET}"}}},
    {
        "if": [{"condition": "template", "value_template": f"{{{{ '{SECRET}' }}}}"}],
        "then": [{"event": SECRET}],
    },
]
ACTION_FIELDS = ("resume", "furnace_actions", "furnace_back", "lockout_actions", "lockout_back")


async def download_diagnostics(hass: HomeAssistant, entry: MockConfigEntry) -> dict[str, Any]:
    """Return a diagnostics file, as Home Assistant writes it."""
    download = await async_get_config_entry_diagnostics(hass, entry)
    return {"data": json.loads(json.dumps(download, cls=ExtendedJSONEncoder))}


@pytest.mark.usefixtures("thermostat")
class TestSecrets:
    @pytest.mark.parametrize("field", ACTION_FIELDS)
    @pytest.mark.parametrize(
        "actions", [ACTIONS, ACTIONS[0], SECRET], ids=["list", "one_action", "text"]
    )
    async def test_actions_are_left_out(
        self, hass: HomeAssistant, hass_client: ClientSessionGenerator, field: str, actions: object
    ) -> None:
        chosen: dict[str, Any] = {field: actions}
        entry = await add_protected_guard(hass, **chosen)
        download: Any = await get_diagnostics_for_config_entry(hass, hass_client, entry)
        assert SECRET not in json.dumps(download)
        assert "rest_command" not in json.dumps(download)
        assert download["entry"]["options"]["protection"][field] == REDACTED

    @pytest.mark.parametrize("field", ["phones", "entities", "actions"])
    @pytest.mark.parametrize("value", [ACTIONS, [SECRET], SECRET])
    async def test_notification_channels_are_left_out(
        self, hass: HomeAssistant, field: str, value: object
    ) -> None:
        entry = await add_protected_guard(hass)
        hass.config_entries.async_update_entry(
            entry, options={**entry.options, "notify": {field: value}}
        )
        await hass.async_block_till_done()
        download = await download_diagnostics(hass, entry)
        assert SECRET not in json.dumps(download)
        assert download["data"]["entry"]["options"]["notify"][field] == REDACTED

    async def test_unknown_options_are_left_out(self, hass: HomeAssistant) -> None:
        entry = await add_protected_guard(hass, resume_at_night=ACTIONS)
        hass.config_entries.async_update_entry(
            entry,
            options={**entry.options, "old_actions": ACTIONS, "notify": ACTIONS},
            data={"key": SECRET},
        )
        await hass.async_block_till_done()
        assert SECRET not in json.dumps(await download_diagnostics(hass, entry))

    async def test_empty_action_fields_are_visible(self, hass: HomeAssistant) -> None:
        download = await download_diagnostics(
            hass,
            await add_protected_guard(hass, resume=None, furnace_actions=[], lockout_back=ACTIONS),
        )
        chosen = download["data"]["entry"]["options"]["protection"]
        assert (chosen["resume"], chosen["furnace_actions"], chosen["lockout_back"]) == (
            None,
            [],
            REDACTED,
        )

    async def test_all_action_fields_are_covered(self, hass: HomeAssistant) -> None:
        entry = await add_protected_guard(hass)
        found = {field async for field in action_fields(hass, entry)}
        assert found == {*ACTION_FIELDS, "actions"}

    async def test_set_options_are_readable(self, hass: HomeAssistant) -> None:
        chosen: dict[str, Any] = dict.fromkeys(ACTION_FIELDS, ACTIONS)
        entry = await add_protected_guard(
            hass, **chosen, furnace_on=True, lockout_on=True, cap_cold=20, own_schedule=True
        )
        guard = entry.runtime_data.guard_config
        assert guard.settings.protection.has_resume_action
        assert guard.settings.protection.furnace_below is not None

        download = await download_diagnostics(hass, entry)
        read = read_guard_config(retrace.read_options(download["data"]), guard.settings.zone)
        assert read.settings == guard.settings


async def action_fields(hass: HomeAssistant, entry: MockConfigEntry) -> AsyncIterator[str]:
    """Return the fields for actions in all forms of the options."""
    flows = hass.config_entries.options
    menu = await flows.async_init(entry.entry_id)
    flows.async_abort(menu["flow_id"])
    steps: Any = menu["menu_options"]
    for step in steps:
        opened = await flows.async_init(entry.entry_id)
        form = await flows.async_configure(opened["flow_id"], {"next_step_id": step})
        flows.async_abort(opened["flow_id"])
        schema = form.get("data_schema")
        fields: dict[Any, Any] = {} if schema is None else schema.schema
        for field, selector in fields.items():
            if isinstance(selector, ActionSelector):
                yield str(field)


def texts(data: object) -> Iterator[str]:
    """Yield all texts in a file, including keys."""
    if isinstance(data, dict):
        for key, value in data.items():
            yield key
            yield from texts(value)
    elif isinstance(data, list):
        for value in data:
            yield from texts(value)
    elif isinstance(data, str):
        yield data


class TestPlace:
    @pytest.mark.parametrize("zone", ["America/New_York", "Pacific/Auckland", "Asia/Kolkata"])
    async def test_the_home_location_is_left_out(
        self, hass: HomeAssistant, thermostat: RealThermostat, pass_seconds: Wait, zone: str
    ) -> None:
        await hass.config.async_set_time_zone(zone)
        hass.config.currency = "NZD"
        entry = await add_protected_guard(hass)
        set_outdoor(hass, 20)
        await pass_seconds(31 * MINUTE)
        assert thermostat.calls
        download = await download_diagnostics(hass, entry)

        assert download["data"]["guarded"]["settings"]["zone"] == REDACTED
        found = list(texts(download))
        for place in (
            zone,
            zone.rpartition("/")[2],
            "NZD",
            str(hass.config.latitude),
            str(hass.config.longitude),
        ):
            assert not [text for text in found if place in text]
        # No time has an offset to UTC.
        assert not [text for text in found if re.search(r"\d\d:\d\d.*([+-]\d\d:?\d\d|Z)$", text)]

    @pytest.mark.usefixtures("thermostat")
    @pytest.mark.parametrize(
        ("zone", "day", "time"),
        [
            ("America/New_York", "2027-01-15", "12:00:00"),
            ("Pacific/Auckland", "2027-01-16", "06:00:00"),
        ],
    )
    async def test_times_are_local_times(
        self, hass: HomeAssistant, pass_seconds: Wait, zone: str, day: str, time: str
    ) -> None:
        await hass.config.async_set_time_zone(zone)
        entry = await add_protected_guard(hass)
        set_outdoor(hass, 20)
        await pass_seconds(31 * MINUTE)
        download = await download_diagnostics(hass, entry)

        assert (
            download["data"]["history"]["since"]
            == download["data"]["entry"]["created_at"]
            == f"{day}T{time}"
        )
        assert download["data"]["figures"]["today"]["start"] == f"{day}T00:00:00"
        steps, home = retrace.retrace_file(download)
        assert next(iter(retrace.format_steps(steps, home))).startswith(f"{day} {time}")

    async def test_custom_preset_names_are_left_out(
        self, hass: HomeAssistant, thermostat: RealThermostat, pass_seconds: Wait
    ) -> None:
        thermostat.change(
            preset_modes=["away", "Grandma sleeps", "Grandma is up"], preset_mode="Grandma sleeps"
        )
        entry = await add_protected_guard(hass)
        set_outdoor(hass, 20)
        await pass_seconds(31 * MINUTE)
        thermostat.change(preset_mode="Grandma is up", target_temperature=72)
        await pass_seconds(2 * MINUTE)
        thermostat.change(preset_mode="away", target_temperature=62)
        await pass_seconds(2 * MINUTE)
        download = await download_diagnostics(hass, entry)
        assert "Grandma" not in json.dumps(download["data"]["trace"])
        presets = [step["observation"]["preset"] for step in download["data"]["trace"]]
        assert presets[0] == "preset 1"
        assert {"preset 2", "away"} <= set(presets)
        assert not any(step.is_different for step in retrace.retrace_file(download)[0])


class TestReplay:
    @pytest.mark.parametrize(
        "friday", ["2027-01-22", "2027-04-02"], ids=["summer", "end_of_summer_time"]
    )
    async def test_a_learned_schedule_replays_alike(
        self,
        hass: HomeAssistant,
        thermostat: RealThermostat,
        pass_seconds: Wait,
        freezer: FrozenDateTimeFactory,
        friday: str,
    ) -> None:
        zone = ZoneInfo("Pacific/Auckland")
        await hass.config.async_set_time_zone(zone.key)
        day = datetime.fromisoformat(friday).replace(tzinfo=zone)
        freezer.move_to(day.replace(hour=6))
        entry = await add_protected_guard(hass, own_schedule=True)
        for days, hour, setpoint in ((0, 7, 73), (0, 22, 66), (3, 7, 73)):
            at = (day + timedelta(days=days)).replace(hour=hour)
            await pass_seconds(
                (at.astimezone(UTC) - dt_util.utcnow()).total_seconds() - 40 * MINUTE
            )
            set_outdoor(hass, 20)
            await pass_seconds(40 * MINUTE)
            thermostat.change(target_temperature=setpoint)
            await hass.async_block_till_done()
        await pass_seconds(20 * MINUTE)
        download = await download_diagnostics(hass, entry)
        steps, home = retrace.retrace_file(download)
        assert "cap      applied 70 of 73" in list(retrace.format_steps(steps, home))[-1]
        assert not any(step.is_different for step in steps)

        # Farther west it was Sunday, and changes that recur on weekdays do not recur on Sundays.
        download["data"]["guarded"]["settings"]["zone"] = "Pacific/Honolulu"
        assert any(step.is_different for step in retrace.retrace_file(download)[0])

    async def test_a_thermostat_resumed_by_actions_replays_alike(
        self, hass: HomeAssistant, thermostat: RealThermostat, pass_seconds: Wait
    ) -> None:
        entry = await add_protected_guard(hass, resume=[{"event": SECRET}])
        set_outdoor(hass, 20)
        await pass_seconds(31 * MINUTE)
        set_outdoor(hass, 50)
        await pass_seconds(40 * MINUTE)
        assert thermostat.calls
        assert not any(
            step.is_different
            for step in retrace.retrace_file(await download_diagnostics(hass, entry))[0]
        )

    @pytest.mark.usefixtures("thermostat")
    async def test_the_command_reads_the_file(
        self,
        hass: HomeAssistant,
        pass_seconds: Wait,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        entry = await add_protected_guard(hass, resume=ACTIONS)
        set_outdoor(hass, 20)
        await pass_seconds(31 * MINUTE)
        (tmp_path / "diagnostics.json").write_text(
            json.dumps(await download_diagnostics(hass, entry))
        )
        monkeypatch.setattr(sys, "argv", ["replay", str(tmp_path / "diagnostics.json")])

        assert retrace.main() == 0
        assert "applied 70 of 74 (74 requested), cap 70 -> told 70" in capsys.readouterr().out

    @pytest.mark.usefixtures("thermostat")
    async def test_a_file_of_an_earlier_version_names_its_zone(
        self, hass: HomeAssistant, pass_seconds: Wait
    ) -> None:
        entry = await add_protected_guard(hass)
        set_outdoor(hass, 20)
        await pass_seconds(31 * MINUTE)
        download = await download_diagnostics(hass, entry)
        download["data"]["guarded"]["settings"]["zone"] = "America/New_York"
        steps, home = retrace.retrace_file(download)
        # The instants in such a file are true ones, so those of this file are off by five hours.
        assert next(iter(retrace.format_steps(steps, home))).startswith("2027-01-15 07:")

    @pytest.mark.usefixtures("thermostat")
    async def test_a_repeated_clock_hour_replays_alike(
        self, hass: HomeAssistant, pass_seconds: Wait, freezer: FrozenDateTimeFactory
    ) -> None:
        freezer.move_to("2027-11-07 01:20:00-04:00")
        entry = await add_protected_guard(hass)
        set_outdoor(hass, 20)
        await pass_seconds(60 * MINUTE)
        set_outdoor(hass, 50)
        await pass_seconds(40 * MINUTE)
        steps, home = retrace.retrace_file(await download_diagnostics(hass, entry))
        assert not any(step.is_different for step in steps)
        lines = [line[:16] for line in retrace.format_steps(steps, home) if "told" in line]
        assert lines == ["2027-11-07 01:21", "2027-11-07 01:21"]

    async def test_times_of_an_unset_clock_can_be_read(self) -> None:
        observation = Observation(
            at=EPOCH, thermostat=Thermostat(last_reported=EPOCH + timedelta(hours=6))
        )
        moved = Anonymizer(ZoneInfo("America/New_York")).rewrite(observation, EPOCH)
        assert (moved.at, moved.thermostat.last_reported) == (EPOCH, EPOCH + timedelta(hours=1))
