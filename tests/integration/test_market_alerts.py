"""Changes of listings become alerts and messages, each once, on a real database."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import Engine, delete, func, select, text, update
from tests.support.fakes import FixedClock
from tests.support.market import FixedCarValues
from tests.support.notifications import MemoryMailer, MemoryQueue, Notifying, add_person
from tests.support.saved_searches import saved_search
from tests.support.served import NamedCallers, caller_header, served_application, serving

from drivetrain.accounts.notifications.adapters.tables import mails, notification_opt_outs, notifications
from drivetrain.accounts.notifications.domain.messages import Channel, Topic
from drivetrain.accounts.people.adapters.tables import people
from drivetrain.adapters.postgres.event_log import PostgresEventLog
from drivetrain.core.access import Caller
from drivetrain.core.errors import ConflictError, NotFoundError
from drivetrain.core.ids import new_id
from drivetrain.market.alerts.adapters.alert_store import PostgresAlerts
from drivetrain.market.alerts.adapters.change_store import PostgresChanges
from drivetrain.market.alerts.adapters.http import alert_routes, saved_search_routes
from drivetrain.market.alerts.adapters.matching import AlertLoop
from drivetrain.market.alerts.adapters.reading import SearchReader, stored_query
from drivetrain.market.alerts.adapters.search_store import PostgresSavedSearches
from drivetrain.market.alerts.adapters.tables import alert_offsets, alerts, saved_searches
from drivetrain.market.alerts.application.keep_searches import KeepSearches
from drivetrain.market.alerts.application.read_alerts import ReadAlerts
from drivetrain.market.alerts.domain.saved_search import Frequency, LeastDrop, Notice, SavedSearch
from drivetrain.market.listings.adapters.store import PostgresListings
from drivetrain.market.listings.adapters.values import PostgresListingValues
from drivetrain.market.listings.application.contract import LISTING
from drivetrain.market.listings.application.keep_listings import KeepListings
from drivetrain.market.listings.application.value_listings import ValueListings
from drivetrain.market.listings.domain.listing import Listing, ListingState
from drivetrain.market.product import CARD as MARKET
from drivetrain.market.search.adapters.live_cars import PostgresLiveCars
from drivetrain.market.search.application.follow_listings import FollowListings
from drivetrain.market.search.domain.rates import RateTable

AT = datetime(2026, 12, 2, 12, tzinfo=UTC)
DEALER = Caller("dealer", "c", frozenset(), company=UUID(int=1))
CAR = {**LISTING.example(), "make": "Volkswagen", "model": "Golf", "currency": "GBP", "price": 9_500}
GOLF = "make=Volkswagen&model=Golf&price_max=10000&currency=GBP"


@dataclass
class Alerting:
    """A market, people who keep searches, and the loop, which looks when a test says so."""

    engine: Engine
    clock: FixedClock = field(default_factory=lambda: FixedClock(AT))
    values: FixedCarValues = field(default_factory=FixedCarValues)

    def __post_init__(self) -> None:
        self.log = PostgresEventLog(self.engine)
        self.keep = KeepListings(PostgresListings(self.engine, self.log, MemoryQueue()), self.clock)
        self.notifying = Notifying(self.engine, self.clock)
        self.searches = PostgresSavedSearches(self.engine)
        self.loop = self.another_loop()
        self.loop.look()

    def another_loop(self) -> AlertLoop:
        return AlertLoop(self.engine, RateTable(), self.notifying.outbox, self.clock)

    def person(self, name: str = "ann", language: str = "en") -> UUID:
        with self.engine.begin() as connection:
            return add_person(connection, self.clock, email=f"{name}@example.com", language=language)

    def save(self, person: UUID, filters: str = GOLF, **fields: Any) -> SavedSearch:
        query = None if "listing" in fields else stored_query(filters)
        search = saved_search(1, query, search_id=UUID(new_id()), person=person, **fields)
        self.searches.add(search, 50)
        return search

    def on_sale(self, **fields: object) -> Listing:
        draft, _ = self.keep.create({**CAR, **fields}, DEALER)
        return self.keep.move(draft.listing_id, 1, ListingState.LIVE, DEALER)

    def reprice(self, listing: Listing, price: float) -> Listing:
        return self.keep.edit(listing.listing_id, listing.version, {**CAR, "price": price}, DEALER)[0]

    def move(self, listing: Listing, *states: ListingState) -> Listing:
        for state in states:
            listing = self.keep.move(listing.listing_id, listing.version, state, DEALER)
        return listing

    def value(self) -> None:
        store = PostgresListingValues(self.engine, self.log, self.clock)
        valued = ValueListings(store, self.values, self.clock)("t", most=None)
        with self.engine.begin() as connection:
            store.keep(connection, valued)

    def look(self) -> None:
        while self.loop.look():
            pass

    def told(self) -> Counter[str]:
        """Alerts by kind, all of which were told."""
        self.look()
        with self.engine.connect() as connection:
            rows = connection.execute(select(alerts.c.kind, alerts.c.told_at)).all()
        assert all(row.told_at is not None for row in rows)
        return Counter(row.kind for row in rows)

    def messages(self, person: UUID) -> Sequence[Any]:
        with self.engine.connect() as connection:
            query = select(notifications.c.arguments).where(notifications.c.person_id == person)
            return connection.scalars(query.order_by(notifications.c.position)).all()

    def count(self, table: Any) -> int:
        with self.engine.connect() as connection:
            return connection.scalar(select(func.count()).select_from(table)) or 0


@pytest.fixture
def alerting(engine: Engine) -> Alerting:
    return Alerting(engine)


@pytest.fixture
def ann(alerting: Alerting) -> UUID:
    return alerting.person()


def test_a_person_is_told_of_each_change_once(alerting: Alerting, ann: UUID) -> None:
    alerting.save(ann, name="Golf")
    alerting.on_sale(price=11_000)
    listing = alerting.on_sale()
    assert alerting.told() == {"new_match": 1}
    assert alerting.told() == {"new_match": 1}, "nothing has happened since"
    listing = alerting.reprice(listing, 9_000)
    alerting.look()
    listing = alerting.move(listing, ListingState.RESERVED)
    alerting.look()
    listing = alerting.move(listing, ListingState.LIVE)
    alerting.look()
    alerting.value()  # worth 10,000, from 9,000 to 11,000: fair
    assert alerting.told() == {"new_match": 1, "price_drop": 1, "back_on_sale": 1}
    alerting.values.worth = 12_000.0
    alerting.values.version = "2"
    alerting.value()
    assert alerting.told()["under_range"] == 1
    first, second, third, fourth = alerting.messages(ann)
    assert (first["cars"], first["searches"], first["cheaper_cars"]) == ("1", "Golf", "")
    assert first["new_cars"].startswith("Volkswagen Golf")
    assert first["new_cars"].endswith("9\u202f500 GBP")
    assert second["cheaper_cars"].endswith("9\u202f000 GBP (- 500 GBP)")
    assert third["returned_cars"] and fourth["good_deals"]


def test_what_was_on_sale_before_is_no_news(engine: Engine) -> None:
    before = Alerting(engine)
    listing = before.on_sale()
    with engine.begin() as connection:  # as where the market is older than its alerts
        connection.execute(delete(alert_offsets))
        connection.execute(text("DELETE FROM drivetrain.alert_listings"))
    alerting = Alerting(engine)
    ann = alerting.person()
    alerting.save(ann)
    assert alerting.told() == {}
    alerting.reprice(listing, 9_000)
    assert alerting.told() == {"price_drop": 1}


def test_an_edit_that_changes_nothing_for_a_search_is_not_told(alerting: Alerting, ann: UUID) -> None:
    listing = alerting.on_sale()
    alerting.look()
    alerting.save(ann)
    edited, _ = alerting.keep.edit(listing.listing_id, 2, {**CAR, "color": "red"}, DEALER)
    assert alerting.told() == {}
    alerting.keep.edit(edited.listing_id, 3, {**CAR, "color": "red", "price": 9_600}, DEALER)
    assert alerting.told() == {}, "dearer"


def test_many_searches_of_a_person_make_one_message(alerting: Alerting, ann: UUID) -> None:
    alerting.save(ann, name="Golf")
    alerting.save(ann, "make=Volkswagen", name="Any VW")
    for price in (9_000, 9_100, 20_000):
        alerting.on_sale(price=price)
    alerting.look()
    (message,) = alerting.messages(ann)
    assert (message["cars"], message["searches"]) == ("3", "Any VW\nGolf")
    assert len(message["new_cars"].splitlines()) == 3, "a car stands there once"
    assert alerting.count(alerts) == 5


def test_a_digest_waits_for_its_morning_and_leaves_out_what_is_gone(alerting: Alerting, ann: UUID) -> None:
    search = alerting.save(ann, frequency=Frequency.DAILY)
    sold = alerting.on_sale(price=9_000)
    alerting.on_sale(price=9_100)
    alerting.look()
    alerting.move(sold, ListingState.SOLD)
    alerting.look()
    assert alerting.messages(ann) == []
    alerting.clock.advance(hours=18)
    alerting.look()
    (message,) = alerting.messages(ann)
    assert message["cars"] == "1"
    assert alerting.count(mails) == 1
    alerting.on_sale(price=9_200)
    alerting.look()
    weekly = lambda former: replace(former, frequency=Frequency.WEEKLY, changed_at=alerting.clock.now())  # noqa: E731
    alerting.searches.change(search.search_id, ann, weekly)
    alerting.clock.advance(days=1)
    alerting.look()
    assert len(alerting.messages(ann)) == 1, "what waits is told when the search says now"
    alerting.clock.advance(days=7)
    alerting.look()
    assert len(alerting.messages(ann)) == 2


def test_a_watched_listing_is_told_of(alerting: Alerting, ann: UUID) -> None:
    listing = alerting.on_sale(price=50_000)
    alerting.look()
    alerting.save(ann, listing=listing.listing_id, least_drop=LeastDrop(share=0.1))
    listing = alerting.reprice(listing, 49_000)
    assert alerting.told() == {}
    alerting.reprice(listing, 40_000)
    assert alerting.told() == {"price_drop": 1}


def test_searches_are_followed_as_they_change(alerting: Alerting, ann: UUID) -> None:
    search = alerting.save(ann, "make=Tesla")
    alerting.on_sale()
    assert alerting.told() == {}
    query = stored_query("make=Volkswagen")
    alerting.searches.change(search.search_id, ann, lambda former: replace(former, query=query))
    alerting.on_sale()
    assert alerting.told() == {"new_match": 1}
    alerting.searches.remove(search.search_id, ann)
    alerting.on_sale()
    assert alerting.told() == {}, "the alerts of a search go with it"


def test_a_batch_that_is_lost_is_taken_in_again(
    alerting: Alerting, ann: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    alerting.save(ann)
    for price in range(9_000, 9_020):
        alerting.on_sale(price=price)

    class LostError(Exception):
        pass

    def lose(*_: object) -> None:
        raise LostError

    for owner, name in (
        ("drivetrain.market.alerts.adapters.change_store.PostgresChangeBatch", "advance"),
        ("drivetrain.market.alerts.adapters.alert_store.PostgresDueBatch", "note_told"),
    ):
        with monkeypatch.context() as patch, pytest.raises(LostError):
            patch.setattr(f"{owner}.{name}", lose)
            alerting.look()
    assert alerting.messages(ann) == []
    assert alerting.told() == {"new_match": 20}
    assert len(alerting.messages(ann)) == 1
    alerting.loop = alerting.another_loop()
    with alerting.engine.begin() as connection:  # a log that is read from its start again
        connection.execute(update(alert_offsets).values(next=0))
    assert alerting.told() == {"new_match": 20}


def test_of_two_workers_one_works(alerting: Alerting, ann: UUID) -> None:
    alerting.save(ann)
    alerting.on_sale()
    with (
        PostgresChanges(alerting.engine).batch() as batch,
        PostgresAlerts(alerting.engine).telling() as telling,
    ):
        assert batch is not None and telling is not None
        assert alerting.loop.look() == 0
    assert alerting.told() == {"new_match": 1}


def test_a_search_that_is_removed_while_it_is_matched_makes_no_alert(alerting: Alerting, ann: UUID) -> None:
    alerting.save(ann)
    alerting.loop._following.look()
    with alerting.engine.begin() as connection:
        connection.execute(delete(saved_searches))
    alerting.on_sale()
    assert (alerting.loop._match(), alerting.count(alerts)) == (2, 0)


def test_who_has_no_account_any_more_is_told_nothing(alerting: Alerting, ann: UUID) -> None:
    bob = alerting.person("bob")
    alerting.save(ann)
    alerting.save(bob)
    with alerting.engine.begin() as connection:
        connection.execute(delete(people).where(people.c.person_id == ann))
    alerting.on_sale()
    assert alerting.told() == {"new_match": 2}
    assert (len(alerting.messages(ann)), len(alerting.messages(bob))) == (0, 1)


def test_searches_and_alerts_are_exported_and_erased_with_their_person(alerting: Alerting, ann: UUID) -> None:
    bob = alerting.person("bob")
    for each in (ann, bob):
        alerting.save(each)
    alerting.on_sale()
    alerting.look()
    parts = MARKET.personal_data() if MARKET.personal_data is not None else []
    with alerting.engine.begin() as connection:
        exported = {name: rows for part in parts for name, rows in part.exported(connection, ann).items()}
        assert [len(exported[name]) for name in ("saved_searches", "alerts", "listing_shares")] == [1, 1, 0]
        for part in parts:
            part.erase(connection, ann)
    assert (alerting.count(saved_searches), alerting.count(alerts)) == (1, 1)
    alerting.on_sale()
    assert alerting.told() == {"new_match": 2}, "of the other person alone"


def test_a_mail_is_ended_by_its_link_and_has_no_link_in_its_row(alerting: Alerting) -> None:
    from tests.support.notifications import UNSUBSCRIBE_KEY

    from drivetrain.accounts.notifications.adapters.reading import PostgresNotifications
    from drivetrain.accounts.notifications.adapters.unsubscribe_http import unsubscribe_routes

    eve = alerting.person("eve", language="de")
    alerting.save(eve, name="<b>Golf</b>")
    alerting.on_sale()
    alerting.look()
    mailer = MemoryMailer()
    with alerting.engine.connect() as connection:
        (mail_id,) = connection.scalars(select(mails.c.mail_id)).all()
        row = connection.scalar(select(func.to_jsonb(text("mails"))).select_from(mails))
    assert "http" not in str(row)
    alerting.notifying.deliver_mail(mailer)(mail_id)
    (message,) = mailer.messages
    link = str(message["List-Unsubscribe"]).strip("<>")
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    body = message.get_body(("plain",))
    assert body is not None and "https://cars.example/app/market/saved-searches" in body.get_content()
    html = message.get_body(("html",))
    assert html is not None and "&lt;b&gt;Golf&lt;/b&gt;" in html.get_content() and link in html.get_content()
    path = link.removeprefix("https://cars.example")
    reader = PostgresNotifications(alerting.engine, alerting.clock)
    with (
        serving(served_application([unsubscribe_routes(reader, UNSUBSCRIBE_KEY)], NamedCallers())) as (
            address,
            _,
        ),
        httpx.Client(base_url=address) as client,
    ):
        page = client.get(path)
        assert page.status_code == 200 and "abbestellen" in page.text and '<form method="post">' in page.text
        assert "default-src 'none'" in page.headers["content-security-policy"]
        assert alerting.count(notification_opt_outs) == 0, "looking ends nothing"
        for _ in range(2):
            done = client.post(path, data={"List-Unsubscribe": "One-Click"})
            assert done.status_code == 200
        assert client.post(f"{path[:-1]}!").status_code == 404
    assert reader.unwanted(eve) == [(Topic.SEARCHES, Channel.MAIL)]
    alerting.on_sale()
    alerting.look()
    assert (alerting.count(mails), len(alerting.messages(eve))) == (1, 2), "notifications stay"


@pytest.fixture
def client(alerting: Alerting) -> Iterator[httpx.Client]:
    cars = PostgresLiveCars(alerting.engine)
    following = FollowListings(cars, alerting.log, RateTable())
    alerting.on_sale()
    alerting.look()
    following.look()
    keep = KeepSearches(alerting.searches, SearchReader(following, "EUR"), alerting.keep, alerting.clock)
    routers = [
        saved_search_routes(keep),
        alert_routes(ReadAlerts(PostgresAlerts(alerting.engine), cars, alerting.clock)),
    ]
    with (
        serving(served_application(routers, NamedCallers())) as (address, _),
        httpx.Client(base_url=address, timeout=30) as client,
    ):
        yield client


def test_searches_are_kept_changed_and_removed_by_their_person_alone(
    client: httpx.Client, alerting: Alerting, ann: UUID
) -> None:
    own, other = (caller_header("searches:save", person=each) for each in (ann, alerting.person("bob")))
    path = "/market/saved-searches"
    body = {"name": " Golf ", "search": "q=vw golf under 10k xyzzy&sort=price&limit=7&currency=GBP"}
    made = client.post(path, json=body, headers=own)
    assert made.status_code == 201, made.text
    search = made.json()
    assert (search["name"], search["unread"], search["frequency"]) == ("Golf", ["xyzzy"], "daily")
    assert search["search"] == "make=Volkswagen&model=Golf&price_max=10000&currency=GBP"
    assert search["notices"] == [each.value for each in Notice]
    one = f"{path}/{search['search_id']}"
    changed = {
        "name": "Red",
        "search": "color=red",
        "notices": ["price_drop"],
        "drop_share": 0.1,
        "frequency": "instant",
    }
    for method in ("PUT", "DELETE"):
        theirs = client.request(method, one, json=changed if method == "PUT" else None, headers=other)
        assert (theirs.status_code, theirs.json()["code"]) == (404, "market.unknown_search")
    assert client.put(one, json=changed, headers=own).json()["search"] == "color=red&currency=EUR"
    listed = client.get(path, headers=own).json()
    assert ([each["name"] for each in listed["items"]], listed["most"]) == (["Red"], 50)
    assert client.get(path, headers=other).json()["items"] == []
    assert client.delete(one, headers=own).status_code == 204
    assert client.delete(one, headers=own).status_code == 404
    key = client.get(path, headers=caller_header("searches:save"))
    assert (key.status_code, key.json()["code"]) == (403, "market.no_person")
    assert client.get(path, headers=caller_header("listings:read", person=ann)).status_code == 403


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"search": None}, 422, "market.search_or_listing"),
        ({"search": ""}, 422, "market.search_or_listing"),
        ({"listing_id": str(UUID(int=1))}, 422, "market.search_or_listing"),
        ({"search": None, "listing_id": str(UUID(int=1))}, 404, "market.unknown_listing"),
        ({"search": "sort=price"}, 422, "market.search_without_filter"),
        ({"search": "q=xyzzy"}, 422, "market.search_without_filter"),
        ({"search": "colour=red"}, 422, "market.unknown_parameter"),
        ({"search": "price_max=cheap"}, 422, "market.bad_number"),
        ({"search": "make=" + "x" * 4_000}, 422, None),
        ({"search": "&".join(["make=a"] * 201)}, 422, "market.too_many_parameters"),
        ({"name": " "}, 422, "market.bad_name"),
        ({"name": "a\x00b"}, 422, "market.bad_name"),
        ({"drop_share": 0.1, "drop_amount": 5}, 422, "market.two_drops"),
        ({"drop_share": 1.5}, 422, None),
        ({"notices": ["sale"]}, 422, None),
        ({"frequency": "hourly"}, 422, None),
        ({"person_id": str(UUID(int=1))}, 422, None),
    ],
)
def test_a_wish_that_cannot_be_kept_says_why(
    client: httpx.Client, ann: UUID, change: dict[str, object], status: int, code: str | None
) -> None:
    body = {"name": "x", "search": "make=BMW", **change}
    answer = client.post(
        "/market/saved-searches", json=body, headers=caller_header("searches:save", person=ann)
    )
    problem = answer.json()
    codes = {problem["code"], *(each["code"] for each in problem.get("errors", []))}
    assert answer.status_code == status, answer.text
    assert code is None or code in codes


def test_a_person_keeps_a_bounded_number(alerting: Alerting, ann: UUID) -> None:
    alerting.save(ann)
    with pytest.raises(ConflictError) as refused:
        alerting.searches.add(saved_search(2, stored_query(GOLF), person=ann), 1)
    assert refused.value.code == "market.too_many_searches"
    with pytest.raises(NotFoundError):
        alerting.searches.add(saved_search(3, None, person=ann, listing=UUID(int=9)), 5)


def test_alerts_are_listed_and_seen_by_their_person_alone(
    client: httpx.Client, alerting: Alerting, ann: UUID
) -> None:
    bob = alerting.person("bob")
    search, _ = alerting.save(ann, name="Golf", frequency=Frequency.WEEKLY), alerting.save(bob)
    kept, gone = alerting.on_sale(price=9_000), alerting.on_sale(price=9_100)
    alerting.look()
    alerting.move(gone, ListingState.WITHDRAWN)
    own, other = (caller_header("searches:save", person=each) for each in (ann, bob))
    page = client.get(
        "/market/alerts", params={"limit": 1, "search": str(search.search_id)}, headers=own
    ).json()
    rest = client.get("/market/alerts", params={"cursor": page["next"]}, headers=own).json()
    items = [*page["items"], *rest["items"]]
    assert (page["unseen"], len(items), rest["next"]) == (2, 2, None)
    by_listing = {each["listing_id"]: each for each in items}
    assert by_listing[str(kept.listing_id)]["listing"]["listing"]["make"] == "Volkswagen"
    assert by_listing[str(kept.listing_id)]["listing"]["listing"]["vin"] is None
    assert by_listing[str(gone.listing_id)]["listing"] is None
    assert (items[0]["search_name"], items[0]["notice"], items[0]["former_price"]) == (
        "Golf",
        "new_match",
        None,
    )
    up_to = {"up_to": rest["items"][0]["alert_id"]}
    assert client.post("/market/alerts/seen", params=up_to, headers=own).json() == {"marked": 1}
    assert client.get("/market/alerts", headers=own).json()["unseen"] == 1
    assert client.get("/market/alerts", headers=other).json()["unseen"] == 2
    assert (
        client.get("/market/alerts", params={"search": str(search.search_id)}, headers=other).json()["items"]
        == []
    )
