"""Explanations of the setpoint, from the action and from a diagnostics file."""

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
from tests.integration.home import entity_id_of
from tests.integration.protection import MINUTE, add_protected_guard, set_outdoor
from tests.integration.thermostats import RealThermostat, call_climate


async def explain(hass: HomeAssistant) -> list[dict[str, Any]]:
    """Return the response of the action that explains the setpoint."""
    answer: Any = await hass.services.async_call(
        DOMAIN, "explain", {}, blocking=True, return_response=True
    )
    assert answer["mode"] == "protect"
    json.dumps(answer)
    steps: list[dict[str, Any]] = answer["steps"]
    return steps


async def test_a_request_is_a_step(
    hass: HomeAssistant, thermostat: RealThermostat, pass_seconds: Wait
) -> None:
    entry = await add_protected_guard(hass)
    set_outdoor(hass, 20)
    await pass_seconds(31 * MINUTE)
    await call_climate(
        hass, entity_id_of(hass, entry, "thermostat"), "set_temperature", temperature=78
    )
    asked = next(step for step in await explain(hass) if step["asked"] is not None)

    assert thermostat.calls[-1].data["temperature"] == 70
    assert {name: asked[name] for name in ("asked", "requested", "applied", "told", "limit")} == {
        "asked": 78,
        "requested": 78,
        "applied": 70,
        "told": 70,
        "limit": "cap",
    }


async def test_each_step_lists_observation_decision_write_and_readback(
    hass: HomeAssistant, thermostat: RealThermostat, pass_seconds: Wait
) -> None:
    await add_protected_guard(hass)
    set_outdoor(hass, 20)
    await pass_seconds(31 * MINUTE)
    first, limited, shown = await explain(hass)

    assert (first["limit"], first["requested"], first["applied"], first["told"]) == (
        "none",
        74,
        74,
        None,
    )
    assert {
        key: limited[key]
        for key in ("limit", "target", "applied", "told", "shown_after", "outdoor", "room")
    } == {
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
    thermostat.change(hvac_mode="off")
    await pass_seconds(MINUTE)
    assert (await explain(hass))[-1]["limit"] is None


@pytest.mark.usefixtures("thermostat")
async def test_only_the_last_steps_are_kept(hass: HomeAssistant, pass_seconds: Wait) -> None:
    await add_protected_guard(hass)
    for turn in range(60):
        set_outdoor(hass, 10 if turn % 2 else 50)
        await pass_seconds(31 * MINUTE)

    assert len(await explain(hass)) == 50


async def download_after_limit(
    hass: HomeAssistant, wait: Wait, asked: float | None = None
) -> dict[str, Any]:
    """Return the diagnostics of a guard after a limit, and after a request if given."""
    entry = await add_protected_guard(hass)
    set_outdoor(hass, 20)
    await wait(31 * MINUTE)
    if asked is not None:
        await call_climate(
            hass, entity_id_of(hass, entry, "thermostat"), "set_temperature", temperature=asked
        )
    download = await async_get_config_entry_diagnostics(hass, entry)
    return {"data": json.loads(json.dumps(download, cls=ExtendedJSONEncoder))}


@pytest.mark.usefixtures("thermostat")
class TestRetrace:
    async def test_the_same_code_decides_the_same(
        self, hass: HomeAssistant, pass_seconds: Wait
    ) -> None:
        steps, home = retrace.retrace_file(await download_after_limit(hass, pass_seconds))
        _, limited, _ = retrace.format_steps(steps, home)

        assert limited.startswith("2027-01-15 12:30:")
        assert "cap      applied 70 of 74 (74 requested), cap 70 -> told 70" in limited

    async def test_a_different_decision_is_shown(
        self, hass: HomeAssistant, pass_seconds: Wait
    ) -> None:
        download = await download_after_limit(hass, pass_seconds)
        download["data"]["entry"]["options"]["protection"]["cap_on"] = False
        steps, home = retrace.retrace_file(download)

        assert steps[1].is_different
        assert "now  none     applied 74 of 74" in "\n".join(retrace.format_steps(steps, home))

    async def test_a_mode_that_was_changed_since_then_makes_no_difference(
        self, hass: HomeAssistant, pass_seconds: Wait
    ) -> None:
        download = await download_after_limit(hass, pass_seconds)
        download["data"]["entry"]["options"]["protection"]["mode"] = "monitor"

        assert not any(step.is_different for step in retrace.retrace_file(download)[0])

    async def test_requests_are_replayed(self, hass: HomeAssistant, pass_seconds: Wait) -> None:
        download = await download_after_limit(hass, pass_seconds, asked=78)
        steps, home = retrace.retrace_file(download)

        assert not any(step.is_different for step in steps)
        assert "applied 70 of 78 (78 requested), cap 70 -> told 70" in "\n".join(
            retrace.format_steps(steps, home)
        )


def test_other_files_are_rejected(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "other.json").write_text("{}")
    monkeypatch.setattr(sys, "argv", ["replay", str(tmp_path / "other.json")])

    assert retrace.main() == 2
    assert "no diagnostics file" in capsys.readouterr().err
