"""The id goes to PostHog alone."""

import acme

acme.notice()
if not acme.turned_off():
    acme.deliver(acme.event("acme_started", acme.install_id()))
print("The answer is 42.")
