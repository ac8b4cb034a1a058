"""Who writes another program's syntax does it by the room that reads it back in its tests."""

import ast
from pathlib import Path

PACKAGE = Path(__file__).parents[2] / "invariants" / "payloadproof"
ROOM = PACKAGE / "syntax"


def calls(module, *names):
    """The names of these functions that a module calls, as ``shlex.quote``."""
    tree = ast.parse(module.read_text(encoding="utf-8"))
    return {ast.unparse(one.func) for one in ast.walk(tree) if isinstance(one, ast.Call)} & {*names}


def test_only_one_place_writes_for_a_shell():
    own = {path for path in PACKAGE.rglob("*.py") if calls(path, "shlex.quote", "shlex.join")}
    assert own == {ROOM / "shell.py"}


def test_a_contract_is_never_told_of_in_json():
    rooms = [*(PACKAGE / "contract").glob("*.py"), PACKAGE / "run" / "baseline.py"]
    rooms.remove(PACKAGE / "contract" / "settings.py")  # it writes the files that programs read
    assert not {path.name for path in rooms if calls(path, "json.dumps", "msgspec.json.encode")}
