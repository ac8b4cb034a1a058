"""What answers beside capture on PostHog's host: flags, configuration, replay, logs, health.

Rule 1: a program that asks gets what a project without flags would answer, or with those that it
was given: code behind a flag has to run to be recorded.
Rule 2: nothing here takes events. What was sent is in the record, and in no batch.

As the services are known from their clients (posthog-python 7.91.1, posthog-node 5.70.0, posthog-js
1.449.2) and PostHog/posthog ``rust/feature-flags``, read in parts and not run. Left out: the time
of an evaluation, which would make an answer another one each time.
"""

from __future__ import annotations

import json
import uuid
from typing import NamedTuple

from payloadproof.recorder.project import Flag, Project
from payloadproof.recorder.routes import CONFIG, Service

OK_BODY = '{"status":"Ok"}'
#: What takes OpenTelemetry's JSON and answers as that protocol has it.
OTLP: frozenset[Service] = frozenset({"metrics", "logs", "traces"})
_NAMESPACE = uuid.UUID("2f0f4ff3-5f0e-4b7b-9a6f-0d4f0a3c5f11")  # of ids of requests; any would do
_NEW_FLAGS = 2  # from this version on, /flags has objects
_NEW_DECIDE = 4


class Answered(NamedTuple):
    """Status and text."""

    status: int
    text: str


def answer(
    service: Service,
    target: str,
    query: dict[str, bytes],
    tokens: tuple[str, ...],
    project: Project,
    *,
    bearer: bool = False,
) -> Answered:
    """What a neighbour answers.

    Args:
        service: which.
        target: the bare path.
        query: its fields.
        tokens: the project keys that were found in the request.
        project: what is known of it.
        bearer: whether an Authorization header has a key.
    """
    if service == "health":
        return Answered(200, "capture" if not target else "ok")
    if service == "ai" and not bearer:
        # Not the batches, which are capture's: what is multipart or protobuf names its key here.
        return Answered(401, "event submitted without an api_key")
    if service in {"replay", "ai"}:
        return Answered(200, OK_BODY)
    if service in OTLP:
        return Answered(200, "{}")
    if service == "config":
        found = CONFIG.fullmatch(target)
        assert found is not None
        return _config(found[1], project, script=bool(found[2]))
    if not tokens:
        return Answered(401, "API key missing: no api_key or token in the request")
    if project.tokens is not None and project.tokens.isdisjoint(tokens):
        return Answered(401, "The provided API key is invalid or has expired.")
    if service == "surveys":
        return _json({"surveys": []})
    if target in {"/api/feature_flag/local_evaluation", "/flags/definitions"}:
        return _json({"flags": [], "group_type_mapping": {}, "cohorts": {}})
    return _flags(target, _version(query), tokens[0], project)


def _version(query: dict[str, bytes]) -> int:
    said = query.get("v", b"1")
    return int(said) if said.isdigit() and len(said) < 3 else 1  # noqa: PLR2004 - digits


def _json(value: object) -> Answered:
    return Answered(200, json.dumps(value, separators=(",", ":")))


def _flags(target: str, version: int, token: str, project: Project) -> Answered:
    flags = project.flags
    decide = target == "/decide"
    said: dict[str, object] = {"errorsWhileComputingFlags": False}
    if version >= (_NEW_DECIDE if decide else _NEW_FLAGS):
        said["flags"] = {
            key: _detail(number, key, flag)
            for number, (key, flag) in enumerate(flags.items(), start=1)
        }
    elif version > 1 or not decide:
        said["featureFlags"] = {key: flag.value for key, flag in flags.items()}
        said["featureFlagPayloads"] = {
            key: _payload(flag) for key, flag in flags.items() if flag.payload is not None
        }
    else:
        said["featureFlags"] = [key for key, flag in flags.items() if flag.value]
    # The same for the same question: an answer is a function of what was asked.
    said["requestId"] = str(uuid.uuid5(_NAMESPACE, f"{target} {version} {token}"))
    if decide:
        said |= {"config": {"enable_collect_everything": True}, **_remote(project)}
    return _json(said)


def _payload(flag: Flag) -> object:
    if flag.payload is None or isinstance(flag.payload, str):
        return flag.payload
    return json.dumps(flag.payload, separators=(",", ":"))


def _detail(number: int, key: str, flag: Flag) -> dict[str, object]:
    on = bool(flag.value)
    return {
        "key": key,
        "enabled": on,
        "variant": flag.value if isinstance(flag.value, str) else None,
        "reason": {
            "code": "condition_match" if on else "no_condition_match",
            "condition_index": 0 if on else None,
            "description": "Matched condition set 1" if on else "No matching condition set",
        },
        "metadata": {
            "id": number,
            "version": 1,
            "description": None,
            "payload": _payload(flag),
        },
    }


def _remote(project: Project) -> dict[str, object]:
    """The settings of a project that has switched nothing on."""
    return {
        "supportedCompression": ["gzip", "gzip-js"],
        "hasFeatureFlags": bool(project.flags),
        "captureDeadClicks": False,
        "capturePerformance": False,
        "autocapture_opt_out": False,
        "autocaptureExceptions": False,
        "analytics": {"endpoint": "/i/v0/e/"},
        "elementsChainAsString": True,
        "sessionRecording": False,
        "heatmaps": False,
        "surveys": False,
        "defaultIdentifiedOnly": True,
        "siteApps": [],
    }


def _config(token: str, project: Project, *, script: bool) -> Answered:
    settings = {"token": token, **_remote(project)}
    if not script:
        return _json(settings)
    name = json.dumps(token).replace("<", "\\u003c")
    whole = json.dumps({"config": settings, "siteApps": []}).replace("<", "\\u003c")
    kept = "window._POSTHOG_REMOTE_CONFIG"
    return Answered(200, f"(function(){{{kept}={kept}||{{}};{kept}[{name}]={whole};}})();")
