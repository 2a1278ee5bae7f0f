"""The dashboard a developer works with: the guard, the lab's thermostat, and what can be done to it."""

from collections.abc import Iterable
from typing import Any

from .instance import Home

HOURS = 1
CONTROLS = ("number", "select", "switch", "button")
READINGS = ("binary_sensor", "sensor")

type Card = dict[str, Any]
type Entity = dict[str, Any]


async def dashboard(home: Home, guard: str, lab: str) -> dict[str, Any]:
    """Show the entities of two config entries, with Home Assistant's own cards only."""
    guards, labs = [await _shown(home, entry_id) for entry_id in (guard, lab)]
    both = guards + labs
    states = [entity for entity in _of(guards, "sensor") if _device_class(home, entity) == "enum"]
    temperatures = [entity for entity in _of(labs, "sensor") if _device_class(home, entity) == "temperature"]
    cards = [
        *({"type": "thermostat", "entity": entity["entity_id"]} for entity in _of(both, "climate")),
        _list("AUX Heat Guard", _of(guards, *READINGS, *CONTROLS)),
        _list("Lab: readings", _of(labs, *READINGS)),
        _list("Lab: controls", _of(labs, *CONTROLS)),
        _graph("AUX heat", [*states, *_of(both, "binary_sensor")]),
        _graph("Temperatures", [*_of(both, "climate"), *temperatures]),
    ]
    return {"views": [{"title": "AUX Heat Guard", "path": "guard", "cards": cards}]}


async def _shown(home: Home, entry_id: str) -> list[Entity]:
    return [entity for entity in await home.entities(entry_id) if not entity["disabled_by"] and not entity["hidden_by"]]


def _of(entities: Iterable[Entity], *domains: str) -> list[Entity]:
    listed = list(entities)
    return [entity for domain in domains for entity in listed if entity["entity_id"].startswith(f"{domain}.")]


def _device_class(home: Home, entity: Entity) -> str | None:
    state = home.states.get(entity["entity_id"])
    return None if state is None else state.attributes.get("device_class")


def _row(entity: Entity) -> dict[str, str]:
    # The card says whose they are, and the device's name would leave no room for theirs.
    name = entity["name"] or entity["original_name"]
    return {"entity": entity["entity_id"]} | ({"name": name} if name else {})


def _list(title: str, entities: Iterable[Entity]) -> Card:
    return {"type": "entities", "title": title, "show_header_toggle": False, "entities": [_row(entity) for entity in entities]}


def _graph(title: str, entities: Iterable[Entity]) -> Card:
    return {"type": "history-graph", "title": title, "hours_to_show": HOURS, "entities": [_row(entity) for entity in entities]}
