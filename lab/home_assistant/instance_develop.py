"""Run the Home Assistant of `scripts/develop`, with a guard of the lab's thermostat."""

import asyncio
from collections.abc import Sequence
import contextlib
import signal
import sys
from typing import Final

from homeassistant.const import RESTART_EXIT_CODE

from .instance import ROOT, Instance, Setup, accept_defaults, free_port
from .instance_clock import ProcessClock, make_clock
from .instance_dashboard import make_dashboard
from .instance_flow import Answer

GUARD: Final = "aux_heat_guard"
LAB: Final = "heat_lab"
PORT: Final = 8123
URL_PATH: Final = "aux-heat-guard"
CONFIG: Final = "config"
NIGHT_CONFIG: Final = "config-night"
"""A separate folder, because its clock is in another year and its guard is in Protect mode."""

NIGHT: Final = "2027-01-15 20:00:00"
"""The start of a faster clock: a Friday evening in January."""
SCHEDULE: Final = "schedule.heating"
SCHEDULE_YAML: Final = """
schedule:
  heating:
    name: Heating
""" + "".join(
    f"    {day}:\n      - {{from: '06:00:00', to: '22:00:00'}}\n"
    for day in ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
)

FAST_CLOCK_TEXT: Final = """
  Home Assistant's clock runs {speed:g} times as fast, from {night} on.
  A night takes {minutes:.0f} min. The guard protects by a schedule of 70 °F from 6 to 22
  and 62 °F at night. Watch Limit with its reason, and aux heat that stays off except for
  defrosts. A browser can follow up to 60; above that, read the states through the API.
"""

WELCOME_TEXT: Final = """
  AUX Heat Guard guards the lab's thermostat at

      {address}
      user      {user}
      password  {password}

  The lab's house runs faster by its speed; the guard counts real time.
  Speeds up to 60 are good to watch. To see an alert raised by a fault, set the speed to 1:
  CONTRIBUTING.md lists the weather and the times.
  Ctrl-C stops it. The next start keeps the guard's history, while the lab's day starts over.
  Delete the folder {folder} to forget everything.
"""


def lab_answers() -> Sequence[Answer]:
    """Return the answers to the setup flow of the lab's thermostat."""
    return [accept_defaults()]


def guard_answers(thermostat: str, outdoor: str) -> Sequence[Answer]:
    """Return the answers to the guard's setup: thermostat, signals, outdoor sensor, equipment."""
    return [
        accept_defaults(thermostat=thermostat),
        accept_defaults(),
        accept_defaults(outdoor=outdoor),
        accept_defaults(),
    ]


async def develop(speed: float | None = None) -> None:
    """Run until Ctrl-C or until Home Assistant stops, with a clock at `speed` if given."""
    if (task := asyncio.current_task()) is not None:
        for end in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(end, task.cancel)
    components = (
        ROOT / "custom_components" / GUARD,
        ROOT / "lab/home_assistant/custom_components" / LAB,
    )
    setup = Setup(
        name="AUX Heat Guard",
        components=components,
        log_levels={f"custom_components.{GUARD}": "debug"},
        yaml=SCHEDULE_YAML,
    )
    folder = ROOT / (CONFIG if speed is None else NIGHT_CONFIG)
    folder.mkdir(exist_ok=True)
    clock = None if speed is None else make_clock(folder, setup.time_zone, NIGHT)
    if speed is not None and clock is None:
        _print("There is no libfaketime here, so the clock runs as it always does.\n")
    home = await Instance.make(folder, setup, port=free_port(PORT), show=True, clock=clock)
    async with home:
        guard = await set_up_home(home)
        _print(
            WELCOME_TEXT.format(
                address=home.address, user=setup.user, password=setup.password, folder=folder.name
            )
        )
        if clock is not None and speed is not None:
            await play_night(home, guard, clock, speed)
            _print(FAST_CLOCK_TEXT.format(speed=speed, night=NIGHT, minutes=12 * 60 / speed))
        while await home.wait_for_exit() == RESTART_EXIT_CODE:
            await home.restart()


async def play_night(home: Instance, guard: str, clock: ProcessClock, speed: float) -> None:
    """Set the guard to Protect mode with the schedule, the lab to real speed, and run the clock."""
    await enable_protection(home, guard)
    number = await home.entity_id(
        "number", entry_id=await _entry(home, LAB, lab_answers()), translation_key="speed"
    )
    await home.call("number", "set_value", {"value": 1}, entity_id=number)
    clock.run_at_speed(speed)


async def enable_protection(home: Instance, guard: str) -> None:
    """Choose Protect mode and the schedule in the options of the guard."""
    answers: list[Answer] = [
        {"next_step_id": "protection"},
        accept_defaults(mode="protect", schedule=SCHEDULE),
    ]
    await home.change_options(guard, answers)


async def set_up_home(home: Instance) -> str:
    """Add thermostat, guard and dashboard if missing. Return the guard's entry id."""
    lab = await _entry(home, LAB, lab_answers())
    thermostat = await home.entity_id("climate", entry_id=lab)
    outdoor = await home.entity_id("sensor", entry_id=lab, translation_key="outdoor_temperature")
    guard = await _entry(home, GUARD, guard_answers(thermostat, outdoor))
    await home.save_dashboard(URL_PATH, "AUX Heat Guard", await make_dashboard(home, guard, lab))
    await home.make_default_dashboard(URL_PATH)
    return guard


async def _entry(home: Instance, domain: str, answers: Sequence[Answer]) -> str:
    for entry in await home.entries(domain):
        return str(entry["entry_id"])
    return await home.add_integration(domain, answers)


def _print(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


if __name__ == "__main__":
    with contextlib.suppress(asyncio.CancelledError):
        asyncio.run(develop(float(sys.argv[1]) if len(sys.argv) > 1 else None))
