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
from payloadproof_reference.pipeline import Pipeline
from payloadproof_reference.rollup import Sessions
from payloadproof_reference.transport import Transport
from payloadproof_reference.whitelist import Whitelist


class Mutant(ReferenceAdapter):
    """The adapter of a wrong pipeline; the class is named for the defect."""

    clause: ClassVar[str]
    defect: ClassVar[str]


#: In the order they are written, by name.
MUTANTS: dict[str, type[Mutant]] = {}


def breaks(clause: str) -> Callable[[type[Any]], type[Mutant]]:
    """Turn a wrong part, or a whole wrong pipeline, into a mutant that ``clause`` has to kill.

    What the decorated name stands for is the adapter, so that ``direct:pipelines:NAME`` finds it.
    """

    def enter(part: type[Any]) -> type[Mutant]:
        attributes = {
            "name": part.__name__,
            "clause": clause,
            "defect": inspect.cleandoc(part.__doc__),
            "pipeline_type": part if issubclass(part, Pipeline) else _with(part),
        }
        mutant = type(part.__name__, (Mutant,), attributes)
        assert part.__name__ not in MUTANTS, part.__name__
        MUTANTS[part.__name__] = mutant
        return mutant

    return enter


def _with(part: type[Any]) -> type[Pipeline]:
    def either(right: type[Any]) -> type[Any]:
        return part if issubclass(part, right) else right

    class Assembled(Pipeline):
        def __init__(self, env, data_dir, clock):
            super().__init__(env, data_dir, clock, whitelist=either(Whitelist)())
            self._consent = either(Consent)(env, data_dir)
            self._sessions = either(Sessions)(clock)
            self._transport = either(Transport)(env, self._consented, self._whitelist, self._log)

    return Assembled
