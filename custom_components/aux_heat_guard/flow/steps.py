"""The base of all pages of the flows."""

from collections.abc import Mapping
from typing import Any

from homeassistant.config_entries import ConfigEntryBaseFlow
import probatio as vol

from ..core.units import NumberSpec
from ..sources.units import from_home_unit, to_home_unit
from .schemas import figure_field


class DraftSteps(ConfigEntryBaseFlow):
    """Pages that collect their answers in a draft of the options."""

    draft: dict[str, Any]
    """The options as answered so far."""

    @property
    def home_unit(self) -> str:
        """The home's unit of temperature."""
        return self.hass.config.units.temperature_unit

    def figure_fields(
        self, specs: Mapping[str, NumberSpec], values: Mapping[str, float]
    ) -> dict[Any, Any]:
        """Return a field for each figure. The values are in the figures' own units."""
        return {
            vol.Required(
                name, default=to_home_unit(spec, values[name], self.home_unit)
            ): figure_field(spec, self.home_unit)
            for name, spec in specs.items()
        }

    def convert_figures(
        self, specs: Mapping[str, NumberSpec], user_input: Mapping[str, Any]
    ) -> dict[str, float]:
        """Return the figures that were entered, in their own units."""
        return {
            name: from_home_unit(spec, user_input[name], self.home_unit)
            for name, spec in specs.items()
        }
