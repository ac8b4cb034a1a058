"""The text of an error is sent, where a file cannot be opened: the path is in it."""

import pathlib
import sys

import acme


def answer(path: str) -> int:
    try:
        return int(pathlib.Path(path).read_text(encoding="utf-8"))
    except ValueError:
        raise ValueError("the file holds no number") from None


acme.notice()
try:
    answer(sys.argv[1])
except (OSError, ValueError) as error:
    if not acme.turned_off():
        acme.deliver(acme.event("acme_failed", acme.install_id(), error=str(error)))
print("The answer is 42.")
