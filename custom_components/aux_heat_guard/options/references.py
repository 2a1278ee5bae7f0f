"""The entities and actions that the options of a guard name, and the same options with other names."""

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

NOTIFY = "notify"

ACTION_KEYS = frozenset({"action", "service"})
ENTITY_KEYS = frozenset({"entity_id", "scene"})
"""Where a step of a script names entities; other texts may hold words that only look like one."""


def referenced_entities(options: Mapping[str, Any]) -> frozenset[str]:
    """Return the entities that a guard uses. What is switched off is not used."""
    schedule = read_schedule(options)
    single = [
        options[CONF_THERMOSTAT],
        read_forecast_entity(options),
        None if schedule is None else schedule.entity_id,
    ]
    sources = [options.get(key) for key in (CONF_OUTDOOR, CONF_ENERGY, CONF_PRICE)]
    # Options that somebody edited by hand may hold anything.
    signals = options.get(CONF_SIGNALS)
    listed = [*sources, *(signals if isinstance(signals, list | tuple) else ())]
    read = [source.get(CONF_ENTITY_ID) for source in listed if isinstance(source, Mapping)]
    switched = [one.entity_id for one in _enabled_switch_targets(options)]
    acted_on = [value for _, value in _find_texts(_script_steps(options), ENTITY_KEYS)]
    named = [
        *single,
        *read_other_thermostats(options),
        *read,
        *switched,
        *read_channels(options).entities,
        *acted_on,
    ]
    return frozenset(name for name in named if isinstance(name, str) and valid_entity_id(name))


def referenced_actions(options: Mapping[str, Any]) -> frozenset[str]:
    """Return the actions that a guard calls, as domain.action."""
    phones = [f"{NOTIFY}.{phone}" for phone in read_channels(options).phones]
    called = [value for _, value in _find_texts(_script_steps(options), ACTION_KEYS)]
    return frozenset(name for name in [*phones, *called] if valid_entity_id(name))


def with_entity(options: Mapping[str, Any], old: str, new: str) -> dict[str, Any]:
    """Return the options with another entity wherever they name one, in templates too."""
    # A template may also write it as an attribute of "states".
    pattern = re.compile(rf"(?:(?<=\bstates\.)|(?<![\w.])){re.escape(old)}(?!\w)")
    changed: dict[str, Any] = _rewrite(
        options, lambda key, text: text if key in ACTION_KEYS else pattern.sub(new, text)
    )
    return changed


def with_action(options: Mapping[str, Any], old: str, new: str) -> dict[str, Any]:
    """Return the options with another action, as domain.action, wherever they call one."""

    def rename(key: str, text: str) -> str:
        if key in ACTION_KEYS:
            return new if text == old else text
        is_phone = key == CONF_PHONES and f"{NOTIFY}.{text}" == old
        return new.removeprefix(f"{NOTIFY}.") if is_phone else text

    changed: dict[str, Any] = _rewrite(options, rename)
    return changed


def _enabled_switch_targets(options: Mapping[str, Any]) -> list[SwitchTarget]:
    """Return what the guard switches. What is turned off is left out."""
    chosen = [
        read_switch_target(options, switch)
        for switch in SwitchoverKind
        if is_switch_enabled(options, switch)
    ]
    return [one for one in chosen if one is not None]


def _script_steps(options: Mapping[str, Any]) -> list[Any]:
    """Return all actions that the user chose, but for those of a switch that is off."""
    of_switches = [
        step
        for one in _enabled_switch_targets(options)
        if one.entity_id is None
        for step in (*one.actions, *one.restore_actions)
    ]
    return [*read_channels(options).actions, *read_resume_actions(options), *of_switches]


def _find_texts(value: Any, keys: Iterable[str], key: str = "") -> Iterator[tuple[str, str]]:  # noqa: ANN401
    """Yield each text under some keys, at any depth, with its key."""
    if isinstance(value, str) and key in keys:
        yield from ((key, text.strip()) for text in value.split(","))
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _find_texts(inner, keys, str(name))
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _find_texts(inner, keys, key)


def _rewrite(value: Any, change: Callable[[str, str], str], key: str = "") -> Any:  # noqa: ANN401
    """Return the same structure with each text changed; a list has the key it stands under."""
    if isinstance(value, str):
        return change(key, value)
    if isinstance(value, Mapping):
        return {name: _rewrite(inner, change, str(name)) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return type(value)([_rewrite(inner, change, key) for inner in value])
    return value
