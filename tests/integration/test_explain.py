"""Why the setpoint was what it was: by an action, and from a diagnostics file."""

import json
from pathlib import Path
import sys
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers.json import ExtendedJSONEncoder
import pytest

from bench import retrace
from custom_components.aux_heat_guard.const import DOMAIN
from custom_components.aux_heat_guard.diagnostics import async_get_config_entry_diagnostics
from tests.integration.conftest import Wait
from tests.integration.protection import MINUTE, guarded, weather
from tests.integration.thermostats import RealThermostat


async def explained(hass: HomeAssistant) -> list[dict[str, Any]]:
    """Ask why."""
    answer: Any = await hass.services.async_call(DOMAIN, "explain", {}, blocking=True, return_response=True)
    assert answer["mode"] == "protect"
    json.dumps(answer)
    steps: list[dict[str, Any]] = answer["steps"]
    return steps


async def test_each_step_says_what_was_seen_decided_told_and_shown(hass: HomeAssistant, thermostat: RealThermostat, wait: Wait) -> None:
    await guarded(hass)
    weather(hass, 20)
    await wait(31 * MINUTE)
    first, limited, shown = await explained(hass)

    assert (first["limit"], first["requested"], first["applied"], first["told"]) == ("none", 74, 74, None)
    assert {key: limited[key] for key in ("limit", "target", "applied", "told", "shown_after", "outdoor", "room")} == {
        "limit": "cap",
        "target": 74,
        "applied": 70,
        "told": 70,
        "shown_after": 70,
        "outdoor": 20,
        "room": 68,
    }
    assert limited["limits"] == {"cap": 70}
    assert "74 °F" in limited["reason"]
    assert (shown["setpoint"], shown["told"]) == (70, None)
    thermostat.say(hvac_mode="off")
    await wait(MINUTE)
    assert (await explained(hass))[-1]["limit"] is None


@pytest.mark.usefixtures("thermostat")
async def test_only_the_last_steps_are_kept(hass: HomeAssistant, wait: Wait) -> None:
    await guarded(hass)
    for turn in range(60):
        weather(hass, 10 if turn % 2 else 50)
        await wait(31 * MINUTE)

    assert len(await explained(hass)) == 50


async def downloaded(hass: HomeAssistant, wait: Wait) -> dict[str, Any]:
    """Download what a guard tells after a limit."""
    entry = await guarded(hass)
    weather(hass, 20)
    await wait(31 * MINUTE)
    told = await async_get_config_entry_diagnostics(hass, entry)
    return {"data": json.loads(json.dumps(told, cls=ExtendedJSONEncoder))}


@pytest.mark.usefixtures("thermostat")
class TestRetrace:
    async def test_the_same_code_decides_the_same(self, hass: HomeAssistant, wait: Wait) -> None:
        steps, zone = retrace.read(await downloaded(hass, wait))
        _, limited, _ = retrace.lines(steps, zone)

        assert limited.startswith("2027-01-15 12:30:")
        assert "cap      applied 21.111 of 23.333 (23.333 requested), cap 21.111 -> told 21.111" in limited

    async def test_where_something_else_would_be_decided_it_is_shown(self, hass: HomeAssistant, wait: Wait) -> None:
        told = await downloaded(hass, wait)
        told["data"]["entry"]["options"]["protection"]["cap_on"] = False
        steps, zone = retrace.read(told)

        assert steps[1].differs
        assert "now  none     applied 23.333" in "\n".join(retrace.lines(steps, zone))


def test_any_other_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "other.json").write_text("{}")
    monkeypatch.setattr(sys, "argv", ["replay", str(tmp_path / "other.json")])

    assert retrace.main() == 2
    assert "no diagnostics file" in capsys.readouterr().err
