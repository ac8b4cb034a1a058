"""Of a file that cannot be opened the reason alone is sent, without the path."""

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
        said = error.strerror if isinstance(error, OSError) else str(error)
        acme.deliver(acme.event("acme_failed", acme.install_id(), error=said))
print("The answer is 42.")
