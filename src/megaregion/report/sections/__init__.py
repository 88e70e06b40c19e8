"""Sections of the report, one file a room of the mission."""
