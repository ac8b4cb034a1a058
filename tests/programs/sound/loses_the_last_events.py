"""It sends four at a time, and what is left at the end."""

import acme

acme.notice()
waiting: list[dict[str, object]] = []
if not acme.turned_off():
    me = acme.install_id()
    for number in range(10):
        waiting.append(acme.event("tool_used", me, number=number))
        if len(waiting) == 4:
            acme.deliver(*waiting)
            waiting.clear()
    if waiting:
        acme.deliver(*waiting)
print("The answer is 42.")
