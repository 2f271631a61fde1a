"""Environment variables that make the service reach its bank and stores through the proxies."""

import os
import secrets
import socket
from base64 import b64encode
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from chaos.embedded import Stores
from chaos.proxy import TcpProxy

_BROKER_DATABASE = 1


def service_environment(
    home: Path, stores: Stores, proxies: Mapping[str, TcpProxy], *, bank_port: int
) -> dict[str, str]:
    port = free_port()
    user, name = _login(stores)
    redis = f"redis://127.0.0.1:{proxies['redis'].port}"
    callback_secret = "whsec_" + b64encode(secrets.token_bytes(32)).decode()
    return {
        **{name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ},
        "PAYOUTS_HOME": str(home),
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "SECRET_KEY": secrets.token_urlsafe(48),
        "PORT": str(port),
        "DATABASE_URL": f"postgresql://{user}@127.0.0.1:{proxies['database'].port}/{name}",
        "REDIS_URL": f"{redis}/0",
        "CELERY_BROKER_URL": f"{redis}/{_BROKER_DATABASE}",
        "BANK_URL": f"http://127.0.0.1:{proxies['bank'].port}",
        "CHAOS_BANK_URL": f"http://127.0.0.1:{bank_port}",
        "BANK_TOKEN": secrets.token_urlsafe(16),
        "BANK_CALLBACK_URL": f"http://127.0.0.1:{port}/api/bank/callbacks/",
        "BANK_CALLBACK_SECRET": callback_secret,
        "WEBHOOK_ALLOWED_NETWORKS": "127.0.0.0/8",
        "LOG_FORMAT": "json",
        "PYTHONUNBUFFERED": "1",
        "PYTHONPATH": str(Path.cwd()),
    }


def database_socket(stores: Stores) -> str:
    [host] = parse_qs(urlsplit(stores.database_url).query)["host"]
    return f"{host}/.s.PGSQL.5432"


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _login(stores: Stores) -> tuple[str, str]:
    parts = urlsplit(stores.database_url)
    return parts.username or "", parts.path.removeprefix("/")
