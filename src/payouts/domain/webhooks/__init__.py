"""The rules of webhooks to clients. May import the standard library and the rest of the domain."""
