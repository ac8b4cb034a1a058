"""protocol.md: every message with its fields and a line that the codec made."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from pages.markdown import MEANINGS, anchor, block, doc, fields, table
from payloadproof.protocol import codec, messages
from payloadproof.protocol.hostile import HOSTILE_MEANING

EXAMPLES: dict[str, messages.Params] = {
    params.op: params
    for params in (
        messages.Initialize(
            protocol=messages.VERSION, harness=messages.Harness(name="payloadproof", version="0.1")
        ),
        messages.StartScenario(
            scenario="s1",
            env={
                "HOME": "/tmp/s1/home",  # noqa: S108  # an example, not a file that is opened
                "PATH": "/usr/bin:/bin",
                "KETTLE_TELEMETRY": "1",
                "KETTLE_TELEMETRY_HOST": "http://127.0.0.1:40001",
                "KETTLE_TELEMETRY_KEY": "phc_one_per_scenario",
            },
            home="/tmp/s1/home",  # noqa: S108  # as above
            data_dir="/tmp/s1/data",  # noqa: S108  # as above
            host="http://127.0.0.1:40001",
            token="phc_one_per_scenario",  # noqa: S106  # an example that opens nothing
            now_ms=1_750_000_000_000,
        ),
        messages.Capture(
            event="water_boiled", properties={"litres": 1.5, "started_by": {codec.TAG: "nan"}}
        ),
        messages.Record(
            event="turn_ended", properties={"outcome": "ok"}, session=123_456_789_012_345
        ),
        messages.Instrument(
            component="HEATER",
            level="info",
            message="the water boils",
            event="water_boiled",
            properties={"litres": 1.5},
        ),
        messages.RaiseError(
            error=messages.Fault(
                type="ScaleError",
                message="the sensor in /home/ada/kettle gave 104",
                frames=(
                    messages.Frame(function="boil", file="/home/ada/kettle/heat.py"),
                    messages.Frame(
                        function="read", file="/home/ada/kettle/scale.py", locals={"port": "tty0"}
                    ),
                ),
                cause=messages.Fault(type="OSError", message={codec.TAG: "bytes"}),
            )
        ),
        messages.EndSession(session=123_456_789_012_345),
        messages.Respawn(session=123_456_789_012_345),
        messages.SetConsent(env={"DO_NOT_TRACK": "1", "KETTLE_TELEMETRY": None}),
        messages.Explain(),
        messages.AdvanceClock(ms=30_000),
        messages.SetClock(now_ms=1_749_999_000_000),
        messages.Fork(event="water_boiled", properties={"litres": 1.5}),
        messages.RunBackfill(),
        messages.Flush(),
        messages.Shutdown(),
        messages.EndScenario(),
        messages.Exit(),
    )
}

REPLIES = (
    ("ok", messages.Reply(id=7, ok={}), "the operation returned"),
    (
        "raised",
        messages.Reply(
            id=7,
            raised=messages.RaisedDetail(
                type="TypeError", message="no number", place="kettle.py:48 in flush"
            ),
        ),
        (
            "a public operation of the program raised an error, which is a finding on S1 hostile"
            " values; `place`, if known, is the innermost frame in a file that is not a library's"
        ),
    ),
    (
        "unsupported",
        messages.Reply(id=7, unsupported="this adapter has no session/end"),
        "not offered: clauses that need it are unsupported",
    ),
    (
        "error",
        messages.Reply(
            id=7, error=messages.ErrorDetail(code="no-checkout", message="DIR is no checkout")
        ),
        "the adapter itself is broken: the run ends with exit code 2",
    ),
)


def page() -> Iterator[str]:
    """The page, part by part."""
    yield "# Protocol"
    yield (
        f"This is version {messages.VERSION}: JSON Lines over the adapter's stdin and stdout."
        " [The adapter guide](../adapter-guide.md) shows a whole session."
    )
    yield doc(messages).partition("\n\n")[2]
    yield f"`LINE_MAX` is {messages.LINE_MAX:,} bytes. Unknown keys are ignored on both sides."
    yield "`payloadproof schema NAME` prints the JSON Schema of a message."
    yield "## Operations"
    yield table(
        ("operation", "deadline", "may wait for the network", "schema"),
        (
            (
                f"[`{op}`](#{anchor(op)})",
                f"{params.deadline_s:g} s",
                "yes" if params.may_wait else "no",
                f"`{params.__name__}`",
            )
            for op, params in messages.OPS.items()
        ),
    )
    for op, params in messages.OPS.items():
        yield f"### {op}"
        yield doc(params)
        rows = list(fields(params, MEANINGS["parameters"]))
        yield table(("field", "type", "default", "meaning"), rows) if rows else "No fields."
        yield block(codec.request_line(7, EXAMPLES[op]).decode().rstrip(), "json")
        if op == messages.Initialize.op:
            yield from _initialized()
        if op == messages.RaiseError.op:
            for shape in (messages.Fault, messages.Frame):
                yield f"`{shape.__name__}`: {doc(shape)}"
                yield table(
                    ("field", "type", "default", "meaning"), fields(shape, MEANINGS["parameters"])
                )
    yield "## Replies"
    yield "Every request gets exactly one of these, with its id."
    yield table(("reply", "meaning"), ((f"`{name}`", meaning) for name, _, meaning in REPLIES))
    yield block("".join(codec.encode(reply).decode() for _, reply, _ in REPLIES).rstrip(), "json")
    yield (
        "The end of the adapter's output, or a deadline that passes, is a finding once the adapter"
        " has answered before, and an error of the adapter when it never has."
    )
    yield "## Hostile values"
    yield doc(codec).partition("\n\n")[2]
    yield table(
        ("kind", "what to build"),
        ((f"`{kind}`", meaning) for kind, meaning in HOSTILE_MEANING.items()),
    )


def _initialized() -> Iterator[str]:
    yield "Its result:"
    for shape in (messages.Initialized, messages.Implementation, messages.Capabilities):
        yield f"`{shape.__name__}`: {doc(shape)}"
        yield table(("field", "type", "default", "meaning"), fields(shape, MEANINGS["parameters"]))
    answer = messages.Initialized(
        protocol=messages.VERSION,
        implementation=messages.Implementation(name="kettle", version="1.0", language="python"),
        capabilities=messages.Capabilities(
            ops=("initialize", "scenario/start", "capture", "flush", "shutdown", "scenario/end"),
            clock="real",
            hostile=("nan", "bytes"),
        ),
    )
    reply = messages.Reply(id=7, ok=msgspec.to_builtins(answer))
    yield block(codec.encode(reply).decode().rstrip(), "json")
