"""The process that takes in a topic of Kafka: goes on whatever is away, and says what that is."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import structlog

from drivetrain.adapters.disk.process_report import ProcessReport
from drivetrain.adapters.kafka.cluster import KafkaCluster
from drivetrain.adapters.kafka.topic_reader import TopicReader
from drivetrain.adapters.postgres.event_log import PostgresEventLog
from drivetrain.adapters.postgres.event_notices import PostgresEventNotifier
from drivetrain.core.errors import InvalidInputError, UnavailableError
from drivetrain.dispatch.events.adapters.decoding import decode_event
from drivetrain.dispatch.events.adapters.message_store import PostgresMessageStore
from drivetrain.dispatch.events.adapters.metrics import EventMetrics, TopicMetrics
from drivetrain.dispatch.events.adapters.settings import EventSettings, KafkaSettings
from drivetrain.dispatch.events.adapters.store import PostgresEventStore
from drivetrain.dispatch.events.application.follow_topic import FollowTopic, Moved
from drivetrain.lifecycle.kit.processes import ProcessPorts, StopSignal

CHECK_EVERY_S = 5.0
"""How often Kafka is asked whether it is there, where no message says so."""

PAUSE_S = 1.0
"""Between two steps while something is away."""

_log = structlog.get_logger("drivetrain.kafka")


def cluster_of(settings: KafkaSettings) -> KafkaCluster:
    """Where the settings say that Kafka is."""
    return KafkaCluster(
        servers=settings.servers or "",
        security=settings.security,
        sasl_mechanism=settings.sasl_mechanism,
        username=settings.username or "",
        password="" if settings.password is None else settings.password.get_secret_value(),
        ca_file=settings.ca_file,
        certificate_file=settings.certificate_file,
        key_file=settings.key_file,
    )


@dataclass(slots=True)
class TopicProcess:
    """The loop: take in what has come, and note how that goes.

    Attributes:
        report: is given what does not work; empty where all is well.
    """

    reader: TopicReader
    following: FollowTopic
    metrics: TopicMetrics
    report: Callable[[str], None]
    check_every_s: float = CHECK_EVERY_S
    _checked_at_s: float = field(default=float("-inf"))
    _why: str = ""

    def run(self, stop: StopSignal) -> None:
        """Go on until asked to stop.

        Raises:
            UnavailableError: the reader must be made anew.
        """
        while not stop.is_set():
            try:
                taken = self.following.step()
                self._look(taken)
                self._say("")
            except UnavailableError as error:
                if not self.reader.is_usable:
                    raise
                self._say(error.detail)
                stop.wait(PAUSE_S)

    def _look(self, taken: int) -> None:
        """Once in a while, measure the lag, and ask for Kafka where no message has shown that it is there.

        Raises:
            UnavailableError: it is not.
        """
        now_s = time.monotonic()
        if now_s - self._checked_at_s < self.check_every_s and not self._why:
            return
        if not taken:
            self.reader.check()
        self._checked_at_s = now_s
        self.metrics.show_lag(self.reader.lag(self.following.positions))
        self.report("")

    def _say(self, why: str) -> None:
        """Report a change, and anything that is wrong again and again."""
        if why != self._why:
            _log.warning("taking in waits", why=why) if why else _log.info("taking in goes on")
        if why:
            self.report(why)
        self._why = why


def take_in_topic(ports: ProcessPorts) -> int:
    """Take in the topic of the settings until asked to stop; 0."""
    installation, engine = ports.installation, ports.database.engine
    settings = installation.settings(KafkaSettings)
    report = ProcessReport(installation.folder / "run", "kafka")
    events, metrics = EventMetrics(ports.registry), TopicMetrics(ports.registry)
    try:
        reader = TopicReader(cluster_of(settings), settings.topic, settings.group)
    except InvalidInputError as error:
        report.write(error.detail)
        raise

    def moved(move: Moved) -> None:
        metrics.lost(move.lost)
        _log.error("messages are gone that nobody has read", **move.as_dict())

    following = FollowTopic(
        reader,
        PostgresMessageStore(
            engine, PostgresEventStore(engine, PostgresEventLog(engine)), PostgresEventNotifier(engine)
        ),
        installation.settings(EventSettings).limits,
        installation.clock,
        decode_event,
        events.taken,
        moved,
        is_from_end=settings.start == "latest",
    )
    try:
        TopicProcess(reader, following, metrics, report.write).run(ports.stop)
    finally:
        reader.close()
    return 0
