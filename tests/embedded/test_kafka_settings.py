"""The properties file that Kafka is given."""

from pathlib import Path

import pytest

from deploy.embedded import kafka_settings, kafka_wire

SETTINGS = kafka_settings.properties(Path("/data/kafka"), 8192, 8193)


def test_it_listens_on_this_machine_only() -> None:
    addresses = [value for value in SETTINGS.values() if "://" in value]
    assert addresses
    assert all(part.split("://")[1].startswith("127.0.0.1:") for each in addresses for part in each.split(","))


def test_one_broker_is_enough_for_every_topic_of_its_own() -> None:
    alone = [key for key in SETTINGS if key.endswith(("replication.factor", "min.isr", "insync.replicas"))]
    assert len(alone) == 7
    assert {SETTINGS[key] for key in alone} == {"1"}


def test_records_stay_for_ever_and_topics_are_made_on_purpose() -> None:
    assert SETTINGS["log.retention.ms"] == SETTINGS["log.retention.bytes"] == "-1"
    assert SETTINGS["auto.create.topics.enable"] == "false"


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("/data/kafka", "/data/kafka"),
        (r"C:\data", r"C:\\data"),
        ("/区", r"/\u533A"),
        ("/𠮷", r"/\uD842\uDFB7"),
    ],
)
def test_a_folder_of_any_name_is_spelt_as_java_reads_it(value: str, written: str) -> None:
    assert kafka_settings.as_text({"log.dirs": value}) == f"log.dirs={written}\n"


def test_the_number_of_brokers_is_read_from_the_answer() -> None:
    assert kafka_wire.request()[:4] == (len(kafka_wire.request()) - 4).to_bytes(4, "big")
    assert kafka_wire.count(b"\x00\x00\x00\x01" + b"\x00\x00\x00\x03" + b"rest") == 3
