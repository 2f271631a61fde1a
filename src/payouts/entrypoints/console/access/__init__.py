"""The pages of users, their API tokens, and what roles may do. Users write through `access`."""
