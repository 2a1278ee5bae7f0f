"""The options about protection.

A value that cannot be read counts as not given. All are in one mapping, `protection`:

mode: "monitor", "advise" or "protect"
cap_on, leash_on, overrun_on, plan_on: bool, whether a limit is on
own_schedule: bool, whether the thermostat follows a schedule of its own
schedule: entity id of a schedule helper, or None
resume: actions that make the thermostat resume its own schedule
{figure}: number, in the units of PROTECTION_NUMBERS
{switch}_on: bool, whether the switch "furnace" or "lockout" is used
{switch}_entity, {switch}_value: the entity that is switched, and to which value
{switch}_actions, {switch}_back: actions that switch and switch back, if no entity does
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..const import CONF_PROTECTION
from ..core.model import Mode, SwitchoverKind
from ..core.settings.protection import PROTECTION_NUMBERS, ProtectionSettings
from .values import (
    Options,
    read_choice,
    read_mapping,
    read_mappings,
    read_number_within,
    read_text,
)

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
"""The options that turn limits on. A limit is on until the user turns it off."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """A schedule helper, with the setpoints while it is on and off, °C."""

    entity_id: str
    comfort: float
    setback: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchTarget:
    """An entity that a switchover sets to a value, or actions that do it instead."""

    entity_id: str | None
    value: str
    actions: tuple[Mapping[str, Any], ...]
    restore_actions: tuple[Mapping[str, Any], ...]


def read_protection_options(options: Options) -> Options:
    """Return the part of the options that is about protection."""
    return read_mapping(options.get(CONF_PROTECTION))


def with_protection(options: Options, **changes: object) -> dict[str, Any]:
    """Return the options with some changes to the part about protection."""
    return {**options, CONF_PROTECTION: {**read_protection_options(options), **changes}}


def is_switch_enabled(options: Options, switch: SwitchoverKind) -> bool:
    """Return True if a switchover is on and has a target."""
    is_on = read_protection_options(options).get(f"{switch}_on") is True
    return is_on and read_switch_target(options, switch) is not None


def read_switch_target(options: Options, switch: SwitchoverKind) -> SwitchTarget | None:
    """Return the target of a switchover, even of one that is off; None if none was chosen."""
    protection = read_protection_options(options)
    # Any entity but an empty one counts as chosen, even one that is no text.
    entity_id = protection.get(f"{switch}_entity")
    actions = read_mappings(protection.get(f"{switch}_actions"))
    if not (entity_id or actions):
        return None
    return SwitchTarget(
        entity_id=read_text(entity_id),
        value=parse_switch_value(protection.get(f"{switch}_value")),
        actions=actions,
        restore_actions=read_mappings(protection.get(f"{switch}_back")),
    )


def parse_switch_value(value: object) -> str:
    """Return the value that a target is set to; an empty one means on."""
    return str(value or "").strip() or DEFAULT_SWITCH_VALUE


def read_mode(options: Options) -> Mode:
    """Return what the guard may do about aux heat. The default only monitors."""
    return read_choice(read_protection_options(options).get(CONF_MODE), Mode.MONITOR)


def read_protection_settings(options: Options) -> ProtectionSettings:
    """Return how the guard limits setpoints."""
    figures, is_on = read_figures(options), read_limit_switches(options)
    cap = (
        (figures["cap_cold_outdoor"], figures["cap_cold"]),
        (figures["cap_mild_outdoor"], figures["cap_mild"]),
    )
    has_cap = is_on[CONF_CAP_ON] and figures["cap_cold_outdoor"] < figures["cap_mild_outdoor"]
    has_furnace = is_switch_enabled(options, SwitchoverKind.FURNACE)
    has_lockout = is_switch_enabled(options, SwitchoverKind.AUX_LOCKOUT)
    return ProtectionSettings(
        comfort_floor=figures["comfort_floor"],
        cap=cap if has_cap else None,
        ramp_limit=figures["leash"] if is_on[CONF_RAMP_LIMIT_ON] else None,
        has_budget_setback=is_on[CONF_BUDGET_SETBACK_ON],
        differential=figures["differential"],
        droop=figures["droop"],
        heat_up_rate=figures["rate"],
        has_recovery=is_on[CONF_RECOVERY_ON],
        furnace_below=figures["furnace_below"] if has_furnace else None,
        aux_lockout_above=figures["lockout_above"] if has_lockout else None,
        has_resume_action=bool(read_resume_actions(options)),
        has_own_schedule=read_protection_options(options).get(CONF_OWN_SCHEDULE) is True,
    )


def read_schedule(options: Options) -> Schedule | None:
    """Return the schedule helper, or None if none was chosen."""
    figures = read_figures(options)
    entity_id = read_text(read_protection_options(options).get(CONF_SCHEDULE))
    if entity_id is None:
        return None
    return Schedule(entity_id, figures["comfort"], figures["setback"])


def read_resume_actions(options: Options) -> tuple[Mapping[str, Any], ...]:
    """Return the actions that make the thermostat resume its own schedule."""
    return read_mappings(read_protection_options(options).get(CONF_RESUME))


def read_figures(options: Options) -> dict[str, float]:
    """Return all figures, in the units of PROTECTION_NUMBERS."""
    protection = read_protection_options(options)
    return {
        name: read_number_within(protection.get(name), spec)
        for name, spec in PROTECTION_NUMBERS.items()
    }


def read_limit_switches(options: Options) -> dict[str, bool]:
    """Return which limits are on."""
    protection = read_protection_options(options)
    return {name: protection.get(name) is not False for name in LIMIT_SWITCHES}
