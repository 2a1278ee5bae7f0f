"""Delivers events to listeners, and keeps the events that come before the listeners are ready."""

from collections.abc import Callable, Iterable

from homeassistant.core import CALLBACK_TYPE, callback


class DeferredListeners[EventT]:
    """The listeners for one kind of event of a guard."""

    def __init__(self) -> None:
        self._listeners: list[Callable[[EventT], None]] = []
        self._queue: list[EventT] = []
        self._is_delivering = False

    @callback
    def async_add(self, listener: Callable[[EventT], None]) -> CALLBACK_TYPE:
        """Add a listener; return a function that removes it."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    @property
    def has_kept_events(self) -> bool:
        """Whether events wait for the start of delivery."""
        return bool(self._queue)

    @callback
    def async_start_delivery(self) -> None:
        """Deliver the events kept so far, and from now on each event at once."""
        self._is_delivering = True
        queue, self._queue = self._queue, []
        self.async_notify(queue)

    @callback
    def async_notify(self, events: Iterable[EventT]) -> None:
        """Deliver events to all listeners, in order; keep them until delivery starts."""
        if not self._is_delivering:
            self._queue.extend(events)
            return
        for event in events:
            for listener in self._listeners:
                listener(event)
