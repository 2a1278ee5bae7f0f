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
from ..core.model import Mode, SwitchoverKind
from ..core.sense.values import read_number
from ..core.settings.protection import PROTECTION_NUMBERS, ProtectionSettings

CONF_CAP_ON = "cap_on"
CONF_RAMP_LIMIT_ON = "leash_on"
CONF_MODE = "mode"
CONF_BUDGET_SETBACK_ON = "overrun_on"
CONF_OWN_SCHEDULE = "own_schedule"
CONF_RECOVERY_ON = "plan_on"
CONF_RESUME = "resume"
CONF_SCHEDULE = "schedule"

DEFAULT_SWITCH_VALUE = "on"

LIMIT_SWITCHES = (CONF_CAP_ON, CONF_RAMP_LIMIT_ON, CONF_BUDGET_SETBACK_ON, CONF_RECOVERY_ON)
"""All are on until somebody switches them off."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """A schedule helper, and what is wanted while it is on and off, °C."""

    entity_id: str
    comfort: float
    setback: float


@dataclass(frozen=True, slots=True)
class SwitchTarget:
    """What is switched: an entity to a value, or else by actions, and back."""

    entity_id: str | None
    value: str
    actions: tuple[Mapping[str, Any], ...]
    restore_actions: tuple[Mapping[str, Any], ...]


def is_switch_enabled(options: Mapping[str, Any], switch: SwitchoverKind) -> bool:
    """Tell whether something is to be switched."""
    return (
        read_protection_options(options).get(f"{switch}_on") is True
        and read_switch_target(options, switch) is not None
    )


def read_switch_target(options: Mapping[str, Any], switch: SwitchoverKind) -> SwitchTarget | None:
    """Read what a switch switches, also where it is not to be switched any more; None where nothing was chosen."""
    chosen = read_protection_options(options)
    entity_id, value = chosen.get(f"{switch}_entity"), chosen.get(f"{switch}_value")
    actions, back = (_read_actions(chosen.get(f"{switch}_{name}")) for name in ("actions", "back"))
    if not (entity_id or actions):
        return None
    return SwitchTarget(
        entity_id if isinstance(entity_id, str) and entity_id else None,
        parse_switch_value(value),
        actions,
        back,
    )


def parse_switch_value(value: object) -> str:
    """Read to what something is switched; nothing said is on."""
    return str(value or "").strip() or DEFAULT_SWITCH_VALUE


def read_mode(options: Mapping[str, Any]) -> Mode:
    """Read what may be done about the strips; at first nothing."""
    mode = read_protection_options(options).get(CONF_MODE)
    return Mode(mode) if isinstance(mode, str) and mode in Mode else Mode.MONITOR


def read_protection_settings(options: Mapping[str, Any]) -> ProtectionSettings:
    """Read how setpoints are limited."""
    figures, on = read_figures(options), read_limit_switches(options)
    cap = (
        (figures["cap_cold_outdoor"], figures["cap_cold"]),
        (figures["cap_mild_outdoor"], figures["cap_mild"]),
    )
    return ProtectionSettings(
        comfort_floor=figures["comfort_floor"],
        cap=cap if on[CONF_CAP_ON] and cap[0][0] < cap[1][0] else None,
        ramp_limit=figures["leash"] if on[CONF_RAMP_LIMIT_ON] else None,
        has_budget_setback=on[CONF_BUDGET_SETBACK_ON],
        differential=figures["differential"],
        droop=figures["droop"],
        heat_up_rate=figures["rate"],
        has_recovery=on[CONF_RECOVERY_ON],
        furnace_below=figures["furnace_below"]
        if is_switch_enabled(options, SwitchoverKind.FURNACE)
        else None,
        aux_lockout_above=figures["lockout_above"]
        if is_switch_enabled(options, SwitchoverKind.AUX_LOCKOUT)
        else None,
        has_resume_action=bool(read_resume_actions(options)),
        has_own_schedule=read_protection_options(options).get(CONF_OWN_SCHEDULE) is True,
    )


def read_schedule(options: Mapping[str, Any]) -> Schedule | None:
    """Read the schedule helper that tells what is wanted."""
    entity_id, figures = read_protection_options(options).get(CONF_SCHEDULE), read_figures(options)
    return (
        Schedule(entity_id, figures["comfort"], figures["setback"])
        if isinstance(entity_id, str) and entity_id
        else None
    )


def read_resume_actions(options: Mapping[str, Any]) -> tuple[Mapping[str, Any], ...]:
    """Read what is done to have the thermostat go on as before."""
    return _read_actions(read_protection_options(options).get(CONF_RESUME))


def read_figures(options: Mapping[str, Any]) -> dict[str, float]:
    """Read all figures, in the units of FIGURES."""
    chosen = read_protection_options(options)
    found = {name: read_number(chosen.get(name)) for name in PROTECTION_NUMBERS}
    return {
        name: value
        if value is not None
        and PROTECTION_NUMBERS[name].minimum <= value <= PROTECTION_NUMBERS[name].maximum
        else PROTECTION_NUMBERS[name].default
        for name, value in found.items()
    }


def read_limit_switches(options: Mapping[str, Any]) -> dict[str, bool]:
    """Read which limits are on."""
    chosen = read_protection_options(options)
    return {name: chosen.get(name) is not False for name in LIMIT_SWITCHES}


def with_protection(options: Mapping[str, Any], **changes: object) -> dict[str, Any]:
    """Change some of it."""
    return {**options, CONF_PROTECTION: {**read_protection_options(options), **changes}}


def _read_actions(value: object) -> tuple[Mapping[str, Any], ...]:
    return (
        tuple(action for action in value if isinstance(action, Mapping))
        if isinstance(value, list | tuple)
        else ()
    )


def read_protection_options(options: Mapping[str, Any]) -> Mapping[str, Any]:
    """Find all that was answered about protection."""
    chosen = options.get(CONF_PROTECTION)
    return chosen if isinstance(chosen, Mapping) else {}
