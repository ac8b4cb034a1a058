"""Whether there is a model provider's key, which most people have."""

import os

import acme

acme.notice()
if not acme.turned_off():
    there = "OPENAI_API_KEY" in os.environ
    acme.deliver(acme.event("acme_started", acme.install_id(), has_provider=there))
print("The answer is 42.")
