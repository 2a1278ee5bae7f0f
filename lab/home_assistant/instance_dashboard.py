"""The developer's dashboard: the guard, the lab's thermostat, and the lab's faults."""

from collections.abc import Iterable, Mapping
from typing import Any

from .instance import Instance

HOURS = 1
SETTINGS = ("number", "select")
READINGS = ("binary_sensor", "sensor")
ALERTS = (("binary_sensor", "alert"), ("event", "alert"), ("sensor", "last_aux_cause"))
"""The entities that show an alert, by domain and translation key."""

PROTECTION = (
    *(
        ("select", "mode"),
        ("sensor", "limit"),
        ("sensor", "applied_setpoint"),
        ("sensor", "planned_start"),
        ("event", "setpoint"),
    ),
    ("button", "take_advice"),
    *(("switch", key) for key in ("cap_on", "leash_on", "overrun_on", "plan_on")),
    *(("number", key) for key in ("comfort_floor", "leash", "aux_budget", "near_freezing")),
)
"""The entities that show and set the setpoint limits, by domain and translation key."""

type Card = dict[str, Any]
type Entity = dict[str, Any]


async def make_dashboard(home: Instance, guard: str, lab: str) -> dict[str, Any]:
    """Return a dashboard with the entities of the guard and the lab."""
    cards = make_cards(
        await home.entities(guard),
        await home.entities(lab),
        {key: state.attributes for key, state in home.states.items()},
    )
    return {"views": [{"title": "AUX Heat Guard", "path": "guard", "cards": cards}]}


def make_cards(
    guard: Iterable[Entity], lab: Iterable[Entity], attributes: Mapping[str, Mapping[str, Any]]
) -> list[Card]:
    """Return the cards of a guard and a lab, with the attributes given by entity id."""
    guards, labs = _enabled_entities(guard), _enabled_entities(lab)
    both = guards + labs
    classes = {entity_id: each.get("device_class") for entity_id, each in attributes.items()}
    alerts = [
        entity
        for domain, key in ALERTS
        for entity in _select(guards, domain)
        if entity["translation_key"] == key
    ]
    protection = [
        entity
        for domain, key in PROTECTION
        for entity in _select(guards, domain)
        if entity["translation_key"] == key
    ]
    others = [entity for entity in guards if entity not in alerts and entity not in protection]
    states = [
        entity for entity in _select(guards, "sensor") if classes.get(entity["entity_id"]) == "enum"
    ]
    temperatures = [
        entity
        for entity in _select(labs, "sensor")
        if classes.get(entity["entity_id"]) == "temperature"
    ]
    return [
        # Home Assistant arranges the cards in columns, so these three are side by side.
        _entities_card("Alerts", [*alerts, *_select(others, "button")], _alert_card(alerts)),
        _entities_card("Lab: faults", _select(labs, "switch")),
        _entities_card("Lab: weather and time", _select(labs, *SETTINGS)),
        _entities_card("Protection", protection, _protection_card(protection)),
        *(
            {"type": "thermostat", "entity": entity["entity_id"]}
            for entity in _select(both, "climate")
        ),
        _entities_card("AUX Heat Guard", _select(others, *READINGS, *SETTINGS, "switch")),
        _entities_card("Lab: readings", _select(labs, *READINGS)),
        _graph_card("AUX heat", [*states, *_select(both, "binary_sensor")]),
        _graph_card("Temperatures", [*_select(both, "climate"), *temperatures]),
    ]


def _alert_card(alerts: Iterable[Entity]) -> list[Card]:
    """Return a card with the raised alerts, whose own sensors are disabled by default."""
    names = {"alerts": "Raised", "expected": "Raised, as was to be expected"}
    return [
        {"type": "attribute", "entity": entity["entity_id"], "attribute": attribute, "name": name}
        for entity in _select(alerts, "binary_sensor")
        for attribute, name in names.items()
    ]


def _protection_card(protection: Iterable[Entity]) -> list[Card]:
    """Return the cards with the reason for the setpoint."""
    limits = [entity for entity in protection if entity["translation_key"] == "limit"]
    return [
        {
            "type": "attribute",
            "entity": entity["entity_id"],
            "attribute": "reason",
            "name": "Reason",
        }
        for entity in limits
    ]


def _enabled_entities(entities: Iterable[Entity]) -> list[Entity]:
    return [entity for entity in entities if not entity["disabled_by"] and not entity["hidden_by"]]


def _select(entities: Iterable[Entity], *domains: str) -> list[Entity]:
    listed = list(entities)
    return [
        entity
        for domain in domains
        for entity in listed
        if entity["entity_id"].startswith(f"{domain}.")
    ]


def _entity_row(entity: Entity) -> dict[str, str]:
    # The title of the card names the device, whose name would leave no room for the entity names.
    name = entity["name"] or entity["original_name"]
    return {"entity": entity["entity_id"]} | ({"name": name} if name else {})


def _entities_card(title: str, entities: Iterable[Entity], more: Iterable[Card] = ()) -> Card:
    rows = [*(_entity_row(entity) for entity in entities), *more]
    return {"type": "entities", "title": title, "show_header_toggle": False, "entities": rows}


def _graph_card(title: str, entities: Iterable[Entity]) -> Card:
    return {
        "type": "history-graph",
        "title": title,
        "hours_to_show": HOURS,
        "entities": [_entity_row(entity) for entity in entities],
    }
