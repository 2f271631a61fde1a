import os

import psutil

from benchmarks.cpu import find_process

NAME = psutil.Process().name()


class TestFindProcess:
    def test_finds_a_server_on_this_machine(self) -> None:
        found = find_process(os.getpid(), NAME, host="127.0.0.1")
        assert found == psutil.Process()

    def test_finds_a_server_on_a_socket(self) -> None:
        assert find_process(os.getpid(), NAME, host="/run/postgresql")

    def test_omits_a_server_on_another_machine(self) -> None:
        assert find_process(os.getpid(), NAME, host="db.example.com") is None

    def test_omits_a_server_whose_pid_is_another_program_here(self) -> None:
        assert find_process(os.getpid(), "postgres", host="127.0.0.1") is None

    def test_omits_a_server_whose_pid_is_unknown_here(self) -> None:
        assert find_process(2**22 + 1, "postgres", host="127.0.0.1") is None
