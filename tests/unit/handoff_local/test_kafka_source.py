"""Which Kafka the tests take, and when they say that there is none."""

import shutil
import socket
import threading
from pathlib import Path

import pytest

from harness.kafka_source import Machine, NoKafka, Source, choose, engine_answers, this_machine

BARE = Machine(given="", engine_answers=False, missing=("java", "mvn"), required=False)


@pytest.mark.parametrize(
    ("machine", "source"),
    [
        (Machine("broker:9092", True, (), False), Source.GIVEN),
        (Machine("broker:9092", False, ("java",), False), Source.GIVEN),
        (Machine("", True, (), False), Source.CONTAINER),
        (Machine("", True, ("java", "mvn"), False), Source.CONTAINER),
        (Machine("", False, (), False), Source.JARS),
    ],
)
def test_the_first_source_that_works_is_taken(machine: Machine, source: Source) -> None:
    assert choose(machine) is source


def test_without_any_the_reason_names_what_is_missing() -> None:
    with pytest.raises(NoKafka, match=r"no HANDOFF_KAFKA_BOOTSTRAP_SERVERS, .* java and mvn is missing"):
        choose(BARE)


def test_the_settings_of_the_environment_are_read() -> None:
    there = this_machine({"HANDOFF_KAFKA_BOOTSTRAP_SERVERS": "b:1", "HANDOFF_REQUIRE_KAFKA": "1"})
    assert (there.given, there.required) == ("b:1", True)
    assert not this_machine({"HANDOFF_REQUIRE_KAFKA": "0"}).required


def test_an_engine_that_is_not_there_does_not_answer(tmp_path: Path) -> None:
    assert not engine_answers(f"unix://{tmp_path}/none.sock")
    assert not engine_answers("tcp://127.0.0.1:1")


@pytest.mark.parametrize(("answer", "expected"), [(b"HTTP/1.0 200 OK\r\n\r\nOK", True), (b"SSH-2.0-x\r\n", False)])
def test_only_an_engine_s_own_answer_counts(answer: bytes, expected: bool) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(1024)
                connection.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        assert engine_answers(f"tcp://127.0.0.1:{listener.getsockname()[1]}") is expected
        thread.join()


def test_a_machine_with_the_jars_needs_java_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from handoff_local.kafka.jars import jars_folder, missing_programs

    monkeypatch.setenv("PATH", str(tmp_path))
    assert shutil.which("java") is None
    assert missing_programs(tmp_path) == ["java", "mvn"]
    jars_folder(tmp_path).mkdir()
    assert missing_programs(tmp_path) == ["java"]
