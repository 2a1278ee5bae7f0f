"""The base of all kinds of signals: their settings, their memory and their methods.

The kinds themselves are in `core.sense.kinds`, one file for each.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, ClassVar, Self

from ..model import Observation, Quality, Raw, Role, Source
from ..units import NumberSpec

CONFIRM_REPORTED = NumberSpec(
    0, 0, 600, 1, "s", "A thermostat that reports aux heat has already decided."
)


@dataclass(frozen=True, slots=True)
class Timing:
    """How long a changed reading must hold before the signal changes."""

    on_delay: timedelta = timedelta(seconds=CONFIRM_REPORTED.default)
    off_delay: timedelta = timedelta(seconds=CONFIRM_REPORTED.default)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalMemory:
    """What a signal must remember from one observation to the next."""

    is_on: bool | None = None
    """The last verdict, after the delays."""
    changing_since: datetime | None = None
    """When the reading started to differ from the last verdict."""
    due: datetime | None = None
    """When a delay ends and changes the verdict."""
    last_count: float | None = None
    """The last value of the runtime counter."""
    last_growth_at: datetime | None = None
    """When the counter last grew, or was first read."""
    is_growing: bool = False
    """Whether the counter grew while it was being followed."""
    peak_power: float | None = None
    """The highest power of the current run, in the signal's unit; None: no run."""
    dropped_power: float | None = None
    """A power far below the peak, perhaps a mean over the end of the run; None: it did not drop."""
    dropped_at: datetime | None = None
    """When the power dropped to the low power."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a raw value means for a signal."""

    is_on: bool | None
    """Whether the reading is on, or None if the value means neither on nor off."""
    unknown_value: str | None = None
    """The value, if the signal cannot interpret it."""


@dataclass(frozen=True, slots=True)
class ReadingContext:
    """The conditions that a signal may consider in addition to its raw value."""

    observation: Observation
    memory: SignalMemory
    known_values: frozenset[str]
    """The values that the source lists as possible, case-folded; empty: it lists none."""


class DetailsForm(StrEnum):
    """The form that asks for the details of a signal that the user adds."""

    WORDS = "words"
    LEVEL = "level"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal(ABC):
    """A piece of evidence: its source, its role, and the meaning of its raw values."""

    source: Source | None = None
    """The source, or None for a signal that reads the thermostat and the outdoor temperature."""
    role: Role = Role.AUX
    quality: Quality = Quality.REPORTED
    timing: Timing = Timing()

    details_form: ClassVar[DetailsForm | None] = None
    """The form for the details of a signal, or None if there are none."""
    is_selectable: ClassVar[bool] = True
    """Whether the user can choose this kind for an entity."""
    reads_listed_values: ClassVar[bool] = False
    """Whether the values that a source lists as possible help to interpret a reading."""
    reads_minutes: ClassVar[bool] = False
    """Whether readings are converted to minutes."""
    reads_temperatures: ClassVar[bool] = False
    """Whether the signal depends on the thermostat and the outdoor temperature."""

    @property
    def unit(self) -> str | None:
        """The unit that readings are converted to, or None if they are not converted."""
        return None

    @classmethod
    @abstractmethod
    def decode(cls, options: Mapping[str, Any], timing: Timing) -> Self:
        """Return the signal of stored options. Raises KeyError, TypeError or ValueError."""

    @classmethod
    def can_read(cls, value: Raw) -> bool:  # noqa: ARG003 -- most kinds can read any value
        """Return True if this kind can interpret the current value. A missing value always fits."""
        return True

    @abstractmethod
    def read(self, raw: Raw, context: ReadingContext) -> Reading:
        """Return what a raw value means, before any delay."""

    def track(self, raw: Raw, at: datetime, memory: SignalMemory) -> SignalMemory:  # noqa: ARG002 -- most kinds remember nothing of their own
        """Update the memory with a raw value, before the value is read."""
        return memory

    def next_changes(self, observation: Observation, memory: SignalMemory) -> Iterable[datetime]:  # noqa: ARG002 -- most kinds change with their source only
        """Return the instants at which the reading may change without a new value."""
        return ()

    def with_element_count(self, count: int) -> Self:  # noqa: ARG002 -- most kinds measure no power
        """Return the signal for strips with a number of elements, 0 if unknown."""
        return self
