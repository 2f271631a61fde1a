"""A receiver of webhooks, to copy from.

    pip install flask standardwebhooks
    WEBHOOK_SECRET=whsec_... flask --app receiver run --port 9000

A message may arrive more than once, and later than a newer one of the same payout. So a message
changes the stored payout only if its `sequence` is higher than that of the last one.
"""

import os
import sqlite3
from contextlib import closing

from flask import Flask, request
from standardwebhooks import Webhook, WebhookVerificationError

DATABASE = os.environ.get("RECEIVER_DATABASE", "receiver.sqlite3")
app = Flask(__name__)
webhook = Webhook(os.environ["WEBHOOK_SECRET"])

with closing(sqlite3.connect(DATABASE)) as database:
    database.execute(
        "CREATE TABLE IF NOT EXISTS payout (id INTEGER PRIMARY KEY, sequence INTEGER, status TEXT)"
    )


@app.post("/")
def receive() -> tuple[str, int]:
    try:
        # The signature covers the bytes of the body: verify them before they are parsed.
        message = webhook.verify(request.get_data(), dict(request.headers))
    except WebhookVerificationError:
        return "The signature is wrong, or the message is older than five minutes.", 400
    # Answer within 15 seconds. Work that takes longer belongs in a queue.
    if "payout_id" in message["data"]:
        store(message)
    return "", 204


def store(message: dict) -> None:
    data = message["data"]
    with closing(sqlite3.connect(DATABASE)) as database, database:
        changed = database.execute(
            "INSERT INTO payout (id, sequence, status) VALUES (?, ?, ?)"
            " ON CONFLICT (id) DO UPDATE SET sequence = excluded.sequence, status = excluded.status"
            " WHERE excluded.sequence > payout.sequence",
            (data["payout_id"], data["sequence"], data["status"]),
        ).rowcount
    note = data["status"] if changed else "nothing new"
    print(f"payout {data['payout_id']}: {message['type']}: {note}", flush=True)
