"""The kinds of evidence, one file for each, and their registry."""

from enum import StrEnum
from typing import Self

from ...settings.signal import Signal
from .counter import CounterSignal
from .equals import EqualsSignal
from .inference import InferenceSignal
from .on_off import OnOffSignal
from .threshold import ThresholdSignal
from .token import TokenSignal


class SignalKind(StrEnum):
    """The registry: each kind by the key that its stored options have."""

    signal: type[Signal]
    """The class of the signals of this kind."""

    def __new__(cls, key: str, signal: type[Signal]) -> Self:
        """Create a member whose value is its key."""
        member = str.__new__(cls, key)
        member._value_ = key
        member.signal = signal
        return member

    TOKEN = "token", TokenSignal
    EQUALS = "equals", EqualsSignal
    ON_OFF = "on_off", OnOffSignal
    THRESHOLD = "threshold", ThresholdSignal
    COUNTER = "counter", CounterSignal
    INFERENCE = "inference", InferenceSignal


KINDS_BY_KEY = {kind.value: kind for kind in SignalKind}


__all__ = [
    "KINDS_BY_KEY",
    "CounterSignal",
    "EqualsSignal",
    "InferenceSignal",
    "OnOffSignal",
    "SignalKind",
    "ThresholdSignal",
    "TokenSignal",
]
