"""What the options say about protection. What cannot be read is taken for not given.

protection   {"mode": "monitor", "advise" or "protect"; "cap_on", "leash_on", "overrun_on", "plan_on", "own_schedule": bool;
              "schedule": entity id of a schedule helper, or None; "resume": actions that have the thermostat go on as before; figure: number, ...}, figures in the units of FIGURES;
              for each switch "furnace" and "lockout": {switch}_on: bool, {switch}_entity: what is switched, {switch}_value: to what,
              {switch}_actions and {switch}_back: what is done in its place
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..const import CONF_PROTECTION
from ..core.model import Mode, Switch
from ..core.sense.signals import number
from ..core.settings.protection import FIGURES, ProtectSettings

CONF_CAP_ON = "cap_on"
CONF_LEASH_ON = "leash_on"
CONF_MODE = "mode"
CONF_OVERRUN_ON = "overrun_on"
CONF_OWN_SCHEDULE = "own_schedule"
CONF_PLAN_ON = "plan_on"
CONF_RESUME = "resume"
CONF_SCHEDULE = "schedule"

ON = "on"

SWITCHES = (CONF_CAP_ON, CONF_LEASH_ON, CONF_OVERRUN_ON, CONF_PLAN_ON)
"""All are on until somebody switches them off."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """A schedule helper, and what is wanted while it is on and off, °C."""

    entity_id: str
    comfort: float
    setback: float


@dataclass(frozen=True, slots=True)
class Switched:
    """What is switched: an entity to a value, or else by actions, and back."""

    entity_id: str | None
    value: str
    actions: tuple[Mapping[str, Any], ...]
    back: tuple[Mapping[str, Any], ...]


def is_switched(options: Mapping[str, Any], switch: Switch) -> bool:
    """Tell whether something is to be switched."""
    return (
        chosen_from(options).get(f"{switch}_on") is True
        and switched_from(options, switch) is not None
    )


def switched_from(options: Mapping[str, Any], switch: Switch) -> Switched | None:
    """Read what a switch switches, also where it is not to be switched any more; None where nothing was chosen."""
    chosen = chosen_from(options)
    entity_id, value = chosen.get(f"{switch}_entity"), chosen.get(f"{switch}_value")
    actions, back = (_actions(chosen.get(f"{switch}_{name}")) for name in ("actions", "back"))
    if not (entity_id or actions):
        return None
    return Switched(
        entity_id if isinstance(entity_id, str) and entity_id else None,
        switched_value(value),
        actions,
        back,
    )


def switched_value(value: object) -> str:
    """Read to what something is switched; nothing said is on."""
    return str(value or "").strip() or ON


def mode_from(options: Mapping[str, Any]) -> Mode:
    """Read what may be done about the strips; at first nothing."""
    mode = chosen_from(options).get(CONF_MODE)
    return Mode(mode) if isinstance(mode, str) and mode in Mode else Mode.MONITOR


def protection_from(options: Mapping[str, Any]) -> ProtectSettings:
    """Read how setpoints are limited."""
    figures, on = figures_from(options), switches_from(options)
    cap = (
        (figures["cap_cold_outdoor"], figures["cap_cold"]),
        (figures["cap_mild_outdoor"], figures["cap_mild"]),
    )
    return ProtectSettings(
        comfort_floor=figures["comfort_floor"],
        cap=cap if on[CONF_CAP_ON] and cap[0][0] < cap[1][0] else None,
        leash=figures["leash"] if on[CONF_LEASH_ON] else None,
        overruns=on[CONF_OVERRUN_ON],
        differential=figures["differential"],
        droop=figures["droop"],
        rate=figures["rate"],
        plans=on[CONF_PLAN_ON],
        furnace_below=figures["furnace_below"] if is_switched(options, Switch.FURNACE) else None,
        lockout_above=figures["lockout_above"] if is_switched(options, Switch.LOCKOUT) else None,
        resumes=bool(resume_from(options)),
        own_schedule=chosen_from(options).get(CONF_OWN_SCHEDULE) is True,
    )


def schedule_from(options: Mapping[str, Any]) -> Schedule | None:
    """Read the schedule helper that tells what is wanted."""
    entity_id, figures = chosen_from(options).get(CONF_SCHEDULE), figures_from(options)
    return (
        Schedule(entity_id, figures["comfort"], figures["setback"])
        if isinstance(entity_id, str) and entity_id
        else None
    )


def resume_from(options: Mapping[str, Any]) -> tuple[Mapping[str, Any], ...]:
    """Read what is done to have the thermostat go on as before."""
    return _actions(chosen_from(options).get(CONF_RESUME))


def figures_from(options: Mapping[str, Any]) -> dict[str, float]:
    """Read all figures, in the units of FIGURES."""
    chosen = chosen_from(options)
    found = {name: number(chosen.get(name)) for name in FIGURES}
    return {
        name: value
        if value is not None and FIGURES[name].minimum <= value <= FIGURES[name].maximum
        else FIGURES[name].default
        for name, value in found.items()
    }


def switches_from(options: Mapping[str, Any]) -> dict[str, bool]:
    """Read which limits are on."""
    chosen = chosen_from(options)
    return {name: chosen.get(name) is not False for name in SWITCHES}


def with_protection(options: Mapping[str, Any], **changes: object) -> dict[str, Any]:
    """Change some of it."""
    return {**options, CONF_PROTECTION: {**chosen_from(options), **changes}}


def _actions(value: object) -> tuple[Mapping[str, Any], ...]:
    return (
        tuple(action for action in value if isinstance(action, Mapping))
        if isinstance(value, list | tuple)
        else ()
    )


def chosen_from(options: Mapping[str, Any]) -> Mapping[str, Any]:
    """Find all that was answered about protection."""
    chosen = options.get(CONF_PROTECTION)
    return chosen if isinstance(chosen, Mapping) else {}
