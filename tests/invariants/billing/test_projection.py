"""A month for so many installs: the plan's figures, ranges, upgrades, and what cannot be told."""

import math

import pytest
from msgspec.structs import replace

from payloadproof.billing.meter import Meter
from payloadproof.billing.projection import project
from payloadproof.billing.tariff import shipped, tariff
from payloadproof.errors import HarnessError

PERSON = {"$set": {"os": "linux"}}
MONTHLY = 193_400_000  # events in the plan's month, all of them identified


@pytest.fixture
def month(counted):
    def make(*requests, installs=1, days=None):
        return project(counted(*requests), shipped(), installs=installs, days=days)

    return make


def test_the_plans_two_figures_come_out_within_a_dollar(event, post, month):
    # One event a day of each install.
    projected = month(post(event(properties=PERSON)), installs=round(MONTHLY / 30))
    assert projected.counts["events"].likely == pytest.approx(MONTHLY, rel=1e-6)
    assert projected.dollars["events"].likely == pytest.approx(4_020, abs=1)
    assert projected.dollars["identified"].likely == pytest.approx(3_440, abs=1)
    assert projected.total.likely == pytest.approx(7_460, abs=2)


def test_the_same_month_without_persons_has_no_surcharge(event, post, month):
    projected = month(post(event()), installs=round(MONTHLY / 30))
    assert projected.dollars["events"].likely == pytest.approx(4_020, abs=1)
    assert projected.dollars["identified"] == (0, 0, 0)


@pytest.mark.parametrize(
    ("meter", "count", "dollars"),
    [
        ("events", 0, 0),
        ("events", 1_000_000, 0),
        ("events", 1_000_001, 0.00005),
        ("events", 5_000_000, 50 + 3 * 34.3),
        ("identified", 5_000_000, 198 + 3 * 69.7),
        ("events", 1_250_000_000, 50 + 445.9 + 1_032.5 + 1_090 + 2_250 + 9_000),
        ("exceptions", 100_000, 0),
        ("exceptions", 325_000, 83.25),
        ("exceptions", 871_649, 83.25 + 546_649 * 0.00014),
        ("flags", 10_000_000, 100 + 360),
    ],
)
def test_a_count_has_its_price(meter, count, dollars):
    assert shipped().cost(meter, count) == pytest.approx(dollars, abs=1e-6)


def test_what_two_installs_send_in_two_days_is_a_month_of_thirty(event, post, month):
    sent = [event(day=day, who=who) for day in (1, 2) for who in ("a", "b")]
    assert month(post(*sent), installs=1_000).counts["events"].likely == 30_000
    assert month(post(*sent), installs=1_000, days=4).counts["events"].likely == 15_000
    assert month(post(*sent), installs=1_000, days=0.5).counts["events"].likely == 120_000


def test_upgrades_come_with_time_and_are_priced(event, post, month):
    # Within the first minute nothing is upgraded; a month is longer.
    sent = [event("start", properties=PERSON), *(event(at="10:00:05") for _ in range(9))]
    projected = month(post(*sent), installs=100_000)
    assert projected.counts["identified"].likely == 30_000_000
    assert projected.counts["identified"].low < 30_000_000 / 10 + 1
    (tick, start) = projected.lines
    assert (tick.event, tick.upgraded, tick.by) == ("tick", 27_000_000, ("start",))
    assert (start.event, start.upgraded) == ("start", 0)
    surcharge = shipped().cost("identified", 30_000_000) - shipped().cost("identified", 3_000_000)
    assert projected.upgrades == pytest.approx(surcharge)
    assert sum(line.dollars for line in projected.lines) == pytest.approx(projected.total.likely)


def test_an_install_without_a_person_stays_cheap_but_for_the_high_figure(event, post, month):
    sent = [event("start", who="a", properties=PERSON), event(who="b"), event(who="b")]
    projected = month(post(*sent), installs=1_000_000)
    assert projected.counts["identified"].likely == pytest.approx(
        projected.counts["events"].likely / 3
    )
    assert projected.counts["identified"].high == projected.counts["events"].high


def test_the_past_is_not_projected_and_does_not_stretch_the_days(event, post, month):
    past = event("day", timestamp="2020-01-01T12:00:00Z")
    projected = month(post(past, historical_migration=True), post(event()), installs=10)
    assert (projected.past, projected.days) == (1, 1)
    assert projected.counts["events"].likely == 300
    assert [line.event for line in projected.lines] == ["tick"]


# Ranges


def test_a_range_of_one_install_on_one_day_is_what_chance_does(event, post, month):
    amount = month(post(*(event() for _ in range(100)))).counts["events"]
    assert amount == pytest.approx((3_000 * (1 - 0.196), 3_000, 3_000 * 1.196))


def test_a_range_of_one_install_is_its_days(event, post, month):
    sent = [event(day=day) for day in (1, 1, 1, 1, 2, 2)]
    projected = month(post(*sent))
    assert projected.counts["events"] == pytest.approx((60, 90, 120))
    assert "one install" in projected.basis
    # A day without anything is a day, too.
    gap = month(post(*sent, event(day=4)))
    assert gap.counts["events"].low == 0


def test_a_range_of_few_installs_is_theirs(event, post, month):
    sent = [event(who=who) for who in ("a", "b", "b", "c", "c", "c")]
    assert month(post(*sent), installs=100).counts["events"] == (3_000, 6_000, 9_000)


def test_a_range_of_many_installs_narrows_with_their_number(event, post, month):
    def width(number):
        sent = [event(who=f"i{n}") for n in range(number) for _ in range(1 + n % 3)]
        low, likely, high = month(post(*sent), installs=1_000).counts["events"]
        assert low < likely < high
        return (high - low) / likely

    assert width(900) == pytest.approx(width(90) / math.sqrt(10), rel=0.05)


# What cannot be told


def refusal(call):
    with pytest.raises(HarnessError) as caught:
        call()
    return caught.value


def test_nothing_is_no_month(month, post, event):
    assert refusal(month).code == "bill-of-nothing"
    past = post(event(), historical_migration=True)
    assert "sent as the past" in refusal(lambda: month(past)).evidence
    refused = post({"event": None, "distinct_id": "a"})
    assert "refused" in refusal(lambda: month(refused)).evidence


def test_events_without_ids_are_nobodys(event, post):
    request = post(event())
    nameless = [replace(one, distinct_id=None) for one in request.events]
    meter = Meter()
    meter.add([replace(request, events=tuple(nameless))])
    error = refusal(lambda: project(meter, shipped(), installs=10))
    assert error.code == "installs-unknown"
    meter.add([post(event())])
    assert any(
        "without a distinct id" in one for one in project(meter, shipped(), installs=1).notes
    )


def test_flags_alone_are_a_bill(post, month):
    asked = post(path="/flags/?v=2", body={"api_key": "phc_x", "distinct_id": "a"})
    projected = month(asked, installs=1_000_000)
    assert projected.dollars["flags"].likely == pytest.approx(100 + 8 * 45 + 20 * 25)
    nobody = post(path="/flags/?v=2", body={"api_key": "phc_x"})
    assert refusal(lambda: month(nobody)).code == "installs-unknown"


def test_an_id_for_each_event_is_said(event, post, month):
    notes = month(post(*(event(who=f"i{n}") for n in range(40)))).notes
    assert any("distinct id of its own" in one for one in notes)


def test_days_that_are_mostly_empty_are_said(event, post, month):
    notes = month(post(event(day=1), event(day=30))).notes
    assert any("2 of the 30 days" in one for one in notes)
    assert not month(post(event(day=1), event(day=30)), days=30).notes


# Prices of one's own

SOUND = """format = 1
prices_of = 2026-01-01
read_on = 2026-02-01
""" + "".join(
    f'[[meters]]\nname = "{name}"\nsource = "us"\n'
    'tiers = [{ to = 10, each = "0" }, { each = "1" }]\n'
    for name in ("events", "identified", "exceptions", "flags")
)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("format = 1", "format = 2", "format"),
        ("prices_of = 2026-01-01", "", "prices_of"),
        ('name = "flags"', 'name = "seats"', "seats"),
        ('name = "flags"', 'name = "events"', "each of these meters once"),
        ('{ each = "1" }]', "]", "no end"),
        ("to = 10", "to = 0", "above the one before"),
        ('each = "1"', 'each = "-1"', "not below zero"),
        ('each = "1"', 'each = "NaN"', "not below zero"),
        ('each = "1"', 'each = "cheap"', "decimal"),
        ("format = 1", "format = [", "table of prices"),
    ],
)
def test_a_table_of_prices_that_is_none_is_refused(tmp_path, old, new, said):
    file = tmp_path / "prices.toml"
    assert old in SOUND
    file.write_text(SOUND.replace(old, new))
    error = refusal(lambda: tariff(file))
    assert said.lower() in error.message.lower()
    file.write_text(SOUND)
    own = tariff(file)
    assert own.cost("events", 11) + own.cost("flags", 12) == 3


def test_a_table_that_is_not_there_is_refused(tmp_path):
    assert refusal(lambda: tariff(tmp_path / "no.toml")).code == "tariff-unusable"
