"""Prove what a program's PostHog telemetry sends, before it ships.

For implementers in Python: derive from :class:`Adapter` and call :func:`serve`. For tests of one:
:func:`run_conformance`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from payloadproof.adapters.serve import (
        Adapter,
        AdapterError,
        StartScenario,
        VirtualClock,
        serve,
    )
    from payloadproof.suite.conformance import ConformanceError, run_conformance

    __version__: str

__all__ = [
    "Adapter",
    "AdapterError",
    "ConformanceError",
    "StartScenario",
    "VirtualClock",
    "__version__",
    "run_conformance",
    "serve",
]

# On demand: pytest imports this package for its plugin in runs that have no use for it.
_PLACES = {
    "Adapter": ("payloadproof.adapters.serve", "Adapter"),
    "AdapterError": ("payloadproof.adapters.serve", "AdapterError"),
    "ConformanceError": ("payloadproof.suite.conformance", "ConformanceError"),
    "StartScenario": ("payloadproof.adapters.serve", "StartScenario"),
    "VirtualClock": ("payloadproof.adapters.virtual", "VirtualClock"),
    "__version__": ("payloadproof.version", "VERSION"),
    "run_conformance": ("payloadproof.suite.conformance", "run_conformance"),
    "serve": ("payloadproof.adapters.serve", "serve"),
}


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, attribute = _PLACES[name]
    return getattr(import_module(module), attribute)
