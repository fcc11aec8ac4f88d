"""Tables of dealers through the reading child, the routes and the task, on a real database."""

from __future__ import annotations

import csv
import io
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import Connection, Engine, text
from tests.support.bad_tables import xlsx
from tests.support.fakes import FixedClock
from tests.support.market import KeptAnnouncements
from tests.support.served import NamedCallers, caller_header, served_application, serving

from drivetrain.adapters.postgres.database import transaction
from drivetrain.adapters.postgres.event_log import PostgresEventLog
from drivetrain.adapters.postgres.task_desk import PostgresTaskDesk
from drivetrain.adapters.postgres.task_queue import PostgresTaskQueue
from drivetrain.adapters.tabular import limited
from drivetrain.adapters.tabular.parsing import answer
from drivetrain.core.errors import UnavailableError
from drivetrain.core.progress import SilentProgress
from drivetrain.core.time import SystemClock
from drivetrain.lifecycle.kit.installation import TableLimits
from drivetrain.lifecycle.kit.tasks import DEFAULT_QUEUE, HEAVY_QUEUE
from drivetrain.market.listings.adapters.batches import PostgresListingBatches
from drivetrain.market.listings.adapters.store import PostgresListings
from drivetrain.market.listings.application.keep_listings import KeepListings
from drivetrain.market.listings.domain.events import LISTINGS
from drivetrain.market.listings.domain.listing import Listing, ListingState, Owner
from drivetrain.market.stock.adapters import tasks
from drivetrain.market.stock.adapters.http import StockPorts, stock_routes
from drivetrain.market.stock.adapters.pulls import PostgresPulls
from drivetrain.market.stock.adapters.quarantine import StockQuarantine
from drivetrain.market.stock.adapters.settings import StockSettings
from drivetrain.market.stock.adapters.store import MOST_SOURCES, MOST_WAITING, PostgresStock
from drivetrain.market.stock.adapters.sweeping import sweep_stock
from drivetrain.market.stock.application.keep_feeds import KeepFeeds
from drivetrain.market.stock.application.keep_mappings import KeepMappings
from drivetrain.market.stock.application.keep_pulls import KeepPulls
from drivetrain.market.stock.domain.feed import TAKE_FEED
from drivetrain.market.stock.domain.pull import PULL_STOCK

FIRM, RIVAL = UUID(int=1), UUID(int=2)
DEALER = caller_header("listings:write", company=FIRM)
OTHER = caller_header("listings:write", company=RIVAL)
HEADER = ("make", "model", "year", "distance", "distance_unit", "price", "currency", "reference")
QUEUE = PostgresTaskQueue({TAKE_FEED: HEAVY_QUEUE, PULL_STOCK: DEFAULT_QUEUE})

Row = Sequence[object]


def row(number: int, price: object = 9_000, **cells: object) -> Row:
    usual = {"make": "VW", "model": "Golf", "year": 2018, "distance": 60_000, "distance_unit": "km"}
    return [
        {**usual, "price": price, "currency": "EUR", "reference": f"A-{number}", **cells}[name]
        for name in HEADER
    ]


def written(rows: Sequence[Row], header: Sequence[str] = HEADER) -> bytes:
    file = io.StringIO(newline="")
    csv.writer(file).writerows([header, *rows])
    return file.getvalue().encode()


@dataclass
class Dealer:
    """A dealer who sends tables and looks at what came of them; tasks are done here, not by a worker."""

    client: httpx.Client
    engine: Engine
    installation: Any

    def send(self, content: bytes, **parameters: object) -> dict[str, Any]:
        """The feed as it stands after its task."""
        sent = self.client.post("/market/stock/feeds", content=content, params=parameters, headers=DEALER)  # type: ignore[arg-type]
        assert sent.status_code == httpx.codes.ACCEPTED, sent.text
        return self.taken(sent)

    def taken(self, sent: httpx.Response) -> dict[str, Any]:
        """The feed of an answer, after its task."""
        waiting = sent.json()
        assert (waiting["state"], sent.headers["Location"]) == (
            "waiting",
            f"/market/stock/feeds/{waiting['feed_id']}",
        )
        self.work(waiting["feed_id"])
        shown: dict[str, Any] = self.client.get(sent.headers["Location"], headers=DEALER).json()
        return shown

    def work(self, feed_id: str) -> None:
        """Do the task of a feed."""
        tasks.take_feed(self.ports(), {"feed_id": feed_id}, SilentProgress())

    def ports(self) -> Any:
        """Those of a task."""

        def effect(_: object) -> AbstractContextManager[Connection]:
            return transaction(self.engine)

        database = SimpleNamespace(engine=self.engine)
        return SimpleNamespace(installation=self.installation, database=database, queue=QUEUE, effect=effect)

    def fetch(self, source_id: str) -> None:
        """Do the task of a pull, and that of the feed that follows."""
        result = tasks.pull_stock(self.ports(), {"source_id": source_id}, SilentProgress())
        if result["feed_id"] is not None:
            self.work(result["feed_id"])

    def sweep(self, days: int) -> None:
        """Sweep, so many days from now."""
        clock = FixedClock(SystemClock().now() + timedelta(days=days))
        installation = SimpleNamespace(**{**vars(self.installation), "clock": clock})
        ports: Any = SimpleNamespace(installation=installation, database=SimpleNamespace(engine=self.engine))
        sweep_stock(ports, {}, SilentProgress())

    def listings(self) -> dict[str, Listing]:
        """The dealer's listings by their own ids; of two of one id the newest."""
        page = PostgresListings(self.engine, PostgresEventLog(self.engine)).owned(
            Owner(FIRM), None, None, 1_000
        )
        return {each.car.reference or "": each for each in reversed(page.items)}

    def move(self, reference: str, state: ListingState) -> None:
        """Bring a listing to another state, by hand."""
        keep = KeepListings(PostgresListings(self.engine, PostgresEventLog(self.engine)), SystemClock())
        listing = self.listings()[reference]
        caller: Any = SimpleNamespace(company=FIRM, branch=None, subject="dealer")
        keep.move(listing.listing_id, listing.version, state, caller)


@pytest.fixture
def parsed_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tables are parsed in this process: a child takes a second to start, and two tests have one."""
    monkeypatch.setattr(limited, "_run_child", lambda job, python: answer(job))


@pytest.fixture
def dealer(engine: Engine, tmp_path: Path) -> Iterator[Dealer]:
    announcements = KeptAnnouncements()
    installation = SimpleNamespace(
        uploads=tmp_path / "uploads",
        quarantine=tmp_path / "quarantine",
        limits=TableLimits(10_000, 60.0),
        clock=SystemClock(),
        announcements=lambda: announcements,
        settings=lambda group: group(allow_loopback=True) if group is StockSettings else group(),
    )
    store = PostgresStock(engine, QUEUE)
    ports = StockPorts(
        KeepFeeds(store, tasks.feed_folder(installation), SystemClock()),  # type: ignore[arg-type]
        KeepMappings(store, SystemClock()),
        KeepPulls(store, PostgresPulls(engine, QUEUE), SystemClock(), allow_loopback=True),
        PostgresTaskDesk(engine),
        1 << 20,
        StockQuarantine(installation.quarantine).file_of,
    )
    with (
        serving(served_application([stock_routes(ports)], NamedCallers())) as (address, _),
        httpx.Client(base_url=address, timeout=60) as client,
    ):
        yield Dealer(client, engine, installation)


@pytest.mark.usefixtures("parsed_here")
def test_a_stock_follows_its_tables(dealer: Dealer) -> None:
    first = dealer.send(written([row(n) for n in range(6)]))
    assert (first["state"], first["code"], first["progress"]["state"]) == ("taken", None, "queued")
    assert first["report"]["difference"] == {
        **{"stock": 0, "new": 6, "changed": 0, "back": 0, "gone": 0, "unchanged": 0, "kept": 0},
        **{"repriced": 0, "left": 0},
    }
    dealer.move("A-3", ListingState.SOLD)
    dealer.move("A-4", ListingState.SOLD)

    # 0 as it was, 1 dearer, 2 gone, 3 sold and still there, 4 sold and gone, 5 as it was, 6 new
    table = [row(0), row(1, 9_500), row(3, 8_000), row(5), row(6)]
    second = dealer.send(written(table), accept_removals=2)
    assert second["report"]["difference"] == {
        **{"stock": 6, "new": 1, "changed": 2, "back": 0, "gone": 2, "unchanged": 2, "kept": 0},
        **{"repriced": 1, "left": 2},
    }
    listings = dealer.listings()
    assert {name: each.state.value for name, each in listings.items()} == {
        **dict.fromkeys(("A-0", "A-1", "A-5", "A-6"), "live"),
        **{"A-2": "withdrawn", "A-3": "sold", "A-4": "sold"},
    }
    assert (listings["A-1"].price.amount, listings["A-1"].version, listings["A-0"].version) == (9_500, 2, 1)

    third = dealer.send(written([*table, row(2, 7_000), row(4)]))
    assert third["report"]["difference"]["back"] == 2
    again = dealer.listings()
    assert (again["A-2"].state, again["A-2"].price.amount) == ("live", 7_000)
    assert again["A-2"].listing_id == listings["A-2"].listing_id
    assert again["A-4"].state == "live"
    assert again["A-4"].listing_id != listings["A-4"].listing_id, (
        "a sold car that comes back is a new listing"
    )

    address = f"/market/stock/feeds/{second['feed_id']}"
    page = dealer.client.get(f"{address}/changes?limit=2", headers=DEALER).json()
    rest = dealer.client.get(f"{address}/changes", params={"cursor": page["next"]}, headers=DEALER).json()
    kinds = sorted(each["kind"] for each in (*page["items"], *rest["items"]))
    assert (kinds, rest["next"]) == (["changed", "changed", "gone", "gone", "new"], None)
    batch = PostgresEventLog(dealer.engine).read(LISTINGS, {}, most=1_000)
    told = [key for key in batch.keys if key == str(listings["A-2"].listing_id)]
    assert len(told) == 3, "each change is in the log of listings"
    feeds = dealer.client.get("/market/stock/feeds", headers=DEALER).json()["items"]
    assert [each["feed_id"] for each in feeds] == [each["feed_id"] for each in (third, second, first)]


@pytest.mark.usefixtures("parsed_here")
def test_the_same_file_again_changes_nothing(dealer: Dealer) -> None:
    content = written([row(1), row(2)])
    dealer.send(content)
    before = dealer.listings()
    again = dealer.send(content)
    assert (again["state"], again["report"]) == ("unchanged", None)
    assert dealer.listings() == before


@pytest.mark.usefixtures("parsed_here")
def test_a_table_that_was_cut_stops_and_asks(dealer: Dealer) -> None:
    dealer.send(written([row(n) for n in range(10)]))
    held = dealer.send(written([row(n) for n in range(6)]))
    assert (held["state"], held["code"]) == ("held", "market.too_many_removed")
    assert {each.state for each in dealer.listings().values()} == {ListingState.LIVE}
    address = f"/market/stock/feeds/{held['feed_id']}/confirmation"
    assert dealer.client.post(address, json={"removals": 4}, headers=OTHER).status_code == 404
    fewer = dealer.taken(dealer.client.post(address, json={"removals": 3}, headers=DEALER))
    assert fewer["state"] == "held"
    taken = dealer.taken(dealer.client.post(address, json={"removals": 4}, headers=DEALER))
    assert (taken["state"], taken["report"]["difference"]["gone"]) == ("taken", 4)
    again = dealer.client.post(address, json={"removals": 4}, headers=DEALER)
    assert (again.status_code, again.json()["code"]) == (409, "market.feed_not_held")
    assert list((dealer.installation.uploads / "stock").iterdir()) == []


def test_broken_rows_are_set_aside_with_reasons_and_their_cars_stay(dealer: Dealer) -> None:
    dealer.send(written([row(n) for n in range(3)]))
    broken = [row(0, "cheap"), row(1), row(1), row(2, distance=-5)]
    feed = dealer.send(written(broken))
    report = feed["report"]
    assert (report["rows"], report["accepted_rows"], report["refused_rows"]) == (4, 1, 3)
    assert report["difference"]["kept"] == 2
    assert {(each["row"], each["column"], each["code"]) for each in report["errors"]} == {
        (1, "price", "market.price_not_a_number"),
        (3, "reference", "market.duplicate_row"),
        (4, "distance", "market.distance_out_of_range"),
    }
    assert {"row": 1, "cell": "cheap"} in [each["example"] for each in report["reasons"]]
    address = f"/market/stock/feeds/{feed['feed_id']}/refused-rows"
    rows = list(csv.DictReader(io.StringIO(dealer.client.get(address, headers=DEALER).text)))
    assert [(each["row"], each["reference"], each["reasons"]) for each in rows] == [
        ("1", "A-0", "price: market.price_not_a_number"),
        ("3", "A-1", "reference: market.duplicate_row"),
        ("4", "A-2", "distance: market.distance_out_of_range"),
    ]
    assert dealer.client.get(address, headers=OTHER).json()["code"] == "market.unknown_feed"


def test_a_dealer_corrects_the_mapping_once(dealer: Dealer) -> None:
    header = [
        "Marke",
        "Modell",
        "Baujahr",
        "Kilometerstand",
        "Preis",
        "Kraftstoff",
        "Extras",
        "Interne Nummer",
    ]
    cars = [["Škoda", "Octavia", 2019, 50_000, 12_000, "Benziner", "Navi; Klima", f"S-{n}"] for n in range(3)]
    book = xlsx(*cars, header=header)

    refused = dealer.send(book)
    assert (refused["state"], refused["code"]) == ("refused", "input.contract")
    assert set(refused["report"]["missing"]) == {
        *("make", "model", "year", "distance", "distance_unit", "price", "currency")
    }
    suggestions = refused["report"]["suggestions"]
    assert suggestions["columns"] == {
        **{
            "Marke": "make",
            "Modell": "model",
            "Baujahr": "year",
            "Kilometerstand": "distance",
            "Preis": "price",
        },
        **{"Kraftstoff": "fuel", "Extras": "equipment", "Interne Nummer": "reference"},
    }
    mapping = {"columns": suggestions["columns"], "fixed": {"currency": "EUR", "distance_unit": "km"}}
    address = "/market/stock/sources/main/mapping"
    assert dealer.client.get(address, headers=DEALER).json()["version"] == 0
    saved = dealer.client.put(address, json={"version": 0, **mapping}, headers=DEALER)
    assert (saved.status_code, saved.json()["version"]) == (200, 1)
    late = dealer.client.put(address, json={"version": 0, **mapping}, headers=DEALER)
    assert (late.status_code, late.json()["code"]) == (409, "market.mapping_changed")

    unread = dealer.send(book)
    assert unread["code"] == "data.no_good_rows"
    assert unread["report"]["unread_words"]["fuel"] == ["Benziner"]
    assert unread["report"]["suggestions"]["words"]["fuel"] == {"Benziner": "petrol"}
    words = {"fuel": {"Benziner": "petrol"}, "equipment": {"Klima": "air_conditioning"}}
    dealer.client.put(address, json={"version": 1, **mapping, "words": words}, headers=DEALER)

    preview = dealer.send(book, preview=True)
    assert (preview["state"], preview["report"]["difference"]["new"]) == ("previewed", 3)
    profile = preview["report"]["profile"]
    assert (profile["rows"], profile["repeated"]) == (3, 0)
    assert {each["heading"]: each["missing"] for each in profile["columns"]}["Kraftstoff"] == 0
    assert dealer.listings() == {}
    taken = dealer.send(book)
    assert (taken["state"], taken["mapping_version"]) == ("taken", 2)
    assert (taken["report"]["unread_words"], taken["report"]["profile"]) == ({"equipment": ["Navi"]}, None)
    car = dealer.listings()["S-1"].car
    assert (car.make, car.fuel, car.equipment) == ("Škoda", "petrol", {"air_conditioning"})
    first = dealer.client.get(address, params={"version": 1}, headers=DEALER).json()
    assert (first["words"], first["fixed"]["currency"]) == ({}, "EUR")
    assert dealer.client.get(address, headers=OTHER).json()["version"] == 0


@pytest.mark.usefixtures("parsed_here")
def test_a_car_that_feeds_go_on_naming_does_not_expire(dealer: Dealer) -> None:
    content = written([row(1)])
    dealer.send(content)
    days_ago = "now() - interval '61 days'"

    def age(table: str, column: str) -> None:
        with transaction(dealer.engine) as connection:
            connection.execute(text(f"UPDATE drivetrain.{table} SET {column} = {days_ago}"))

    def expired() -> Any:
        return tasks.expire_listings(dealer.ports(), {}, SilentProgress())["expired"]

    age("listings", "changed_at")
    assert expired() == 0, "its row stood in a table of today"
    age("stock_sources", "confirmed_at")
    assert dealer.send(content)["state"] == "unchanged"
    assert expired() == 0, "the same file again names it as well"
    age("stock_sources", "confirmed_at")
    assert expired() == 1
    ((message, _, arguments),) = dealer.installation.announcements().told
    assert (message, arguments["cars"]) == ("listings_expired", "1")


def test_xml_is_read_as_a_table(dealer: Dealer) -> None:
    fields = "".join(f"<{name}>{cell}</{name}>" for name, cell in zip(HEADER, row(1), strict=True))
    feed = dealer.send(
        f"<stock><dealer><name>x</name></dealer><cars><car>{fields}</car></cars></stock>".encode()
    )
    assert (feed["state"], list(dealer.listings())) == ("taken", ["A-1"])


@pytest.mark.usefixtures("parsed_here")
def test_a_feed_whose_connection_is_lost_has_changed_nothing(
    dealer: Dealer, monkeypatch: pytest.MonkeyPatch
) -> None:
    announce = PostgresListingBatches.announce

    def lost(self: PostgresListingBatches, connection: Connection, pairs: Any) -> None:
        announce(self, connection, pairs)
        with transaction(dealer.engine) as other:
            pid = connection.connection.driver_connection.info.backend_pid  # type: ignore[union-attr]
            other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})

    sent = dealer.client.post("/market/stock/feeds", content=written([row(1)]), headers=DEALER).json()
    with monkeypatch.context() as patched:
        patched.setattr(PostgresListingBatches, "announce", lost)
        with pytest.raises(UnavailableError):
            dealer.work(sent["feed_id"])
    assert dealer.listings() == {}
    count: Callable[[str], Any] = _counter(dealer.engine)
    assert [count(name) for name in ("listing_prices", "stock_items", "stock_changes")] == [0, 0, 0]
    assert not any(key for key in PostgresEventLog(dealer.engine).read(LISTINGS, {}, most=10).keys)
    dealer.work(sent["feed_id"])
    assert [count(name) for name in ("listing_prices", "stock_items", "stock_changes")] == [1, 1, 1]


@pytest.mark.usefixtures("parsed_here")
def test_what_is_no_table_is_refused_in_its_feed(dealer: Dealer) -> None:
    feed = dealer.send(b"%PDF-1.7")
    assert (feed["state"], feed["code"], feed["report"]) == ("refused", "input.not_a_table", {"errors": []})


def test_a_dealer_has_so_many_sources(dealer: Dealer) -> None:
    def named(headers: dict[str, str]) -> list[str]:
        items = dealer.client.get("/market/stock/sources", headers=headers).json()["items"]
        return [each["source"] for each in items]

    addresses = [f"/market/stock/sources/s{n}/mapping" for n in range(MOST_SOURCES + 1)]
    assert {dealer.client.get(each, headers=DEALER).status_code for each in addresses} == {200}
    assert named(DEALER) == [], "looking at a source makes none"
    mapping = {"version": 0, "columns": {"Preis": "price"}}
    statuses = [dealer.client.put(each, json=mapping, headers=DEALER).status_code for each in addresses]
    assert statuses == [200] * MOST_SOURCES + [409]
    assert len(named(DEALER)) == MOST_SOURCES
    assert named(OTHER) == []


def test_a_source_has_so_many_tables_waiting(dealer: Dealer) -> None:
    content = written([row(1)])
    for _ in range(MOST_WAITING):
        assert dealer.client.post("/market/stock/feeds", content=content, headers=DEALER).status_code == 202
    refused = dealer.client.post("/market/stock/feeds", content=content, headers=DEALER)
    assert (refused.status_code, refused.json()["code"]) == (429, "market.feeds_waiting")
    assert len(list((dealer.installation.uploads / "stock").iterdir())) == MOST_WAITING


@pytest.mark.usefixtures("parsed_here")
def test_what_nobody_confirmed_ends_and_its_files_are_removed(dealer: Dealer) -> None:
    dealer.send(written([row(n) for n in range(10)]))
    held = dealer.send(written([row(0), row(1, "cheap")]))
    waiting = dealer.client.post("/market/stock/feeds", content=written([row(1)]), headers=DEALER).json()
    folder, rows = dealer.installation.uploads / "stock", dealer.installation.quarantine
    assert {each.name for each in folder.iterdir()} == {held["feed_id"], waiting["feed_id"]}

    dealer.sweep(days=1)
    assert {each.name for each in folder.iterdir()} == {held["feed_id"], waiting["feed_id"]}
    dealer.sweep(days=8)
    assert list(folder.iterdir()) == []
    assert [each.name for each in rows.iterdir()] == [f"stock-{held['feed_id']}.csv"]
    shown = dealer.client.get(f"/market/stock/feeds/{held['feed_id']}", headers=DEALER).json()
    assert (shown["state"], shown["code"]) == ("refused", "market.feed_overdue")
    dealer.sweep(days=91)
    assert list(rows.iterdir()) == []


@contextmanager
def files_served(files: dict[str, bytes]) -> Iterator[str]:
    """The address of a server that has these files, for as long as the block runs."""

    class Handler(BaseHTTPRequestHandler):
        """Answers with the file, or 404."""

        def do_GET(self) -> None:
            content = files.get(self.path)
            self.send_response(404 if content is None else 200)
            self.send_header("Content-Length", str(len(content or b"")))
            self.end_headers()
            self.wfile.write(content or b"")

        def log_message(self, *_: object) -> None:
            """Nobody reads it."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.usefixtures("parsed_here")
def test_a_table_is_fetched_from_the_dealers_server(dealer: Dealer) -> None:
    address = "/market/stock/sources/main/pull"
    files = {"/cars.csv": written([row(1), row(2)])}
    with files_served(files) as server:
        set_ = dealer.client.put(address, json={"url": f"{server}/cars.csv", "every_h": 1}, headers=DEALER)
        assert set_.status_code == 200, set_.text
        with dealer.engine.connect() as connection:
            source_id = str(connection.scalar(text("SELECT source_id FROM drivetrain.stock_pulls")))
        dealer.fetch(source_id)
        assert sorted(dealer.listings()) == ["A-1", "A-2"]
        dealer.fetch(source_id)  # the same file
        files["/cars.csv"] = written([row(1), row(2), row(3)])
        dealer.fetch(source_id)
        assert sorted(dealer.listings()) == ["A-1", "A-2", "A-3"]
        feeds = dealer.client.get("/market/stock/feeds", headers=DEALER).json()["items"]
        assert [each["file_name"] for each in feeds] == ["cars.csv"] * 2
        shown = dealer.client.get(address, headers=DEALER).json()
        assert (shown["failure"], shown["looked_at"] is None) == (None, False)
        (listed,) = dealer.client.get("/market/stock/sources", headers=DEALER).json()["items"]
        assert (listed["source"], listed["pull"]) == ("main", shown)
        del files["/cars.csv"]
        dealer.fetch(source_id)
        failed = dealer.client.get(address, headers=DEALER).json()
        assert failed["failure"] == "The server answered 404."

    pulls = PostgresPulls(dealer.engine, QUEUE)
    now = SystemClock().now()
    assert pulls.defer_due(now) == 0, "the first look was deferred when it was set"
    assert [pulls.defer_due(now + timedelta(hours=2)) for _ in range(2)] == [1, 0]
    assert dealer.client.delete(address, headers=OTHER).json()["code"] == "market.no_pull"
    assert dealer.client.delete(address, headers=DEALER).status_code == 204
    assert dealer.client.get(address, headers=DEALER).json()["code"] == "market.no_pull"
    tasks.pull_stock(dealer.ports(), {"source_id": source_id}, SilentProgress())


@pytest.mark.parametrize("url", ["http://10.0.0.1/x", "https://169.254.169.254/", "file:///etc/passwd"])
def test_a_table_is_fetched_from_the_public_internet_only(dealer: Dealer, url: str) -> None:
    answer = dealer.client.put("/market/stock/sources/main/pull", json={"url": url}, headers=DEALER)
    assert (answer.status_code, answer.json()["code"]) == (422, "market.bad_feed_url")


def _counter(engine: Engine) -> Callable[[str], Any]:
    def count(table: str) -> Any:
        with engine.connect() as connection:
            return connection.scalar(text(f"SELECT count(*) FROM drivetrain.{table}"))

    return count
