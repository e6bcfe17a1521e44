"""Views: functions from an event to the plain values that the page shows."""
