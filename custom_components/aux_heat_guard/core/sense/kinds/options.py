"""Decode the options that several kinds share.

All functions raise KeyError, TypeError or ValueError.
"""

from collections.abc import Mapping
from typing import Any

from ...model import Quality, Role, Source
from ..values import read_number


def decode_source(options: Mapping[str, Any]) -> Source:
    """Return the entity or attribute that a signal reads."""
    return Source(options["entity_id"], decode_text(options.get("attribute")))


def decode_role(options: Mapping[str, Any]) -> Role:
    """Return the role of a signal."""
    return Role(options["role"])


def decode_quality(options: Mapping[str, Any]) -> Quality:
    """Return the quality of a signal's evidence."""
    return Quality(options["quality"])


def decode_words(options: Mapping[str, Any], key: str) -> frozenset[str]:
    """Return a list of words, case-folded; a missing list is empty."""
    words = options.get(key, ())
    if not isinstance(words, list | tuple):
        raise TypeError("no list")
    return frozenset(str(word).strip().casefold() for word in words)


def decode_text(value: object) -> str | None:
    """Return a text, or None if there is none."""
    if value is not None and not isinstance(value, str):
        raise TypeError("no text")
    return value


def decode_number(value: Any) -> float:  # noqa: ANN401 -- whatever was stored
    """Return a finite number. A number in a text is invalid."""
    number = read_number(value)
    if number is None or isinstance(value, str):
        raise ValueError("no number")
    return number
