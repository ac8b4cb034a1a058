"""Answers initialize unasked, and then reads nothing: whoever writes to it fills its pipe."""

import threading

from spoken import answer

answer({"id": 1, "op": "initialize"})
threading.Event().wait()
