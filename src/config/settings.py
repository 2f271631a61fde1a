"""The settings of the service; what differs between deployments comes from the environment."""

import re
from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any
from urllib.parse import urlsplit

import dj_database_url
from django.core.exceptions import ImproperlyConfigured
from django.urls import reverse_lazy

from config import logging
from config.environment import read, read_bool, read_list
from payouts.domain.errors import CurrencyUnknownError
from payouts.domain.history import EventType
from payouts.domain.money import MAX_MINOR_UNITS, Currency
from payouts.domain.recipient import RecipientType
from payouts.domain.status import PayoutStatus

DEBUG = read_bool("DEBUG", default=False)
SECRET_KEY = read("SECRET_KEY")
ALLOWED_HOSTS = read_list("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
INSTALLED_APPS = [
    "axes",
    "unfold",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "knox",
    "pgtrigger",
    "rest_framework",
    "payouts.adapters.database",
    "payouts.entrypoints.console",
]
MIDDLEWARE = [
    "payouts.entrypoints.security_headers.SecurityHeadersMiddleware",
    "payouts.entrypoints.api.middleware.RequestMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "payouts.entrypoints.health.HostMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
STATIC_URL = "/static/"
WHITENOISE_USE_FINDERS = True
USE_TZ = True
TIME_ZONE = "UTC"
# A missing slash is a 404, because a redirect would turn a POST into a GET.
APPEND_SLASH = False
DATA_UPLOAD_MAX_MEMORY_SIZE = 64 * 1024
LOGIN_URL = reverse_lazy("admin:login")
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
# A user has to pause after these failed log-ins from one address. From other addresses the user
# still gets in, so that nobody can lock others out. PostgreSQL counts: Redis may be away.
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_DISABLE_ACCESS_LOG = True
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False
AXES_CLIENT_IP_CALLABLE = "payouts.entrypoints.client_address.client_address_of"
AXES_LOCKOUT_CALLABLE = "payouts.entrypoints.console.login.locked_out"
SILENCED_SYSTEM_CHECKS = [
    # TLS ends at the proxy, which also sends HSTS and redirects to HTTPS.
    "security.W004",
    "security.W008",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

# Browsers on other machines reach the console through a TLS proxy.
_BEHIND_TLS_PROXY = read_bool("BEHIND_TLS_PROXY", default=not DEBUG)
SESSION_COOKIE_AGE = 12 * 60 * 60
SESSION_COOKIE_SECURE = _BEHIND_TLS_PROXY
CSRF_COOKIE_SECURE = _BEHIND_TLS_PROXY
CSRF_FAILURE_VIEW = "payouts.entrypoints.api.errors.csrf_failed"
if _BEHIND_TLS_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")


def _parse_networks(texts: list[str]) -> list[IPv4Network | IPv6Network]:
    try:
        return [ip_network(text) for text in texts]
    except ValueError as error:
        raise ImproperlyConfigured(
            f"TRUSTED_PROXIES must be addresses or networks such as 10.0.0.0/8: {error}"
        ) from error


# Proxies whose X-Forwarded-For is believed.
TRUSTED_PROXIES = _parse_networks(read_list("TRUSTED_PROXIES", ""))


def _parse_database(url: str) -> dict[str, Any]:
    """Parse the address. The error does not quote it, because it contains a password."""
    try:
        database = dj_database_url.parse(url, conn_max_age=600, conn_health_checks=True)
    except ValueError:
        database = {}
    if database.get("ENGINE") != "django.db.backends.postgresql":
        raise ImproperlyConfigured("DATABASE_URL must be postgresql://USER:PASSWORD@HOST/NAME.")
    return {**database, "ENGINE": "payouts.adapters.database.bounded"}


_database = _parse_database(read("DATABASE_URL"))
_database.setdefault("OPTIONS", {}).update(
    connect_timeout=3,
    # In milliseconds. Statements are short here: one that takes longer is stuck.
    options="-c statement_timeout=5000 -c lock_timeout=2000"
    " -c idle_in_transaction_session_timeout=10000"
    # Compiling a statement takes longer than running any of ours.
    " -c jit=off",
)
DATABASES = {"default": _database}

REDIS_URL = read("REDIS_URL")
if urlsplit(REDIS_URL).scheme not in {"redis", "rediss", "unix"}:
    raise ImproperlyConfigured("REDIS_URL must be redis://, rediss:// or unix://.")


def _as_broker(redis_url: str) -> str:
    """Return the Redis address in the form that Celery expects for a socket."""
    parts = urlsplit(redis_url)
    if parts.scheme != "unix":
        return redis_url
    return f"redis+socket://{parts.path}?virtual_host={parts.query.removeprefix('db=') or 0}"


CELERY_BROKER_URL = read("CELERY_BROKER_URL", _as_broker(REDIS_URL))
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_DEFAULT_QUEUE = "payouts"
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_PUBLISH_RETRY_POLICY = {
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0.1,
    "interval_max": 0.2,
}
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 30
CELERY_WORKER_ENABLE_SOFT_SHUTDOWN_ON_IDLE = True
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False
CELERY_WORKER_SEND_TASK_EVENTS = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
# A Redis that refuses writes (READONLY, OOM, NOPERM) is waited for, like one that is away.
CELERY_BROKER_CHANNEL_ERROR_RETRY = True
CELERY_BROKER_POOL_ACQUIRE_TIMEOUT = 1
CELERY_BROKER_TRANSPORT_OPTIONS = (
    {
        "global_keyprefix": "payouts:",
        "visibility_timeout": 300,
        "unacked_restore_interval": 5,
        "unacked_restore_throttle": 1,
        "socket_connect_timeout": 1,
        "socket_timeout": 5,
        "health_check_interval": 10,
        "max_retries": 1,
        "interval_start": 0,
        "interval_step": 0.1,
        "interval_max": 0.2,
    }
    if CELERY_BROKER_URL.startswith(("redis", "rediss"))
    else {}
)
if urlsplit(CELERY_BROKER_URL).scheme in {"amqp", "amqps"}:
    # Replicated in a cluster. The second setting is for the queue "maintenance".
    CELERY_TASK_DEFAULT_QUEUE_TYPE = "quorum"
    CELERY_TASK_CREATE_MISSING_QUEUE_TYPE = "quorum"
# On a queue of its own, so that it does not wait behind the backlog that it is for. It expires, so
# that it does not run twice after a delay.
CELERY_BEAT_SCHEDULE = {
    "requeue overdue payouts": {
        "task": "payouts.requeue_overdue",
        "schedule": 5.0,
        "options": {"queue": "maintenance", "expires": 10},
    }
}

CACHES = {
    # The console's own search keeps results here: in memory, so that it works without Redis.
    "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
    "redis": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "payouts",
        "OPTIONS": {"socket_timeout": 0.5, "socket_connect_timeout": 0.5},
    },
}

# "redis": list pages, which hold account numbers, are kept there for a minute. "memory": they never
# leave the memory of each web process.
PAYOUTS_PAGE_CACHE = read("PAYOUTS_PAGE_CACHE", "redis")
if PAYOUTS_PAGE_CACHE not in {"redis", "memory"}:
    raise ImproperlyConfigured("PAYOUTS_PAGE_CACHE must be redis or memory.")

# How many payouts one worker processes at the same time.
WORKER_CONCURRENCY = int(read("WORKER_CONCURRENCY", "32"))

BANK_URL = read("BANK_URL", "")
if BANK_URL and urlsplit(BANK_URL).scheme not in {"http", "https"}:
    raise ImproperlyConfigured("BANK_URL must be http:// or https://.")
BANK_TOKEN = read("BANK_TOKEN", "")
# The secret with which the bank signs callbacks: "whsec_" and base64. Without it all are refused.
BANK_CALLBACK_SECRET = read("BANK_CALLBACK_SECRET", "")
_WHSEC = r"whsec_(?:[A-Za-z0-9+/]{4}){8,}(?:[A-Za-z0-9+/]{2}(?:==)?|[A-Za-z0-9+/]{3}=?)?"
if BANK_CALLBACK_SECRET and not re.fullmatch(_WHSEC, BANK_CALLBACK_SECRET):
    raise ImproperlyConfigured(
        "BANK_CALLBACK_SECRET must be whsec_ and 24 bytes or more in base64."
    )
# Threads cannot be killed, so each wait has a limit. The lease is longer than all that may follow
# its start: the answer to the claim (7 s), a look-up and a send (6 s each), a new connection (3 s)
# and the answer to the outcome (7 s).
BANK_DEADLINE_SECONDS = 6
LEASE_SECONDS = 30


def _parse_currency(code: str) -> str:
    try:
        currency = Currency.parse(code)
    except CurrencyUnknownError as error:
        raise ImproperlyConfigured(f"PAYOUTS_CURRENCIES: {code!r}: {error}") from error
    if currency.minor_units > MAX_MINOR_UNITS:
        raise ImproperlyConfigured(f"PAYOUTS_CURRENCIES: {code} has too many decimals.")
    return code


PAYOUTS_CURRENCIES = frozenset(
    _parse_currency(code) for code in read_list("PAYOUTS_CURRENCIES", "USD,EUR,UAH")
)
# How many requests one user may make, such as "600/min"; unset means unlimited.
PAYOUTS_RATE_LIMIT = read("PAYOUTS_RATE_LIMIT", "") or None

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "payouts.entrypoints.api.auth.TokenAuthentication",
        "payouts.entrypoints.api.auth.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["payouts.entrypoints.api.auth.StaffPermission"],
    "DEFAULT_PARSER_CLASSES": ["payouts.entrypoints.api.parser.StrictJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "payouts.entrypoints.api.responses.JsonOnlyNegotiation",
    "DEFAULT_THROTTLE_CLASSES": (
        ["payouts.entrypoints.api.auth.UserThrottle"] if PAYOUTS_RATE_LIMIT else []
    ),
    "DEFAULT_THROTTLE_RATES": {"user": PAYOUTS_RATE_LIMIT},
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "payouts.entrypoints.api.errors.handle",
    "URL_FORMAT_OVERRIDE": None,
}
REST_KNOX = {
    "AUTH_HEADER_PREFIX": "Bearer",
    # Machine clients keep their token until it is revoked.
    "TOKEN_TTL": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Payouts",
    "VERSION": "0.1.0",
    "DESCRIPTION": "Pay people: each payout is accepted once, sent once and brought to an end.",
    "SERVERS": [{"url": "/", "description": "This installation."}],
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_AUTHENTICATION": [],
    "ENUM_NAME_OVERRIDES": {
        "EventType": [(event.value, event.name) for event in EventType],
        "PayoutStatus": [status.value for status in PayoutStatus],
        "RecipientType": [type_.value for type_ in RecipientType],
    },
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "payouts.entrypoints.api.openapi.complete",
    ],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SWAGGER_UI_SETTINGS": {"persistAuthorization": False, "validatorUrl": None},
}
UNFOLD = {
    "SITE_TITLE": "Payouts",
    "SITE_HEADER": "Payouts",
    "SITE_SYMBOL": "payments",
    "SHOW_HISTORY": False,
}

LOGGING_CONFIG = None
logging.configure(format_=read("LOG_FORMAT", "json"), level=read("LOG_LEVEL", "INFO"))
