"""Webhooks over HTTP: signing, and calling safe addresses. May import application and domain."""
