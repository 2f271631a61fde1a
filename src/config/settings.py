"""The settings of the service; what differs between deployments comes from the environment."""

import os
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from django.urls import reverse_lazy

import payouts
from config import logging
from config.environment import Environment
from payouts.domain.client_events import ClientEventType
from payouts.domain.history import EventType
from payouts.domain.recipient import RecipientType
from payouts.domain.requeue_policy import RequeuePolicy
from payouts.domain.status import PayoutStatus
from payouts.domain.webhooks.retries import DeliveryStatus

_environment = Environment.read(os.environ)
logging.configure(format_=_environment.log_format, level=_environment.log_level)
LOGGING_CONFIG = None

DEBUG = _environment.debug
SECRET_KEY = _environment.secret_key
ALLOWED_HOSTS = _environment.allowed_hosts

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
INSTALLED_APPS = [
    "axes",
    "unfold.apps.BasicAppConfig",
    "payouts.entrypoints.console.apps.AdminConfig",
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
    "payouts.entrypoints.console.apps.ConsoleConfig",
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
    "payouts.entrypoints.console.time_zone.TimeZoneMiddleware",
    "payouts.entrypoints.error_handlers.ConsoleErrorMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        # Before those of apps, some of which the console replaces.
        "DIRS": [Path(payouts.__file__).parent / "entrypoints/console/templates"],
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
FORMAT_MODULE_PATH = "config.formats"
# A missing slash is a 404, because a redirect would turn a POST into a GET.
APPEND_SLASH = False
DATA_UPLOAD_MAX_MEMORY_SIZE = 64 * 1024
LOGIN_URL = reverse_lazy("admin:login")
LOGIN_REDIRECT_URL = reverse_lazy("admin:index")
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "payouts.entrypoints.access.backend.RoleBackend",
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
_BEHIND_TLS_PROXY = (
    not DEBUG if _environment.behind_tls_proxy is None else _environment.behind_tls_proxy
)
SESSION_COOKIE_AGE = 12 * 60 * 60
SESSION_COOKIE_SECURE = _BEHIND_TLS_PROXY
CSRF_COOKIE_SECURE = _BEHIND_TLS_PROXY
CSRF_FAILURE_VIEW = "payouts.entrypoints.error_handlers.csrf_failed"
if _BEHIND_TLS_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")


# Proxies whose X-Forwarded-For is believed.
TRUSTED_PROXIES = _environment.trusted_proxies

DATABASES = {
    "default": {**_environment.database_url, "ENGINE": "payouts.adapters.database.bounded"},
}

REDIS_URL = _environment.redis_url.for_redis_py()

CELERY_BROKER_URL = _environment.celery_broker_url or _environment.redis_url.for_kombu()
# Celery itself reads the variable CELERY_BROKER_URL as it is, and prefers it to the setting of that
# name, but not to these.
CELERY_BROKER_READ_URL = CELERY_BROKER_WRITE_URL = CELERY_BROKER_URL
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
    # Replicated in a cluster. The second setting is for the other queues.
    CELERY_TASK_DEFAULT_QUEUE_TYPE = "quorum"
    CELERY_TASK_CREATE_MISSING_QUEUE_TYPE = "quorum"
# On a queue of its own, so that it does not wait behind the backlog that it is for. It expires, so
# that it does not run twice after a delay.
CELERY_BEAT_SCHEDULE = {
    "requeue overdue payouts": {
        "task": "payouts.requeue_overdue",
        "schedule": RequeuePolicy().check_seconds,
        "options": {"queue": "maintenance", "expires": 10},
    },
    # Wakes up a worker that delivers webhooks. It expires late, so that clocks may differ.
    "deliver webhooks": {
        "task": "payouts.deliver_webhooks",
        "schedule": 1,
        "options": {"queue": "webhooks", "expires": 60},
    },
    "remove old deliveries of webhooks": {
        "task": "payouts.remove_old_deliveries",
        "schedule": 10,
        "options": {"queue": "maintenance", "expires": 10},
    },
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
PAYOUTS_PAGE_CACHE = _environment.payouts_page_cache

# Where the processes of one machine put their metrics, and the token that /metrics asks for.
METRICS_DIR = _environment.metrics_dir
METRICS_TOKEN = _environment.metrics_token

# How many payouts one worker processes at the same time.
WORKER_CONCURRENCY = _environment.worker_concurrency

# Where `payouts web` listens, and with how many processes and threads in each.
HOST = _environment.host
PORT = _environment.port
WEB_WORKERS = _environment.web_workers
WEB_THREADS = _environment.web_threads

BANK_URL = _environment.bank_url
BANK_TOKEN = _environment.bank_token
# The secret with which the bank signs callbacks: "whsec_" and base64. Without it all are refused.
BANK_CALLBACK_SECRET = _environment.bank_callback_secret
# Threads cannot be killed, so each wait has a limit. The lease is longer than all that may follow
# its start: the answer to the claim (7 s), a look-up and a send (6 s each), a new connection (3 s)
# and the answer to the outcome (7 s).
BANK_DEADLINE_SECONDS = 6
LEASE_SECONDS = 30

# Private networks that webhooks may call, over plain http too. All other private addresses are
# refused.
WEBHOOK_ALLOWED_NETWORKS = _environment.webhook_allowed_networks
# A proxy through which all webhooks go. It then resolves the names, and has to refuse addresses.
WEBHOOK_PROXY = _environment.webhook_proxy

# "sandbox" or "live": whether the money is real. The console always shows it.
PAYOUTS_ENVIRONMENT = _environment.payouts_environment
PAYOUTS_CURRENCIES = _environment.payouts_currencies
# How many requests one user may make, such as "600/min"; unset means unlimited.
PAYOUTS_RATE_LIMIT = _environment.payouts_rate_limit

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "payouts.entrypoints.api.auth.TokenAuthentication",
        "payouts.entrypoints.api.auth.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["payouts.entrypoints.api.auth.RolePermission"],
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
KNOX_TOKEN_MODEL = "payouts.ApiToken"  # noqa: S105  the name of a model
REST_KNOX = {
    "AUTH_HEADER_PREFIX": "Bearer",
    # Machine clients keep their token until it is revoked, unless it was issued with an expiry.
    "TOKEN_TTL": None,
}
SPECTACULAR_SETTINGS = {
    # The first version with a `webhooks` section. openapi-generator, openapi-python-client,
    # openapi-typescript and datamodel-code-generator take it, and null as a type.
    "OAS_VERSION": "3.1.1",
    "TITLE": "Payouts",
    "VERSION": "0.1.0",
    "DESCRIPTION": "Pay people: each payout is accepted once, sent once and brought to an end.",
    "SERVERS": [{"url": "/", "description": "This installation."}],
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_AUTHENTICATION": [],
    "ENUM_NAME_OVERRIDES": {
        "ClientEventType": [(type_.value, type_.name) for type_ in ClientEventType],
        "ChosenEventType": [type_.value for type_ in ClientEventType],
        "DeliveryStatus": [status.value for status in DeliveryStatus],
        "EventType": [(event.value, event.name) for event in EventType],
        "PayoutStatus": [status.value for status in PayoutStatus],
        "RecipientType": [type_.value for type_ in RecipientType],
    },
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "payouts.entrypoints.api.message_schema.add_webhooks",
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
    "SITE_URL": None,
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": f"{STATIC_URL}console/favicon.svg"}
    ],
    "SHOW_HISTORY": False,
    "ENVIRONMENT": "payouts.entrypoints.console.site.environment_badge",
    "ENVIRONMENT_TITLE_PREFIX": "payouts.entrypoints.console.site.environment_title_prefix",
    "STYLES": [f"{STATIC_URL}console/console.css"],
    "SCRIPTS": [f"{STATIC_URL}console/time-zone.js", f"{STATIC_URL}console/accessibility.js"],
    "SIDEBAR": {
        "show_search": True,
        "command_search": True,  # for the django-unfold of Django 4.2
        # The list of links is in navigation.py.
        "navigation": "payouts.entrypoints.console.navigation.sidebar",
    },
    "COLORS": {
        # Tailwind's teal, a step darker from 600 on: white text on it has a contrast above 4.5.
        "primary": {
            "50": "oklch(98.4% .014 180.72)",
            "100": "oklch(95.3% .051 180.801)",
            "200": "oklch(91% .096 180.426)",
            "300": "oklch(85.5% .138 181.071)",
            "400": "oklch(77.7% .152 181.912)",
            "500": "oklch(70.4% .14 182.503)",
            "600": "oklch(51.1% .096 186.391)",
            "700": "oklch(43.7% .078 188.216)",
            "800": "oklch(38.6% .063 188.416)",
            "900": "oklch(32% .055 190)",
            "950": "oklch(27.7% .046 192.524)",
        },
    },
}
