"""Backfill: the past is sent once."""
