"""The benchmark's day has the documented events, and its stack is complete and counts."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from itertools import pairwise
import json
from pathlib import Path
from typing import cast

from homeassistant.components.recorder import Recorder
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest

from bench import day, stack
from bench.clock import LeapingLoop
from bench.day import EventKind
from bench.home import AUTOMATIONS, BenchHome, outdoor_sensor, thermostat
from bench.worker import LEAD

type Wait = Callable[[float], Awaitable[None]]


@pytest.mark.parametrize("begin", [0, day.DAY])
def test_a_day_is_what_the_targets_were_set_for(begin: int) -> None:
    seconds = range(begin, begin + day.DAY)
    kinds = [each.kind for each in day.list_events(begin, begin + day.DAY)]

    assert {what: kinds.count(what) for what in EventKind} == {
        EventKind.CLIMATE: 1440,
        EventKind.OUTDOOR: 288,
        EventKind.TOGGLE: 40,
    }
    assert (
        sum(day.is_aux_on(at) for at in seconds)
        == day.aux_seconds(begin, begin + day.DAY)
        == 4 * 3600
    )
    assert not day.is_aux_on(seconds[-LEAD])
    assert not day.is_aux_on(begin)


def test_aux_turns_on_twenty_times_a_day() -> None:
    turned = list(day.aux_toggles(0, 2 * day.DAY))

    assert [day.is_aux_on(at) for at in turned] == [True, False] * 40
    assert all(day.is_aux_on(at) is not day.is_aux_on(at - 1) for at in turned)


def test_no_day_is_like_the_one_before_it() -> None:
    assert not any(day.is_aux_on(at) and day.is_aux_on(at + day.DAY) for at in range(day.DAY))


def test_aux_is_counted_from_any_second_to_any_other() -> None:
    begin, end = day.DAY - 3000, day.DAY + 4321

    assert day.aux_seconds(begin, end) == sum(day.is_aux_on(at) for at in range(begin, end))


def test_each_update_is_an_event() -> None:
    climate = [day.climate_attributes(at) for at in range(0, day.DAY, day.CLIMATE_EACH)]
    outdoor = [day.outdoor_f(at) for at in range(0, day.DAY, day.OUTDOOR_EACH)]

    assert all(one != other for one, other in pairwise(climate))
    assert all(one != other for one, other in pairwise(outdoor))


@pytest.fixture(autouse=True)
def _custom_integrations(recorder_mock: Recorder, enable_custom_integrations: None) -> None:
    """Set up the recorder before everything else."""


@pytest.fixture
async def home(hass: HomeAssistant, tmp_path: Path) -> AsyncGenerator[BenchHome]:
    """The harness's Home Assistant as a home of the benchmark."""
    hass.config.config_dir = str(tmp_path)
    (tmp_path / "configuration.yaml").write_text(f"automation: !include {AUTOMATIONS}")
    (tmp_path / AUTOMATIONS).write_text(json.dumps([]))
    assert await async_setup_component(hass, "automation", {})
    home = BenchHome(tmp_path, cast(LeapingLoop, hass.loop), midnight=0, count=1)
    home.hass = hass
    hass.states.async_set(thermostat(0), "heat", day.climate_attributes(0))
    hass.states.async_set(outdoor_sensor(0), "20", {"unit_of_measurement": "°F"})
    yield home
    # The stack is removed before its sources, or it would query a recorder that has stopped.
    for entry in reversed(hass.config_entries.async_entries()):
        await hass.config_entries.async_unload(entry.entry_id)


async def test_the_stack_is_whole_and_counts(home: BenchHome, pass_seconds: Wait) -> None:
    await stack.set_up(home, [0])

    entries = home.hass.config_entries.async_entries()
    assert len(entries) == stack.HELPERS == 22
    assert {entry.state for entry in entries} == {ConfigEntryState.LOADED}
    assert len(home.hass.states.async_entity_ids("automation")) == stack.AUTOMATIONS_EACH == 3
    assert not [state for state in home.hass.states.async_all() if state.state == "unavailable"]

    home.hass.states.async_set(thermostat(0), "heat", day.climate_attributes(day.FIRST_RUN))
    await pass_seconds(600)
    home.hass.states.async_set(
        thermostat(0), "heat", day.climate_attributes(day.FIRST_RUN + day.RUN_SECONDS)
    )
    await pass_seconds(60)

    today = home.hass.states.get(stack.period_sensor(0, "today"))
    assert today is not None
    assert float(today.state) == pytest.approx(600 / 3600, abs=1 / 3600)
