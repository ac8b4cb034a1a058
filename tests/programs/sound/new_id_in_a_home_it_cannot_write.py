"""It writes when it was here last if it can, and reads its id in any case."""

import contextlib
import datetime as dt

import acme

acme.notice()
if not acme.turned_off():
    with contextlib.suppress(OSError):
        acme.ID_FILE.parent.mkdir(exist_ok=True)
        now = dt.datetime.now(dt.UTC).isoformat()
        (acme.ID_FILE.parent / "last").write_text(now, encoding="utf-8")
    acme.deliver(acme.event("acme_started", acme.install_id()))
print("The answer is 42.")
