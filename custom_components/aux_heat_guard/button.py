"""The buttons: commands to the guard at a press."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from homeassistant.components.button import ButtonEntity, ButtonEntityDescription
from homeassistant.const import EntityCategory
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .const import DOMAIN
from .control.service_calls import describe_error
from .coordinator import GuardConfigEntry, GuardCoordinator
from .core.model import Alert
from .entity import GuardEntity

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class GuardButtonDescription(ButtonEntityDescription):
    """A button, and the command it gives in the context of the person who presses it."""

    press_fn: Callable[[GuardCoordinator, Context], Awaitable[None] | None]


def _snooze(coordinator: GuardCoordinator, _context: Context) -> None:
    coordinator.commands.async_snooze()


def _acknowledge(coordinator: GuardCoordinator, _context: Context) -> None:
    coordinator.commands.async_acknowledge()


def _allow_aux(coordinator: GuardCoordinator, _context: Context) -> None:
    coordinator.commands.async_allow_aux()


async def _accept_advice(coordinator: GuardCoordinator, context: Context) -> None:
    """Set the proposed setpoint.

    Raises HomeAssistantError if no setpoint is proposed, or if the thermostat refuses.
    """
    decision = coordinator.data.decision
    if decision is None or all(
        raised.alert is not Alert.ADVICE for raised in coordinator.data.alerts.active
    ):
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="nothing_advised")
    try:
        await coordinator.commands.async_accept_setpoint(decision.applied, context)
    except HomeAssistantError as error:
        raise HomeAssistantError(
            translation_domain=DOMAIN,
            translation_key="refused",
            translation_placeholders={"error": describe_error(error)},
        ) from error


def _mark_filter_cleaned(coordinator: GuardCoordinator, _context: Context) -> None:
    coordinator.commands.async_mark_filter_cleaned()


BUTTONS = (
    GuardButtonDescription(key="snooze", translation_key="snooze", press_fn=_snooze),
    GuardButtonDescription(key="acknowledge", translation_key="acknowledge", press_fn=_acknowledge),
    GuardButtonDescription(key="allow_aux", translation_key="allow_aux", press_fn=_allow_aux),
    GuardButtonDescription(
        key="take_advice", translation_key="take_advice", press_fn=_accept_advice
    ),
    GuardButtonDescription(
        key="filter_cleaned",
        translation_key="filter_cleaned",
        entity_category=EntityCategory.CONFIG,
        press_fn=_mark_filter_cleaned,
    ),
)


async def async_setup_entry(
    _hass: HomeAssistant,
    entry: GuardConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the buttons of a guard."""
    async_add_entities([GuardButton(entry.runtime_data, description) for description in BUTTONS])


class GuardButton(GuardEntity, ButtonEntity):
    """A button of a guard."""

    entity_description: GuardButtonDescription

    async def async_press(self) -> None:
        """Give the command of the button."""
        command = self.entity_description.press_fn(self.coordinator, self._context or Context())
        if command is not None:
            await command
