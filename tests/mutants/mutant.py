"""What a mutant is: the reference with one part replaced by a wrong one.

Rule 1: one behaviour is changed. Where a second door would hold the defect back, the mutant opens
that one too, for this defect alone.
Rule 2: a mutant names the clause that has to kill it; no other clause is asked. It is named for its
defect, and lies in the folder of that clause's family.
Rule 3: nobody's scenario is written for it. What the suite generates has to find it.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

from payloadproof_reference.adapter import ReferenceAdapter
from payloadproof_reference.ceilings import Ceilings
from payloadproof_reference.consent import Consent
from payloadproof_reference.exceptions import Builder, Exceptions
from payloadproof_reference.instrument import Instrumentation
from payloadproof_reference.limiter import Limiter
from payloadproof_reference.log import Log
from payloadproof_reference.machine import known
from payloadproof_reference.past.backfill import Backfill
from payloadproof_reference.pipeline import Pipeline
from payloadproof_reference.redaction.redact import Redactor
from payloadproof_reference.rollup import Sessions, Window
from payloadproof_reference.transport import Transport
from payloadproof_reference.uncaught import Uncaught
from payloadproof_reference.whitelist import Whitelist


class Mutant(ReferenceAdapter):
    """The adapter of a wrong pipeline, named for the defect.

    ``part``: the wrong class; ``clause``: the one that has to kill it; ``apart``: whether it runs
    as a child.
    """

    part: ClassVar[type[Any]]
    clause: ClassVar[str]
    apart: ClassVar[bool]

    @classmethod
    def spec(cls) -> str:
        """How a connector reaches it."""
        if cls.apart:
            return f"cmd:{shlex.join([sys.executable, str(CHILD), cls.part.__name__])}"
        return f"direct:{cls.part.__module__}:{cls.part.__name__}"


CHILD = Path(__file__).with_name("child.py")
#: From the folder of all tests, which is on the path: a ``profile`` is the standard library's.
PACKAGE = Path(__file__).parent.name

#: By name, family by family. ``enter_all`` fills it.
MUTANTS: dict[str, type[Mutant]] = {}


def families() -> list[Path]:
    """The folders that hold mutants, by name."""
    here = Path(__file__).parent
    return sorted(one for one in here.iterdir() if one.is_dir() and one.name[0] != "_")


def enter_all() -> None:
    """Import each module of each family: its mutants enter themselves."""
    for family in families():
        for module in pkgutil.iter_modules([str(family)]):
            if not module.name.startswith("test_"):
                importlib.import_module(f"{PACKAGE}.{family.name}.{module.name}")


def breaks(
    clause: str, *, past: type[Any] | None = None, apart: bool = False
) -> Callable[[type[Any]], type[Mutant]]:
    """Turn a wrong part, which may be the whole pipeline, into a mutant.

    What the decorated name then stands for is the adapter, so that ``direct:MODULE:NAME`` finds it.
    ``past``: the part with the second door; ``apart``: whether it takes a process of its own.
    """

    def enter(part: type[Any]) -> type[Mutant]:
        attributes = {
            "__doc__": inspect.cleandoc(part.__doc__),
            "name": part.__name__,
            "part": part,
            "clause": clause,
            "apart": apart,
            "pipeline_type": _assembled(part, past or part),
            "instrumentation_type": _chosen(Instrumentation, part),
            "uncaught_type": _chosen(Uncaught, part),
        }
        assert part.__name__ not in MUTANTS, part.__name__
        MUTANTS[part.__name__] = type(part.__name__, (Mutant,), attributes)
        return MUTANTS[part.__name__]

    return enter


def _chosen(right: type[Any], *wrong: type[Any]) -> type[Any]:
    return next((part for part in wrong if issubclass(part, right)), right)


def _assembled(*wrong: type[Any]) -> type[Pipeline]:
    def chosen(right: type[Any]) -> type[Any]:
        return _chosen(right, *wrong)

    class Reported(chosen(Exceptions)):
        limiter_type = chosen(Limiter)
        builder_type = chosen(Builder)

    class Assembled(chosen(Pipeline)):
        backfill_type = chosen(Backfill)

        def __init__(self, env, data_dir, clock):
            super().__init__(env, data_dir, clock, whitelist=chosen(Whitelist)())
            self._log = chosen(Log)(data_dir, clock)
            self._consent = chosen(Consent)(env, data_dir)
            self._ceilings = chosen(Ceilings)(clock, self._log, self._kept_in)
            self._sessions = chosen(Sessions)(clock)
            self._window = chosen(Window)(clock)
            self._exceptions = Reported(
                clock, chosen(Redactor)(), lambda: known(env), self._send_report
            )
            self._log.set_error_sink(self.exception)
            self._transport = chosen(Transport)(env, self._consented, self._whitelist, self._log)

    return Assembled
