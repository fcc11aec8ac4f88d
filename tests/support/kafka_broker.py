"""A real Kafka broker on this machine, fetched by Maven and run by Java: ``python -m tests.support.kafka_broker``."""

from __future__ import annotations

import base64
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from confluent_kafka import TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic
from tests.support.kafka import KafkaOfTests, mock_kafka, open_producer, send_with

VERSION = "4.3.1"
PATIENCE_S = 120

_POM = f"""<project xmlns="http://maven.apache.org/POM/4.0.0">
<modelVersion>4.0.0</modelVersion><groupId>drivetrain.tests</groupId><artifactId>kafka-broker</artifactId><version>1</version>
<dependencies><dependency>
<groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>{VERSION}</version>
</dependency></dependencies></project>
"""
_PROPERTIES = """process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
controller.listener.names=CONTROLLER
log.dirs={folder}/data
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
auto.create.topics.enable=false
"""


def missing() -> str:
    """Why no broker can be run here; empty where one can."""
    tools = [tool for tool in ("java", "mvn") if shutil.which(tool) is None]
    return f"{' and '.join(tools)} not installed" if tools else ""


def jars() -> Path:
    """The folder with the broker and what it needs; fetched once, outside of the checkout."""
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "drivetrain-tests"
    folder = cache / f"kafka-{VERSION}"
    if not folder.is_dir():
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache) as unfinished:
            Path(unfinished, "pom.xml").write_text(_POM, encoding="utf-8")
            command = ["mvn", "-q", "-B", "dependency:copy-dependencies", "-DoutputDirectory=jars"]
            subprocess.run([*command, "-DincludeScope=runtime"], cwd=unfinished, check=True)
            Path(unfinished, "jars").rename(folder)
    return folder


class KafkaBroker:
    """A broker on free ports of 127.0.0.1, whose data outlives its process."""

    def __init__(self, folder: Path) -> None:
        """Format a folder for it; nothing is started yet."""
        self._folder = folder
        self._port, controller = _free_port(), _free_port()
        self._java = ["java", "-Xmx384m", "-cp", f"{jars()}/*"]
        self._properties = folder / "server.properties"
        text = _PROPERTIES.format(port=self._port, controller=controller, folder=folder)
        self._properties.write_text(text, encoding="utf-8")
        tool = ["kafka.tools.StorageTool", "format", "-t", _cluster_id(), "-c", str(self._properties)]
        subprocess.run([*self._java, *tool], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.servers = f"127.0.0.1:{self._port}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and return when it listens."""
        log = self._folder / "broker.log"
        with log.open("ab") as lines:
            command = [*self._java, "kafka.Kafka", str(self._properties)]
            self._process = subprocess.Popen(command, stdout=lines, stderr=lines)
        _wait_for(self._port, self._process, log)

    def stop(self) -> None:
        """End it in good order."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(PATIENCE_S)
            self._process = None


@contextmanager
def kafka_broker() -> Iterator[KafkaBroker]:
    """A started broker for as long as the block runs."""
    with tempfile.TemporaryDirectory(prefix="dt-kafka-") as folder:
        broker = KafkaBroker(Path(folder))
        try:
            broker.start()
            yield broker
        finally:
            broker.stop()


class RealKafka:
    """A broker of Apache Kafka, with what tests do to it."""

    def __init__(self, broker: KafkaBroker) -> None:
        self._broker = broker
        self.servers = broker.servers
        self._admin = AdminClient({"bootstrap.servers": self.servers, "log_level": 0})
        self._producer = open_producer(self.servers)

    def add_topic(self, name: str, partitions: int) -> None:
        """Make an empty topic."""
        self._admin.create_topics([NewTopic(name, partitions, 1)])[name].result(PATIENCE_S)

    def send(self, topic: str, messages: Iterable[tuple[int, bytes | None]]) -> None:
        """Append messages to partitions, in their order."""
        send_with(self._producer, topic, messages)

    def remove_before(self, topic: str, partition: int, offset: int) -> None:
        """Forget the first messages."""
        place = TopicPartition(topic, partition, offset)
        self._admin.delete_records([place])[place].result(PATIENCE_S)

    @contextmanager
    def away(self) -> Iterator[None]:
        """The broker is stopped while the block runs."""
        self._broker.stop()
        try:
            yield
        finally:
            self._broker.start()


@contextmanager
def real_kafka() -> Iterator[RealKafka]:
    """A cluster for as long as the block runs."""
    with kafka_broker() as broker:
        yield RealKafka(broker)


@contextmanager
def kafka_of_tests() -> Iterator[KafkaOfTests]:
    """The mock cluster; a broker of Apache Kafka with `make kafka`, where that can be run."""
    if not os.environ.get("DRIVETRAIN_TEST_REAL_KAFKA"):
        with mock_kafka() as mock:
            yield mock
    elif reason := missing():
        pytest.skip(f"No real broker: {reason}.")
    else:
        with real_kafka() as real:
            yield real


def _cluster_id() -> str:
    return base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(port: int, broker: subprocess.Popen[bytes], log: Path) -> None:
    ends_at = time.monotonic() + PATIENCE_S
    while True:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        assert broker.poll() is None and time.monotonic() < ends_at, log.read_text("utf-8")[-4_000:]
        time.sleep(0.1)


if __name__ == "__main__":
    with suppress(KeyboardInterrupt), kafka_broker() as running:
        print(running.servers, flush=True)
        signal.pause()
