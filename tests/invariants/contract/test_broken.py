"""Whatever is wrong in a contract is told by its key, with a line to copy."""

import tomllib
from pathlib import Path

import pytest

from payloadproof import contract

CLAUDE_MEM = Path(contract.__file__).with_name("shipped") / "claude_mem.toml"


STARTED = "[events.worker_started]\n"
SEARCH = "[events.search_performed]\n"
TURNS = "[events.observer_turn_rollup]\n"
TURN_FOLD = "[events.observer_turn_rollup.fold]\n"
TRIGGER = '[properties.trigger]\ntype = "enum"\n'
LAYER = '[[consent.layers]]\nkind = "switch"\n'
FOLD = "events.observer_turn_rollup.fold"
#: What to replace, by what, which key is named, and what is said of it.
BROKEN = {
    "wrong format": ("format = 1", "format = 2", "format", "expected: 1"),
    "truth is not one": ("format = 1", "format = true", "format", "a boolean: true"),
    "wrong type": (
        'name = "claude-mem"',
        "name = 7",
        "product.name",
        "found:    a whole number: 7",
    ),
    "a date": ('name = "claude-mem"', "name = 2024-01-01", "product.name", "a date or time"),
    "boolean count": (
        "safety_max_records = 1_000",
        "safety_max_records = true",
        "limits.safety_max_records",
        "expected: a whole number of at least 1",
    ),
    "no bound": ("window_ms = 300_000", "window_ms = 0", "limits.window_ms", "at least 1"),
    "text for a list": ('log = ["logs/*"]', 'log = "logs"', "files.log", "a list of strings"),
    "number in a list": ('log = ["logs/*"]', "log = [1]", "files.log[0]", "a whole number: 1"),
    "text for a table": (
        '[properties.os_version]\ntype = "version"\ndescription = "Release of the kernel."',
        '[properties]\nos_version = "kernel"',
        "properties.os_version",
        "expected: a table",
    ),
    "unknown table": ("[files]", "[filse]", "filse", 'did you mean "files"?'),
    "unknown key": (
        SEARCH,
        SEARCH + "ceilling_per_day = 3\n",
        "events.search_performed.ceilling_per_day",
        'did you mean "ceiling_per_day"?',
    ),
    "unknown key to be quoted": (
        SEARCH,
        SEARCH + '"a b" = 3\n',
        'events.search_performed."a b"',
        "one of the keys",
    ),
    "unknown kind": (
        STARTED + 'kind = "lifecycle"',
        STARTED + 'kind = "lifecicle"',
        "events.worker_started.kind",
        'did you mean "lifecycle"?',
    ),
    "unknown type": (
        TRIGGER,
        '[properties.trigger]\ntype = "enumeration"\n',
        "properties.trigger.type",
        '"slug"',
    ),
    "unknown layer": (
        LAYER,
        '[[consent.layers]]\nkind = "swich"\n',
        "consent.layers[1].kind",
        'did you mean "switch"?',
    ),
    "layer without kind": (
        LAYER,
        "[[consent.layers]]\n",
        "consent.layers[1].kind",
        "found:    nothing",
    ),
    "layer with another's key": (
        LAYER,
        LAYER + 'path = "x"\n',
        "consent.layers[1].path",
        "one of the keys",
    ),
    "layer without variable": (
        LAYER + 'variable = "CLAUDE_MEM_TELEMETRY"\n',
        LAYER,
        "consent.layers[1].variable",
        "found:    nothing",
    ),
    "missing key": (
        "geoip_disable = false",
        "",
        "wire.geoip_disable",
        "example:  geoip_disable = true",
    ),
    "empty description": (
        'description = "Release of the kernel."',
        'description = ""',
        "properties.os_version.description",
        "not empty",
    ),
    "neither grain nor ceiling": (
        SEARCH + 'kind = "direct"\nceiling_per_day = 1_000\n',
        SEARCH + 'kind = "direct"\n',
        "events.search_performed",
        "a grain or a ceiling_per_day",
    ),
    "rollup without fold": (
        SEARCH + 'kind = "direct"',
        SEARCH + 'kind = "rollup"',
        "events.search_performed.fold",
        "found:    nothing",
    ),
    "fold without rollup": (
        TURNS + 'kind = "rollup"',
        TURNS + 'kind = "direct"',
        FOLD,
        "a fold of a direct event",
    ),
    "event names a stranger": (
        '"uptime_seconds", "shutdown_reason"]',
        '"uptime_seconds", "shutdown_raeson"]',
        "events.worker_stopped.properties[1]",
        'did you mean "shutdown_reason"?',
    ),
    "base names a stranger": (
        'base = [\n  "version",',
        'base = [\n  "verison",',
        "base[0]",
        'did you mean "version"?',
    ),
    "person names a stranger": (
        'person = [\n  "version",',
        'person = [\n  "email",',
        "person[0]",
        "a name from [properties]",
    ),
    "occurrence names a stranger": (
        '"outcome", "duration_ms", "tokens_injected"',
        '"outcome", "duration_ms", "prompt"',
        "occurrences.context_injected.properties[2]",
        '"prompt"',
    ),
    "fold of a property not declared": (
        "avg_tokens = {",
        "discovery_tokens = {",
        "events.context_injected_rollup.fold.properties.discovery_tokens",
        "a property that this event declares",
    ),
    "fold of a strange property of the occurrence": (
        'of = "cost_usd"',
        'of = "cost_eur"',
        f"{FOLD}.properties.total_cost_usd.of",
        'did you mean "cost_usd"?',
    ),
    "fold of an unknown occurrence": (
        'occurrence = "session_compressed"',
        'occurrence = "session_compresed"',
        f"{FOLD}.occurrence",
        'did you mean "session_compressed"?',
    ),
    "sum of nothing": (
        'op = "sum", of = "tokens_input"',
        'op = "sum"',
        f"{FOLD}.properties.total_tokens_input.of",
        "that sum is taken of",
    ),
    "first time of something": (
        'top_model = { op = "mode"',
        'top_model = { op = "first_time"',
        f"{FOLD}.properties.top_model.of",
        "nothing",
    ),
    "count of without equals": (
        'of = "outcome", equals = "aborted"',
        'of = "outcome"',
        f"{FOLD}.properties.outcomes_aborted.equals",
        "found:    nothing",
    ),
    "sum with equals": (
        'of = "cost_usd"',
        'of = "cost_usd", equals = "1"',
        f"{FOLD}.properties.total_cost_usd.equals",
        "in a count",
    ),
    "count of a value that is never sent": (
        'equals = "aborted"',
        'equals = "abroted"',
        f"{FOLD}.properties.outcomes_aborted.equals",
        'did you mean "aborted"?',
    ),
    "attribution not declared": (
        'attribution = "top_model"',
        'attribution = "model"',
        f"{FOLD}.attribution",
        'did you mean "top_model"?',
    ),
    "reason not declared": (
        'reason = "rollup_reason"',
        'reason = "shutdown_reason"',
        f"{FOLD}.reason",
        "declares",
    ),
    "sequence not declared": (
        'sequence = "window_seq"',
        'sequence = "uptime_seconds"',
        f"{FOLD}.sequence",
        "declares",
    ),
    "reason that is none": (
        'reason_safety = "safety_flush"',
        'reason_safety = "sweep"',
        f"{FOLD}.reason_safety",
        '"safety_flush"',
    ),
    "reason without its property": (
        'reason = "rollup_reason"\n',
        "",
        f"{FOLD}.reason_session_end",
        "a reason property that is an enum",
    ),
    "grain and key at odds": (
        TURNS + 'kind = "rollup"\ngrain = "session"',
        TURNS + 'kind = "rollup"\ngrain = "window"',
        "events.observer_turn_rollup.grain",
        'key "session"',
    ),
    "enum without values": (
        TRIGGER + 'values = ["start", "heartbeat"]\n',
        TRIGGER,
        "properties.trigger.values",
        "the closed set of an enum",
    ),
    "values without enum": (
        TRIGGER,
        '[properties.trigger]\ntype = "slug"\n',
        "properties.trigger.values",
        "values of a slug",
    ),
    "bound without text": (
        "occurrence_count = {",
        "occurrence_count = { max_chars = 5,",
        'events."$exception".own_properties.occurrence_count.max_chars',
        "max_chars of a count",
    ),
    "forbidden and declared": (
        '"test_event",',
        '"hook_failed",',
        "forbidden_events[3]",
        '"hook_failed"',
    ),
    "directive of no dollar": (
        '"$set", "$geoip_disable"]',
        '"set", "$geoip_disable"]',
        "wire.directives[1]",
        "starts with $",
    ),
    "backfill of a strange event": (
        'day_event = "historical_activity"',
        'day_event = "historical_activty"',
        "backfill.day_event",
        'did you mean "historical_activity"?',
    ),
    "beginning of a strange event": (
        'install_event = "install_inferred"',
        'install_event = "installed"',
        "backfill.install_event",
        "a name from [events]",
    ),
    "first day of a strange property": (
        'first_day = "first_active_date"',
        'first_day = "first_active_day"',
        "backfill.first_day",
        'did you mean "first_active_date"?',
    ),
    "flag of a strange property": (
        'flag = "backfilled"',
        'flag = "back_filled"',
        "backfill.flag",
        'did you mean "backfilled"?',
    ),
    "namespace that is no UUID": (
        'namespace = "8a9c2f4e-',
        'namespace = "claude-mem-',
        "backfill.namespace",
        "a UUID",
    ),
    "first activity in a strange table": (
        'first_activity = ["sdk_sessions",',
        'first_activity = ["sdk_session",',
        "backfill.first_activity",
        'did you mean "sdk_sessions"?',
    ),
    "figure of a strange property": (
        "prompt_count = { op",
        "prompts_count = { op",
        "backfill.figures.prompts_count",
        'did you mean "prompt_count"?',
    ),
    "figure of no table": (
        'prompt_count = { op = "count", tables = ["user_prompts"] }',
        'prompt_count = { op = "count" }',
        "backfill.figures.prompt_count.tables",
        "found:    nothing",
    ),
    "figure of a strange table": (
        'prompt_count = { op = "count", tables = ["user_prompts"] }',
        'prompt_count = { op = "count", tables = ["user_prompt"] }',
        "backfill.figures.prompt_count.tables",
        'did you mean "user_prompts"?',
    ),
    "figure of a strange column": (
        'of = "status", equals = "failed"',
        'of = "state", equals = "failed"',
        "backfill.figures.session_failed_count.of",
        "a name from the table sdk_sessions",
    ),
    "sum of no column": (
        'op = "sum", tables = ["session_summaries"], of = "discovery_tokens"',
        'op = "sum", tables = ["session_summaries"]',
        "backfill.figures.discovery_tokens.of",
        "a name from the table session_summaries",
    ),
    "less than a strange figure": (
        'less = "read_tokens"',
        'less = "tokens_read"',
        "backfill.figures.tokens_saved_vs_naive.less",
        "a name from [backfill.figures]",
    ),
    "less of nothing": (
        'op = "less", of = "discovery_tokens",',
        'op = "less",',
        "backfill.figures.tokens_saved_vs_naive.of",
        "a name from [backfill.figures]",
    ),
    "marker of version 0": (
        "version = 2\nversion_key",
        "version = 0\nversion_key",
        "backfill.marker.version",
        "1",
    ),
    "figure of a strange kind": (
        'op = "tokens"',
        'op = "words"',
        "backfill.figures.read_tokens.op",
        '"tokens"',
    ),
    "stamp of no dollar": ('"$lib",', '"lib",', "wire.stamps[0]", 'example:  stamps = ["$lib"]'),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_contract_is_told_by_key_with_a_line_to_copy(refusal, name, tmp_path):
    old, new, key, said = BROKEN[name]
    sound = CLAUDE_MEM.read_text()
    assert sound.count(old) >= 1
    path = tmp_path / "mine.toml"
    path.write_text(sound.replace(old, new, 1))
    error = refusal(path)
    assert error.file == str(path)
    assert error.key == key
    assert said in str(error)
    assert error.expected
    assert error.found
    assert tomllib.loads(error.example)


def test_a_missing_table_is_told_with_the_keys_it_needs(refusal, tmp_path):
    before, _, after = CLAUDE_MEM.read_text().partition("[wire]")
    path = tmp_path / "mine.toml"
    path.write_text(before + "[files]" + after.partition("[files]")[2])
    error = refusal(path)
    assert (error.key, error.expected, error.found) == ("wire", "a table", "nothing")
    assert set(tomllib.loads(error.example)["wire"]) == {"geoip_disable", "directives", "stamps"}


def test_a_contract_needs_no_variables(tmp_path):
    # Most programs have their host as a constant: they are recorded in a network of their own.
    before, _, after = CLAUDE_MEM.read_text().partition("[variables]")
    path = tmp_path / "mine.toml"
    path.write_text(before + "[wire]" + after.partition("[wire]")[2])
    assert contract.load(path).variables.host is None
