"""A page that shows a recording or a probe while it goes on."""
