"""Random lives of protected thermostats with real faults: no requested setpoint is ever lost.

A life that fails prints its seed, its timeline and its failures. To repeat some lives:
LIVES=17,1234 scripts/test tests/integration/lives/test_lives.py; LIVES=0-1999 for a range.
"""

from collections.abc import Callable, Coroutine
import logging
import os
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
import pytest

from tests.integration.faulty_thermostats import async_prepare
from tests.integration.lives.clock import LifeClock
from tests.integration.lives.life import run_life

type LiveAll = Callable[[list[int]], Coroutine[Any, Any, None]]


@pytest.fixture
def run_lives(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    hass_storage: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> LiveAll:
    """Run many lives in one Home Assistant. Fail with a timeline of each kind of failure."""
    # The jumps of a frozen clock are no slow callbacks, and the timeline shows more than the log.
    hass.loop.set_debug(False)
    monkeypatch.setattr(logging.root.manager, "disable", logging.WARNING)

    async def living(seeds: list[int]) -> None:
        clock, add = LifeClock(hass, freezer), await async_prepare(hass)
        failed: dict[str, list[int]] = {}
        stories: dict[str, str] = {}
        for seed in seeds:
            failure = await run_life(hass, clock, hass_storage, add, seed)
            if failure is not None:
                kind, story = failure
                failed.setdefault(kind, []).append(seed)
                stories.setdefault(f"{kind} {seed}" if LIVES_VARIABLE else kind, story)
        if failed:
            counted = "\n".join(
                f"{kind}: {len(found)} of {len(seeds)}, seeds {found}"
                for kind, found in failed.items()
            )
            pytest.fail("\n\n".join([*stories.values(), counted]), pytrace=False)

    return living


LIVES_VARIABLE = os.environ.get("LIVES", "")
"""The seeds to repeat instead of all; the timelines of all failures are then printed."""


def choose_seeds(default: range) -> list[list[int]]:
    """Return the seeds in batches, one for each Home Assistant."""
    seeds = list(default)
    if LIVES_VARIABLE:
        spans = [span.partition("-") for span in LIVES_VARIABLE.split(",")]
        seeds = [
            seed
            for first, dash, last in spans
            for seed in range(int(first), int(last if dash else first) + 1)
        ]
    return [
        seeds[start : start + LIVES_PER_INSTANCE]
        for start in range(0, len(seeds), LIVES_PER_INSTANCE)
    ]


LIVES_PER_INSTANCE = 50


@pytest.mark.parametrize(
    "seeds", choose_seeds(range(30)), ids=lambda seeds: f"{seeds[0]}-{seeds[-1]}"
)
async def test_a_random_life_loses_no_setpoint(run_lives: LiveAll, seeds: list[int]) -> None:
    await run_lives(seeds)


@pytest.mark.thorough
@pytest.mark.parametrize(
    "seeds", choose_seeds(range(30, 2100)), ids=lambda seeds: f"{seeds[0]}-{seeds[-1]}"
)
async def test_two_thousand_lives(run_lives: LiveAll, seeds: list[int]) -> None:
    await run_lives(seeds)
