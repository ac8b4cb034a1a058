"""PostHog's own parser of HogQL, and a ClickHouse within this process.

Both are big, and `nox -s queries` alone installs them.
"""

import importlib
import json
import sys
import types

import pytest

COLUMNS = {
    "uuid": "String",
    "event": "String",
    "distinct_id": "String",
    "timestamp": "DateTime64(6, 'UTC')",
    "properties": "String",
    "person_mode": "Enum8('full' = 0, 'propertyless' = 1, 'force_upgrade' = 2)",
}
#: What hogql-parser raises with: PostHog's server has them, and no package of PyPI does.
ERRORS = (
    "BaseHogQLError",
    "ExposedHogQLError",
    "SyntaxError",
    "NotImplementedError",
    "ParsingError",
)


@pytest.fixture(scope="session")
def parsed():
    """A query as PostHog's parser reads it; AssertionError where it cannot."""
    errors = types.ModuleType("posthog.hogql.errors")
    for name in ERRORS:
        setattr(errors, name, type(name, (Exception,), {}))
    package = types.ModuleType("posthog.hogql")
    sys.modules |= {"posthog.hogql": package, "posthog.hogql.errors": errors}
    parser = pytest.importorskip("hogql_parser", reason="only nox -s queries installs it")

    def parse(query):
        tree = json.loads(parser.parse_select_json(query))
        assert not tree.get("error"), f"{tree['message']}: {query}"
        return tree

    return parse


@pytest.fixture(scope="session")
def clickhouse():
    """Rows in, a query over them out, as tuples."""
    pytest.importorskip("chdb", reason="only nox -s queries installs it")
    session = importlib.import_module("chdb.session").Session()
    columns = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())

    def run(rows, query):
        session.query("CREATE DATABASE IF NOT EXISTS made ENGINE = Atomic")
        session.query("DROP TABLE IF EXISTS made.events")
        session.query(f"CREATE TABLE made.events ({columns}) ENGINE = MergeTree ORDER BY uuid")
        lines = "\n".join(json.dumps(row) for row in rows)
        session.query(f"INSERT INTO made.events FORMAT JSONEachRow {lines}")
        session.query("USE made")
        answer = str(session.query(query, "JSONCompactEachRow"))
        return [tuple(json.loads(line)) for line in answer.splitlines()]

    yield run
    session.close()
