"""What a baseline accepts: one kind of breach of one clause, for a reason and until a day."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import msgspec

Kind = tuple[str, str]
"""The clause and the fingerprint of a breach."""


class Entry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One kind of breach that is accepted. ``expires`` is the last day on which it is.

    ``seldom``: it hangs on time or chance, and a run that does not meet it proves nothing.
    """

    clause: str
    fingerprint: Annotated[str, msgspec.Meta(min_length=1)]
    reason: Annotated[str, msgspec.Meta(pattern=r"\S")]
    expires: date
    seldom: bool = False

    @property
    def kind(self) -> Kind:
        """What it accepts."""
        return self.clause, self.fingerprint
