"""What scripts/develop runs: a Home Assistant in which AUX Heat Guard guards the lab's thermostat."""

import asyncio
from collections.abc import Sequence
import contextlib
import signal
import sys
from typing import Final

from homeassistant.const import RESTART_EXIT_CODE

from .instance import ROOT, Home, Setup, as_offered, free_port
from .instance_dashboard import dashboard
from .instance_flow import Answer

GUARD: Final = "aux_heat_guard"
LAB: Final = "heat_lab"
PORT: Final = 8123
URL_PATH: Final = "aux-heat-guard"

WELCOME: Final = """
  AUX Heat Guard guards the lab's thermostat at

      {address}
      user      {user}
      password  {password}

  The lab's house lives as many times faster as its speed says; the guard counts real time. Speeds up to 60 are good to watch.
  To see an alert raised by a fault, set the speed to 1: CONTRIBUTING.md says in which weather, and when.
  Ctrl-C stops it. The next start keeps the guard's history, while the lab's day begins anew; delete the folder config to forget all.
"""


def lab_answers() -> Sequence[Answer]:
    """Set up the lab's thermostat as a developer would click."""
    return [as_offered()]


def guard_answers(thermostat: str, outdoor: str) -> Sequence[Answer]:
    """Set up its guard: the thermostat, the signs found on it, the outdoor temperature, the equipment."""
    return [as_offered(thermostat=thermostat), as_offered(), as_offered(outdoor=outdoor), as_offered()]


async def develop() -> None:
    """Run until Ctrl-C, or until Home Assistant is stopped from within."""
    if (task := asyncio.current_task()) is not None:
        for end in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(end, task.cancel)
    components = (ROOT / "custom_components" / GUARD, ROOT / "lab/home_assistant/custom_components" / LAB)
    setup = Setup(name="AUX Heat Guard", components=components, log_levels={f"custom_components.{GUARD}": "debug"})
    home = await Home.make(ROOT / "config", setup, port=free_port(PORT), show=True)
    async with home:
        await furnish(home)
        _say(WELCOME.format(address=home.address, user=setup.user, password=setup.password))
        while await home.wait_for_end() == RESTART_EXIT_CODE:
            await home.restart()


async def furnish(home: Home) -> None:
    """Add the lab's thermostat, its guard and the dashboard, as far as they are missing."""
    lab = await _entry(home, LAB, lab_answers())
    thermostat = await home.entity_id("climate", entry_id=lab)
    outdoor = await home.entity_id("sensor", entry_id=lab, translation_key="outdoor_temperature")
    guard = await _entry(home, GUARD, guard_answers(thermostat, outdoor))
    await home.save_dashboard(URL_PATH, "AUX Heat Guard", await dashboard(home, guard, lab))
    await home.make_default_dashboard(URL_PATH)


async def _entry(home: Home, domain: str, answers: Sequence[Answer]) -> str:
    for entry in await home.entries(domain):
        return str(entry["entry_id"])
    return await home.flow(domain, answers)


def _say(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


if __name__ == "__main__":
    with contextlib.suppress(asyncio.CancelledError):
        asyncio.run(develop())
