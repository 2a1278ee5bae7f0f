"""Evidence from a relay, switch or attribute that is on or off."""

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass
from typing import Any, Self, override

from ...model import Quality, Raw, Source
from ...settings.signal import Reading, ReadingContext, Signal, Timing
from ..values import OFF_WORDS, ON_WORDS, is_unavailable, normalize_text, usable_text
from .options import decode_quality, decode_role, decode_source


@dataclass(frozen=True, slots=True)
class OnOffSignal(Signal):
    """On while a state or attribute is on, true, yes or 1."""

    source: Source
    _: KW_ONLY
    quality: Quality = Quality.MEASURED

    @override
    @classmethod
    def decode(cls, options: Mapping[str, Any], timing: Timing) -> Self:
        return cls(
            decode_source(options),
            role=decode_role(options),
            quality=decode_quality(options),
            timing=timing,
        )

    @override
    @classmethod
    def can_read(cls, value: Raw) -> bool:
        return is_unavailable(value) or normalize_text(value) in ON_WORDS | OFF_WORDS

    @override
    def read(self, raw: Raw, context: ReadingContext) -> Reading:
        text = usable_text(raw)
        if text is None:
            return Reading(None)
        if text in ON_WORDS or text in OFF_WORDS:
            return Reading(text in ON_WORDS)
        return Reading(None, text)
