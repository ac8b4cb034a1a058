"""Prove what a program's PostHog telemetry sends, before it ships.

For implementers in Python: derive from :class:`Adapter` and call :func:`serve`.
"""

from __future__ import annotations

from payloadproof.adapters.serve import Adapter, AdapterError, StartScenario, serve
from payloadproof.version import VERSION

__all__ = ["Adapter", "AdapterError", "StartScenario", "__version__", "serve"]

__version__ = VERSION
