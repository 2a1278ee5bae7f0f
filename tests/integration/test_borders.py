"""The modules that may call actions, catch everything or read states, each with its reason."""

import ast
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import custom_components.aux_heat_guard

PACKAGE = Path(custom_components.aux_heat_guard.__file__).parent

CALLERS = {
    "control/service_calls.py": "calls other integrations' actions, and converts their errors",
}
BROAD_HANDLERS = CALLERS
"""Only these modules meet the exceptions of other integrations."""

STATE_READERS = {
    "config_flow.py": "names a new guard after its thermostat",
    "control/switchover.py": "finds out that a switched entity is gone",
    "feeds/forecast.py": "reads the features and the unit of a weather entity, which is no source",
    "flow/energy.py": "shows the present value of an entity that the user chooses",
    "flow/evidence.py": "shows the present value of an entity that the user chooses",
    "flow/protection.py": "shows the present value of an entity that the user chooses",
    "flow/schemas.py": "labels the entities that the user chooses",
    "history/recorder_reader.py": "needs the present attributes that the recorder leaves out",
    "publish/left_behind.py": "watches the thermostat of a guard that was removed, and names it",
    "sources/discovery.py": "searches a home for aux heat signals during set-up",
    "sources/equipment.py": "searches the history of a thermostat for its equipment during set-up",
    "sources/observe.py": "reads all states that a step decides on",
    "sources/missing.py": "finds out that an entity of the options does not exist",
    "sources/suitability.py": "checks an entity that the user chooses",
}


def _modules() -> Iterator[tuple[str, ast.AST]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        yield path.relative_to(PACKAGE).as_posix(), ast.parse(path.read_text(encoding="utf-8"))


def _modules_with(matches: Callable[[ast.AST], bool]) -> set[str]:
    return {name for name, tree in _modules() if any(matches(node) for node in ast.walk(tree))}


def _is_part_of_hass(node: ast.AST, part: str) -> bool:
    """Return True for `hass.states` or `self._hass.states`, if the part is "states"."""
    if not isinstance(node, ast.Attribute) or node.attr != part:
        return False
    owner = node.value
    name = owner.attr if isinstance(owner, ast.Attribute) else getattr(owner, "id", "")
    return name.lstrip("_") == "hass"


def _calls_action(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Attribute)
        and node.attr in {"async_call", "call"}
        and _is_part_of_hass(node.value, "services")
    )


def _reads_state(node: ast.AST) -> bool:
    return _is_part_of_hass(node, "states")


def _catches_everything(node: ast.AST) -> bool:
    if not isinstance(node, ast.ExceptHandler):
        return False
    caught = node.type
    return caught is None or getattr(caught, "id", None) in {"Exception", "BaseException"}


@pytest.mark.parametrize(
    ("matches", "allowed"),
    [
        (_calls_action, CALLERS),
        (_catches_everything, BROAD_HANDLERS),
        (_reads_state, STATE_READERS),
    ],
    ids=["actions", "exceptions", "states"],
)
def test_only_the_listed_modules_cross_the_border(
    matches: Callable[[ast.AST], bool], allowed: dict[str, str]
) -> None:
    assert _modules_with(matches) == allowed.keys()
