"""What a mutant is: the reference with one part replaced by a wrong one.

Rule 1: one behaviour is changed. Where a second door would hold the defect back, the mutant opens
that one too, for this defect alone.
Rule 2: a mutant names the clause that has to kill it; no other clause is asked.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, ClassVar

from payloadproof_reference.adapter import ReferenceAdapter
from payloadproof_reference.consent import Consent
from payloadproof_reference.pipeline import Ceilings, Pipeline
from payloadproof_reference.rollup import Sessions, Window
from payloadproof_reference.transport import Transport
from payloadproof_reference.whitelist import Whitelist


class Mutant(ReferenceAdapter):
    """The adapter of a wrong pipeline, named for the defect.

    ``part``: the wrong class; ``clause``: the one that has to kill it.
    """

    part: ClassVar[type[Any]]
    clause: ClassVar[str]

    @classmethod
    def spec(cls) -> str:
        """How a connector reaches it."""
        return f"direct:{cls.part.__module__}:{cls.part.__name__}"


#: By name, in the order they are written.
MUTANTS: dict[str, type[Mutant]] = {}


def breaks(clause: str, *, past: type[Any] | None = None) -> Callable[[type[Any]], type[Mutant]]:
    """Turn a wrong part, which may be the whole pipeline, into a mutant.

    What the decorated name then stands for is the adapter, so that ``direct:MODULE:NAME`` finds it.
    ``past``: the part with the second door.
    """

    def enter(part: type[Any]) -> type[Mutant]:
        attributes = {
            "__doc__": inspect.cleandoc(part.__doc__),
            "name": part.__name__,
            "part": part,
            "clause": clause,
            "pipeline_type": _assembled(part, past or part),
        }
        assert part.__name__ not in MUTANTS, part.__name__
        MUTANTS[part.__name__] = type(part.__name__, (Mutant,), attributes)
        return MUTANTS[part.__name__]

    return enter


def _assembled(*wrong: type[Any]) -> type[Pipeline]:
    def chosen(right: type[Any]) -> type[Any]:
        return next((part for part in wrong if issubclass(part, right)), right)

    class Assembled(chosen(Pipeline)):
        def __init__(self, env, data_dir, clock):
            super().__init__(env, data_dir, clock, whitelist=chosen(Whitelist)())
            self._consent = chosen(Consent)(env, data_dir)
            self._ceilings = chosen(Ceilings)(clock, self._log)
            self._sessions = chosen(Sessions)(clock)
            self._window = chosen(Window)(clock)
            self._transport = chosen(Transport)(env, self._consented, self._whitelist, self._log)

    return Assembled
