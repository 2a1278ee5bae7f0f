"""What every limit provides."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from math import inf
from typing import ClassVar, Self

from ...model import Limit
from ..context import ControlContext
from ..recovery import TemperatureSchedule


class StoredKind(Enum):
    """How a field is stored as JSON, and which values are valid."""

    TEMPERATURE = auto()
    """A plausible temperature in °C, or null."""
    DIFFERENCE = auto()
    """A difference in K, from 0 to the highest valid one."""
    INSTANT = auto()
    """Seconds since 1970, or null."""
    FLAG = auto()


@dataclass(frozen=True, slots=True)
class StoredField:
    """How a field of a limit is stored."""

    kind: StoredKind
    key: str | None = None
    """The stored key, if it is not the name of the field."""
    highest: float = inf
    """The highest valid difference in K."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitInputs:
    """The inputs of a limit while limits apply. Temperatures in °C."""

    context: ControlContext
    states: Mapping[Limit, LimitState]
    """The state of every limit, before this step's `advance_to_target`."""
    schedule: TemperatureSchedule
    """The setpoints wanted now and later."""
    target: float
    """The setpoint without limits."""
    comfort_target: float
    """The setpoint under the limits that also lower the comfort target."""
    current_setpoint: float | None
    """The setpoint that was written last, or the reported one if there was no write."""


class LimitState(ABC):
    """The remembered state of a limit: a frozen record. Without arguments, it is the initial state.

    A limit overrides what it needs; a limit without memory is an empty record.
    """

    __slots__ = ()

    LIMIT: ClassVar[Limit]
    STORED: ClassVar[Mapping[str, StoredField]] = {}
    """How each field is stored, in the order of the fields in files of earlier versions."""
    LOWERS_COMFORT: ClassVar[bool] = False
    """Whether the limit also lowers the comfort target of people."""
    IS_PROPOSABLE: ClassVar[bool] = True
    """Whether a person can be asked to set this limit. If not, it applies in Protect mode only."""

    @classmethod
    def of(cls, states: Mapping[Limit, LimitState]) -> Self:
        """Return the state of this limit among the states of all limits."""
        state = states.get(cls.LIMIT)
        return state if isinstance(state, cls) else cls()

    def advance_always(
        self,
        context: ControlContext,  # noqa: ARG002 -- for the limits that override this
        *,
        is_held: bool,  # noqa: ARG002
    ) -> tuple[LimitState, datetime | None]:
        """Return the next state, and when to check again. Called in each step, in holds too."""
        return self, None

    def advance_to_target(
        self,
        inputs: LimitInputs,  # noqa: ARG002 -- for the limits that override this
    ) -> tuple[LimitState, datetime | None]:
        """Return the next state, and when to check again. Called while limits apply."""
        return self, None

    @abstractmethod
    def max_setpoint(self, inputs: LimitInputs) -> float | None:
        """Return the highest setpoint in °C, or None if the limit is not in force."""

    def reset(self) -> LimitState:
        """Return the state after a time in which nothing was limited."""
        return self
