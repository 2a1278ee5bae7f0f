"""Single values of options, which somebody may have edited by hand.

A `read_...` function returns a default if a value makes no sense. A `require_...` function raises
TypeError or ValueError instead.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from homeassistant.core import valid_entity_id

from ..core.sense.values import read_number
from ..core.units import NumberSpec

type Options = Mapping[str, Any]
"""The options of a config entry, or a part of them. Any key may be missing or hold anything."""


def read_mapping(value: object) -> Options:
    """Return a mapping, or an empty one if the value is none."""
    return value if isinstance(value, Mapping) else {}


def read_list(value: object) -> list[Any]:
    """Return the items of a list, or no items if the value is no list."""
    return [*value] if isinstance(value, list | tuple) else []


def read_mappings(value: object) -> tuple[Options, ...]:
    """Return the mappings in a list, such as the actions of a script."""
    return tuple(item for item in read_list(value) if isinstance(item, Mapping))


def read_text(value: object) -> str | None:
    """Return a text, or None if the value is no text or an empty one."""
    return value if isinstance(value, str) and value else None


def read_bool(value: object, *, default: bool) -> bool:
    """Return a boolean, or the default if the value is none."""
    return value if isinstance(value, bool) else default


def read_choice[E: StrEnum](value: object, default: E) -> E:
    """Return the member of the default's enum that a value names, or else the default."""
    choices = type(default)
    return choices(value) if isinstance(value, str) and value in choices else default


def read_number_within(value: Any, spec: NumberSpec) -> float:  # noqa: ANN401
    """Return a number in the range of its specification, or else the default."""
    number = read_number(value)
    return spec.default if number is None or not is_within(number, spec) else number


def require_number(value: Any) -> float:  # noqa: ANN401
    """Return a finite number, which may be written as text."""
    number = read_number(value)
    if number is None:
        raise ValueError("no number")
    return number


def require_number_within(value: Any, spec: NumberSpec) -> float:  # noqa: ANN401
    """Return a number in the range of its specification."""
    number = require_number(value)
    if not is_within(number, spec):
        raise ValueError("out of range")
    return number


def require_entity_id(value: object) -> str:
    """Return a valid entity id."""
    if not isinstance(value, str) or not valid_entity_id(value):
        raise ValueError("no entity id")
    return value


def require_list(value: object) -> list[Any]:
    """Return the items of a list."""
    if not isinstance(value, list | tuple):
        raise TypeError("no list")
    return [*value]


def is_within(number: float, spec: NumberSpec) -> bool:
    """Return True if a number is in the range of its specification."""
    return spec.minimum <= number <= spec.maximum
