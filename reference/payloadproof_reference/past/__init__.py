"""The past, sent once: what the history database tells of days that are over."""
