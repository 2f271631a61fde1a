from pathlib import Path

import pytest

from local.errors import LocalError
from local.run_record import RunRecord, current_run, only_run

RECORD = RunRecord(pid=1, url="http://web", bank_url="http://bank")


class TestRunRecord:
    def test_is_read_as_it_was_written(self, tmp_path: Path) -> None:
        RECORD.write(tmp_path)

        assert RunRecord.read(tmp_path) == RECORD
        assert (tmp_path / "up.json").stat().st_mode & 0o777 == 0o600

    @pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"pid": null}', "null"])
    def test_is_none_when_it_is_damaged(self, tmp_path: Path, text: str) -> None:
        (tmp_path / "up.json").write_text(text)

        assert RunRecord.read(tmp_path) is None


class TestOnlyRun:
    def test_refuses_a_second_run_and_names_the_first(self, tmp_path: Path) -> None:
        with only_run(tmp_path):
            RECORD.write(tmp_path)

            with (
                pytest.raises(LocalError, match=r"runs already in .* \(pid 1\)"),
                only_run(tmp_path),
            ):
                pass

    def test_removes_the_record_of_the_previous_run(self, tmp_path: Path) -> None:
        RECORD.write(tmp_path)

        with only_run(tmp_path):
            assert current_run(tmp_path) is None


class TestCurrentRun:
    def test_is_the_running_one(self, tmp_path: Path) -> None:
        with only_run(tmp_path):
            RECORD.write(tmp_path)

            assert current_run(tmp_path) == RECORD

    def test_is_none_after_its_end(self, tmp_path: Path) -> None:
        with only_run(tmp_path):
            RECORD.write(tmp_path)

        assert current_run(tmp_path) is None
