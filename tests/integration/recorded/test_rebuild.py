"""The action that rebuilds the history from the recorder."""

from typing import Any
from unittest.mock import patch

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.components.recorder.common import (
    async_wait_recording_done,
)
from sqlalchemy.exc import OperationalError

from custom_components.aux_heat_guard.const import DOMAIN
from custom_components.aux_heat_guard.history import recorder_reader as history
from tests.integration.conftest import Wait
from tests.integration.home import add_guard, read_seconds, set_thermostat


async def add_recorded_guard(hass: HomeAssistant, wait: Wait, **options: Any) -> MockConfigEntry:
    """Set up a guard with ten recorded minutes."""
    set_thermostat(hass)
    guard = await add_guard(hass, **options)
    await hass.async_block_till_done(wait_background_tasks=True)
    await wait(600)
    await async_wait_recording_done(hass)
    return guard


async def rebuild(hass: HomeAssistant, *, answer: bool = True) -> Any:
    response = await hass.services.async_call(
        DOMAIN, "rebuild_history", {}, blocking=True, return_response=answer
    )
    # The statistics are written afterwards.
    await hass.async_block_till_done(wait_background_tasks=True)
    return response


async def test_a_rebuild_uses_the_current_options(hass: HomeAssistant, pass_seconds: Wait) -> None:
    hass.states.async_set("binary_sensor.w2", "on")
    guard = await add_recorded_guard(hass, pass_seconds, signals=[])
    relay = {
        "kind": "on_off",
        "role": "aux",
        "quality": "measured",
        "entity_id": "binary_sensor.w2",
        "attribute": None,
    }
    hass.config_entries.async_update_entry(guard, options={**guard.options, "signals": [relay]})
    await hass.async_block_till_done(wait_background_tasks=True)
    assert read_seconds(hass, guard, "aux_runtime_season") == 0
    assert await rebuild(hass) == {"since": "2027-01-15T12:00:00-05:00"}
    await pass_seconds(600)
    assert read_seconds(hass, guard, "aux_runtime_season") == pytest.approx(1200, abs=1)


async def test_a_rebuild_works_without_a_response(hass: HomeAssistant, pass_seconds: Wait) -> None:
    await add_recorded_guard(hass, pass_seconds)
    assert await rebuild(hass, answer=False) is None


async def test_only_one_rebuild_runs_at_a_time(hass: HomeAssistant, pass_seconds: Wait) -> None:
    await add_recorded_guard(hass, pass_seconds)
    first = hass.async_create_task(rebuild(hass))
    with pytest.raises(HomeAssistantError) as refused:
        await rebuild(hass)
    assert (refused.value.translation_domain, refused.value.translation_key) == (
        DOMAIN,
        "history_busy",
    )
    assert (await first)["since"]


async def test_an_unreadable_recorder_fails_the_rebuild(
    hass: HomeAssistant, pass_seconds: Wait
) -> None:
    guard = await add_recorded_guard(hass, pass_seconds)
    locked = OperationalError("SELECT", {}, Exception("database is locked"))
    with (
        patch.object(history, "session_scope", side_effect=locked),
        pytest.raises(HomeAssistantError) as refused,
    ):
        await rebuild(hass)
    assert (refused.value.translation_domain, refused.value.translation_key) == (
        DOMAIN,
        "recorder_unreadable",
    )
    assert guard.runtime_data.persistence.backfill.progress is None
