"""Consent: nothing is sent against the will of the person."""
