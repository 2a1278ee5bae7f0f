"""The entities and actions that the options of a guard name, and the options with new names."""

from collections.abc import Callable, Iterable, Iterator, Mapping
import re
from typing import Any

from homeassistant.core import valid_entity_id

from ..const import (
    CONF_ENERGY,
    CONF_ENTITY_ID,
    CONF_OUTDOOR,
    CONF_PRICE,
    CONF_SIGNALS,
    CONF_THERMOSTAT,
)
from ..core.model import SwitchoverKind
from .alerts import CONF_PHONES, read_channels, read_forecast_entity
from .guard import read_other_thermostats
from .protection import (
    SwitchTarget,
    is_switch_enabled,
    read_resume_actions,
    read_schedule,
    read_switch_target,
)
from .values import Options, read_list, read_mappings

NOTIFY = "notify"

ACTION_KEYS = frozenset({"action", "service"})
ENTITY_KEYS = frozenset({"entity_id", "scene"})
"""The keys under which a step of a script names entities. Other texts may only look like them."""


def referenced_entities(options: Options) -> frozenset[str]:
    """Return the entities that a guard uses. The entity of a switchover that is off is not used."""
    schedule = read_schedule(options)
    sources = read_mappings(
        [
            options.get(CONF_OUTDOOR),
            options.get(CONF_ENERGY),
            options.get(CONF_PRICE),
            *read_list(options.get(CONF_SIGNALS)),
        ]
    )
    names = [
        options[CONF_THERMOSTAT],
        read_forecast_entity(options),
        None if schedule is None else schedule.entity_id,
        *read_other_thermostats(options),
        *(source.get(CONF_ENTITY_ID) for source in sources),
        *(target.entity_id for target in _enabled_switch_targets(options)),
        *read_channels(options).entities,
        *_find_texts(_script_steps(options), ENTITY_KEYS),
    ]
    # Options that somebody edited by hand may hold anything.
    return frozenset(name for name in names if isinstance(name, str) and valid_entity_id(name))


def referenced_actions(options: Options) -> frozenset[str]:
    """Return the actions that a guard calls, as domain.action."""
    names = [
        *(f"{NOTIFY}.{phone}" for phone in read_channels(options).phones),
        *_find_texts(_script_steps(options), ACTION_KEYS),
    ]
    return frozenset(name for name in names if valid_entity_id(name))


def with_entity(options: Options, old: str, new: str) -> dict[str, Any]:
    """Return the options with an entity renamed, in templates too."""
    # A template may also name an entity as an attribute of "states".
    pattern = re.compile(rf"(?:(?<=\bstates\.)|(?<![\w.])){re.escape(old)}(?!\w)")

    def rename(key: str, text: str) -> str:
        return text if key in ACTION_KEYS else pattern.sub(new, text)

    changed: dict[str, Any] = _rewrite(options, rename)
    return changed


def with_action(options: Options, old: str, new: str) -> dict[str, Any]:
    """Return the options with an action renamed, as domain.action."""

    def rename(key: str, text: str) -> str:
        if key in ACTION_KEYS:
            return new if text == old else text
        is_phone = key == CONF_PHONES and f"{NOTIFY}.{text}" == old
        return new.removeprefix(f"{NOTIFY}.") if is_phone else text

    changed: dict[str, Any] = _rewrite(options, rename)
    return changed


def _enabled_switch_targets(options: Options) -> list[SwitchTarget]:
    """Return the targets of the switchovers that are on."""
    targets = [
        read_switch_target(options, switch)
        for switch in SwitchoverKind
        if is_switch_enabled(options, switch)
    ]
    return [target for target in targets if target is not None]


def _script_steps(options: Options) -> list[Any]:
    """Return all actions that the user chose, except those of a switchover that is off."""
    switch_steps = [
        step
        for target in _enabled_switch_targets(options)
        if target.entity_id is None
        for step in (*target.actions, *target.restore_actions)
    ]
    return [*read_channels(options).actions, *read_resume_actions(options), *switch_steps]


def _find_texts(value: object, keys: Iterable[str], key: str = "") -> Iterator[str]:
    """Yield each text under some keys, at any depth; a text with commas is several."""
    if isinstance(value, str) and key in keys:
        yield from (text.strip() for text in value.split(","))
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _find_texts(inner, keys, str(name))
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _find_texts(inner, keys, key)


def _rewrite(value: Any, change: Callable[[str, str], str], key: str = "") -> Any:  # noqa: ANN401
    """Return the same structure with each text changed. The items of a list have the list's key."""
    if isinstance(value, str):
        return change(key, value)
    if isinstance(value, Mapping):
        return {name: _rewrite(inner, change, str(name)) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return type(value)([_rewrite(inner, change, key) for inner in value])
    return value
