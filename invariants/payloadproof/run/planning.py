"""What a user asked for, looked up, and checked."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

from hypothesis.configuration import set_hypothesis_home_dir

from payloadproof.adapters.base import Connector
from payloadproof.adapters.connect import connector
from payloadproof.adapters.direct import DirectConnector
from payloadproof.adapters.serve import Adapter
from payloadproof.clauses.clause import selected
from payloadproof.contract import DEFAULT, load, shipped
from payloadproof.errors import HarnessError
from payloadproof.outcome.accepted import Entry
from payloadproof.outcome.events import nobody
from payloadproof.outcome.model import Report
from payloadproof.outcome.plan import Plan
from payloadproof.run.check import check
from payloadproof.run.gate import gated
from payloadproof.run.properties import PROFILES
from payloadproof.run.seeds import FIXED
from payloadproof.scenario.corpus import DIRECTORY

HOME = Path(".payloadproof")


def judged(plan: Plan) -> Report:
    """Check inside a process that may use Hypothesis for itself, which gets its folder back."""
    try:
        return gated(plan, nobody, lambda listen: check(plan, listen))
    finally:
        set_hypothesis_home_dir(None)


def planned(
    adapter: str | type[Adapter] | Adapter,
    contract: str = DEFAULT,
    *,
    only: str | Collection[str] | None = None,
    profile: str = "quick",
    seed: int | None = None,
    strict: bool = False,
    allow_unsupported: str | Collection[str] = (),
    accepted: Sequence[Entry] = (),
    survey: bool = False,
    corpus: Path | None = DIRECTORY,
) -> Plan:
    """What a user asked for, looked up.

    Raises:
        HarnessError: there is no such adapter, profile or clause.
        ContractError: the contract cannot be used.
    """
    if profile not in PROFILES:
        raise HarnessError(
            code="profile-unknown",
            message=f"there is no profile {profile!r}",
            next=f"one of {', '.join(PROFILES)}",
        )
    loaded = load(contract)
    return Plan(
        contract=loaded,
        contract_name=contract if contract in shipped() else str(Path(contract)),
        connector=_connector(adapter, without=loaded.variable_names),
        clauses=selected(only if only is None or isinstance(only, str) else ",".join(only)),
        profile=profile,
        seed=FIXED if seed is None and profile != "deep" else seed,
        home=HOME,
        strict=strict,
        allow_unsupported=_allowed(allow_unsupported),
        accepted=tuple(accepted),
        survey=survey,
        corpus=corpus,
    )


def _connector(adapter: str | type[Adapter] | Adapter, *, without: Collection[str]) -> Connector:
    if isinstance(adapter, str):
        return connector(adapter, without=without)
    made = adapter if isinstance(adapter, type) else type(adapter)
    spec = f"direct:{made.__module__}:{made.__qualname__}"
    return DirectConnector(spec, adapter if isinstance(adapter, type) else lambda: adapter)


def _allowed(names: str | Collection[str]) -> tuple[str, ...]:
    if not isinstance(names, str):
        if not names:
            return ()
        names = ",".join(names)
    return selected(names, "--allow-unsupported")
