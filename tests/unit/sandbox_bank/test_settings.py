from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from config.environment import Environment
from sandbox_bank.settings import CallbackSettings, Settings, SettingsError

URL = "https://payouts.example/api/bank/callbacks/"
SECRET = "whsec_dGhpcyBpcyBub3QgYSBzZWNyZXQgYXQgYWxsLg=="


class TestSettings:
    def test_need_only_a_token(self) -> None:
        settings = Settings.read({"BANK_TOKEN": "secret"})

        assert (settings.token, settings.latency_seconds) == ("secret", 0)
        assert (settings.log_format, settings.log_level) == ("console", "info")
        assert settings.keeps_keys
        assert settings.callbacks is None
        assert "secret" not in repr(settings)

    def test_read_the_token_from_a_file(self, tmp_path: Path) -> None:
        file = tmp_path / "token"
        file.write_text("from-file\n")

        settings = Settings.read({"BANK_TOKEN": "", "BANK_TOKEN_FILE": str(file)})

        assert settings.token == "from-file"

    def test_refuse_a_variable_and_its_file_together_as_the_service_does(
        self, tmp_path: Path
    ) -> None:
        file = tmp_path / "token"
        file.write_text("from-file\n")
        given = {"BANK_TOKEN": "secret", "BANK_TOKEN_FILE": str(file)}

        with pytest.raises(SettingsError) as bank:
            Settings.read(given)
        with pytest.raises(ImproperlyConfigured) as service:
            Environment.read(given)

        assert (
            str(bank.value) == str(service.value) == "Set BANK_TOKEN or BANK_TOKEN_FILE, not both."
        )

    def test_refuse_an_empty_file(self, tmp_path: Path) -> None:
        file = tmp_path / "token"
        file.write_text("\n")

        with pytest.raises(SettingsError, match="names an empty file"):
            Settings.read({"BANK_TOKEN_FILE": str(file)})

    def test_read_the_latency_in_milliseconds(self) -> None:
        settings = Settings.read({"BANK_TOKEN": "secret", "BANK_LATENCY_MS": "250"})

        assert settings.latency_seconds == 0.25

    def test_may_turn_idempotency_keys_off(self) -> None:
        assert not Settings.read({"BANK_TOKEN": "secret", "BANK_KEEPS_KEYS": "false"}).keeps_keys

    @pytest.mark.parametrize("secret", [SECRET, SECRET.rstrip("="), f"whsec_{'A/+b' * 8}"])
    def test_name_the_receiver_of_callbacks(self, secret: str) -> None:
        settings = Settings.read(
            {"BANK_TOKEN": "token", "BANK_CALLBACK_URL": URL, "BANK_CALLBACK_SECRET": secret}
        )

        assert settings.callbacks == CallbackSettings(url=URL, secret=secret)
        assert secret not in repr(settings)

    def test_read_the_callbacks_secret_from_a_file(self, tmp_path: Path) -> None:
        file = tmp_path / "secret"
        file.write_text(f"{SECRET}\n")

        settings = Settings.read(
            {
                "BANK_TOKEN": "token",
                "BANK_CALLBACK_URL": URL,
                "BANK_CALLBACK_SECRET_FILE": str(file),
            }
        )

        assert settings.callbacks == CallbackSettings(url=URL, secret=SECRET)

    def test_send_no_callbacks_without_a_url(self) -> None:
        settings = Settings.read({"BANK_TOKEN": "token", "BANK_CALLBACK_SECRET": SECRET})

        assert settings.callbacks is None

    @pytest.mark.parametrize(
        "variables",
        [
            {"BANK_CALLBACK_URL": URL},
            {"BANK_CALLBACK_URL": URL, "BANK_CALLBACK_SECRET_FILE": "/nowhere/at/all"},
            *(
                {"BANK_CALLBACK_URL": url, "BANK_CALLBACK_SECRET": SECRET}
                for url in ("localhost:8000", "ftp://localhost/", "http://", "http://[", "https:a")
            ),
            *(
                {"BANK_CALLBACK_SECRET": secret}
                for secret in (
                    "secret",
                    SECRET.removeprefix("whsec_"),
                    f"whsec_{'A' * 31}",
                    f"whsec_{'A' * 33}",
                    f"whsec_{'A' * 32}=",
                    f"whsec_{'-_Ab' * 8}",
                    f"{SECRET} {SECRET}",
                )
            ),
            {"BANK_TOKEN": ""},
            {"BANK_TOKEN": "", "BANK_TOKEN_FILE": "/nowhere/at/all"},
            {"BANK_TOKEN": "", "BANK_TOKEN_FILE": "/"},
            {"BANK_LATENCY_MS": "1.5"},
            {"BANK_LATENCY_MS": "60001"},
            {"BANK_LATENCY_MS": "²"},
            {"BANK_KEEPS_KEYS": "0"},
            {"LOG_FORMAT": "xml"},
            {"LOG_LEVEL": "LOUD"},
        ],
    )
    def test_refuse_missing_and_wrong_values(self, variables: dict[str, str]) -> None:
        with pytest.raises(SettingsError) as caught:
            Settings.read({"BANK_TOKEN": "secret", **variables})
        assert len(str(caught.value).splitlines()) == 1
