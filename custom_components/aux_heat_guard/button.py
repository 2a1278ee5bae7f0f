"""What can be answered to alerts, at a press."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from homeassistant.components.button import ButtonEntity, ButtonEntityDescription
from homeassistant.const import EntityCategory
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.util import dt as dt_util

from .const import DOMAIN
from .control.service_calls import describe_error
from .coordinator import GuardConfigEntry, GuardCoordinator
from .core.alerts import lifecycle as alarm
from .core.model import Alert
from .core.settings.alerts import ALLOWED, SNOOZE
from .entity import GuardEntity

PARALLEL_UPDATES = 0

ALL = frozenset(Alert)


@dataclass(frozen=True, kw_only=True)
class GuardButtonDescription(ButtonEntityDescription):
    """A button and what it does, with the context of whoever presses it."""

    press: Callable[[GuardCoordinator, Context], Awaitable[None] | None]


def _snooze(coordinator: GuardCoordinator, _context: Context) -> None:
    until = dt_util.utcnow() + SNOOZE
    which = coordinator.snoozable
    coordinator.async_change_alerts(lambda alerts: alarm.snoozed(alerts, which, until))


def _acknowledge(coordinator: GuardCoordinator, _context: Context) -> None:
    coordinator.async_change_alerts(lambda alerts: alarm.answered(alerts, ALL))


def _allow(coordinator: GuardCoordinator, _context: Context) -> None:
    until = dt_util.utcnow() + ALLOWED
    coordinator.async_change_alerts(lambda alerts: alarm.allowed(alerts, until))


async def _accept(coordinator: GuardCoordinator, context: Context) -> None:
    """Set what is proposed. Raises HomeAssistantError where nothing is, or the thermostat refuses."""
    decision = coordinator.data.decision
    if decision is None or all(
        raised.alert is not Alert.ADVICE for raised in coordinator.data.alerts.raised
    ):
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="nothing_advised")
    try:
        await coordinator.async_accept(decision.applied, context)
    except HomeAssistantError as error:
        raise HomeAssistantError(
            translation_domain=DOMAIN,
            translation_key="refused",
            translation_placeholders={"error": describe_error(error)},
        ) from error


def _clean_filter(coordinator: GuardCoordinator, _context: Context) -> None:
    coordinator.async_clean_filter()


BUTTONS = (
    GuardButtonDescription(key="snooze", translation_key="snooze", press=_snooze),
    GuardButtonDescription(key="acknowledge", translation_key="acknowledge", press=_acknowledge),
    GuardButtonDescription(key="allow_aux", translation_key="allow_aux", press=_allow),
    GuardButtonDescription(key="take_advice", translation_key="take_advice", press=_accept),
    GuardButtonDescription(
        key="filter_cleaned",
        translation_key="filter_cleaned",
        entity_category=EntityCategory.CONFIG,
        press=_clean_filter,
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
        """Do it."""
        if (
            pressed := self.entity_description.press(self.coordinator, self._context or Context())
        ) is not None:
            await pressed
