"""Errors: what the text of an error may say."""
