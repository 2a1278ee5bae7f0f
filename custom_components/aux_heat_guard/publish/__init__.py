"""What people and systems receive: notifications, events, statistics."""
