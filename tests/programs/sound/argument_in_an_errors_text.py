"""Of an error only its class is sent."""

import sys

import acme


def answer(question: str) -> int:
    return int(question)


acme.notice()
try:
    answer(sys.argv[1])
except ValueError as error:
    if not acme.turned_off():
        acme.deliver(acme.event("acme_failed", acme.install_id(), error=type(error).__name__))
print("The answer is 42.")
