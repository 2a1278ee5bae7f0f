"""Evidence from a state or attribute that has one of several values."""

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass
from typing import Any, ClassVar, Self, override

from ...model import Raw, Source
from ...settings.signal import DetailsForm, Reading, ReadingContext, Signal, Timing
from ..values import EMPTY_STATES, UNAVAILABLE_STATES, normalize_text
from .options import decode_quality, decode_role, decode_source, decode_words

NO_READING = Reading(None)


@dataclass(frozen=True, slots=True)
class EqualsSignal(Signal):
    """On while a state or attribute equals one of the values."""

    source: Source
    values: frozenset[str]
    """The values that mean on, case-folded."""
    _: KW_ONLY
    other_values: frozenset[str] = frozenset()
    """The other known values, case-folded; if there are any, all further values are unknown."""

    details_form: ClassVar[DetailsForm | None] = DetailsForm.WORDS
    reads_listed_values: ClassVar[bool] = True

    @override
    @classmethod
    def decode(cls, options: Mapping[str, Any], timing: Timing) -> Self:
        return cls(
            decode_source(options),
            decode_words(options, "values"),
            other_values=decode_words(options, "others"),
            role=decode_role(options),
            quality=decode_quality(options),
            timing=timing,
        )

    @override
    def read(self, raw: Raw, context: ReadingContext) -> Reading:
        text = "" if raw is None else normalize_text(raw)
        if text in UNAVAILABLE_STATES:
            return NO_READING
        if text in self.values:
            return Reading(is_on=True)
        if text in self.other_values or text in context.known_values:
            return Reading(is_on=False)
        if text in EMPTY_STATES and self.source.attribute is None:
            return NO_READING
        if self.other_values or context.known_values:
            return Reading(None, text)
        # Without a list of other values, the user meant that everything else is off.
        return Reading(is_on=False)
