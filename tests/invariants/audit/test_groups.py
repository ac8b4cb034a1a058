"""Rows that are alike go one path, and no others do."""

from payloadproof.audit.cells import NO_TOKENS, Tokens
from payloadproof.audit.groups import Paths

WRONG, WORSE = ("is wrong",), ("is worse",)


def grouped(paths, masks, *told):
    """The rows of a batch by their groups, each with what it is told by."""
    verdicts = {}
    groups = list(paths.grouped(masks, told, lambda mask: verdicts.setdefault(mask, {})))
    assert sum(group.times for group in groups) == len(masks)
    of = {id(known): mask for mask, known in verdicts.items()}
    return [(of.get(id(g.path.verdicts)), g.path.tokens, g.first, g.times) for g in groups], groups


def test_rows_are_alike_in_their_keys_and_all_of_their_tokens():
    told, _ = grouped(
        Paths(),
        [0, 4, 0, 4, 0, 0],
        ("a", Tokens(None, {1: WRONG, 2: WRONG, 3: WORSE, 4: WRONG})),
        ("b", NO_TOKENS),
        ("c", Tokens(WORSE, {})),
        ("d", Tokens(None, {4: WRONG})),
    )
    a, c, d = ("a", WRONG), ("c", WORSE), ("d", WRONG)
    assert told == [
        (0, (c,), 0, 2),
        (4, (a, c), 1, 1),
        (0, (a, c), 2, 1),
        (4, (("a", WORSE), c), 3, 1),
        (0, (a, d, c), 4, 1),
    ]


def test_one_token_in_two_columns_is_two():
    told, _ = grouped(
        Paths(), [0, 0], ("a", Tokens(None, {0: WRONG})), ("b", Tokens(None, {1: WRONG}))
    )
    assert [tokens for _, tokens, _, _ in told] == [(("a", WRONG),), (("b", WRONG),)]


def test_later_rows_go_the_same_paths_and_no_others():
    paths = Paths()
    _, (first, second) = grouped(paths, [0, 1], ("a", Tokens(None, {1: WRONG})))
    _, (same, other) = grouped(paths, [1, 1], ("a", Tokens(None, {0: WRONG, 1: WORSE})))
    assert same.path is second.path
    assert other.path not in (first.path, second.path)
    _, (elsewhere,) = grouped(paths, [1], ("b", Tokens(None, {0: WRONG})))
    assert elsewhere.path is not second.path
    paths.clear()
    _, (anew,) = grouped(paths, [1], ("a", Tokens(None, {0: WRONG})))
    assert anew.path is not second.path


def test_a_token_that_is_gone_lends_its_id_to_none():
    paths = Paths()
    seen = set()
    for number in range(200):  # each made where the one before may have lain
        ((_, tokens, _, _),), _ = grouped(paths, [0], ("a", Tokens(None, {0: (number, "wrong")})))
        assert tokens == (("a", (number, "wrong")),)
        seen.add(tokens)
    assert len(seen) == 200


def test_few_paths_are_remembered(monkeypatch):
    monkeypatch.setattr("payloadproof.audit.groups._PATHS", 10)
    paths = Paths()
    for number in range(100):
        grouped(paths, [number % 3], ("a", Tokens(None, {0: (number, "wrong")})))
        assert len(paths._starts) + len(paths._made) <= 12
