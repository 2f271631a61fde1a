"""The Celery application of the workers and of beat."""

import os
import sys

from celery import Celery
from celery.signals import setup_logging

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("payouts")
app.config_from_object("django.conf:settings", namespace="CELERY")
# By default Celery closes the database connection after each task, which takes half of the time
# of a task. Our tasks close unusable connections themselves.
app.conf["CELERY_DB_REUSE_MAX"] = sys.maxsize
app.autodiscover_tasks(["payouts.entrypoints.worker"])


@setup_logging.connect
def _keep_our_logging(**_facts: object) -> None:
    """Stop Celery from configuring logging, which the settings have done."""
