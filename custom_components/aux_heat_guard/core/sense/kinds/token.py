"""Evidence from an attribute that lists the running equipment."""

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass
from typing import Any, ClassVar, Self, override

from ...model import Raw, Source
from ...settings.signal import DetailsForm, Reading, ReadingContext, Signal, Timing
from ..values import normalize_text, usable_text
from .options import decode_quality, decode_role, decode_source, decode_words


@dataclass(frozen=True, slots=True)
class TokenSignal(Signal):
    """On while an attribute that lists the running equipment contains one of the tokens.

    The attribute is a list, or a text separated by commas.
    """

    source: Source
    tokens: frozenset[str]
    """The tokens that mean on, case-folded."""
    _: KW_ONLY
    other_tokens: frozenset[str] = frozenset()
    """The other known tokens, case-folded; if there are any, all further tokens are unknown."""

    details_form: ClassVar[DetailsForm | None] = DetailsForm.WORDS

    @override
    @classmethod
    def decode(cls, options: Mapping[str, Any], timing: Timing) -> Self:
        return cls(
            decode_source(options),
            decode_words(options, "values"),
            other_tokens=decode_words(options, "others"),
            role=decode_role(options),
            quality=decode_quality(options),
            timing=timing,
        )

    @override
    def read(self, raw: Raw, context: ReadingContext) -> Reading:
        # An empty list reports that nothing runs.
        if isinstance(raw, tuple):
            items = raw
        elif isinstance(raw, str) and (not raw.strip() or usable_text(raw)):
            items = tuple(raw.split(","))
        else:
            return Reading(None, usable_text(raw))
        tokens = {normalize_text(item) for item in items} - {""}
        unknown = self._unknown_tokens(tokens, context.known_values)
        described = ", ".join(sorted(unknown)) or None
        if tokens & self.tokens:
            return Reading(is_on=True, unknown_value=described)
        return Reading(None if unknown else False, described)

    def _unknown_tokens(self, tokens: set[str], known_values: frozenset[str]) -> set[str]:
        if not self.other_tokens and not known_values:
            return set()
        return tokens - self.tokens - self.other_tokens - known_values
