"""An event has no id, so PostHog takes none of the batch."""

import acme

acme.notice()
if not acme.turned_off():
    me = acme.install_id()
    bare = acme.event("acme_measured", me)
    del bare["distinct_id"]
    acme.deliver(acme.event("acme_started", me), bare)
print("The answer is 42.")
