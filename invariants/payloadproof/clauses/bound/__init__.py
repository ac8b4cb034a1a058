"""Bound: no stream goes on without an end."""
