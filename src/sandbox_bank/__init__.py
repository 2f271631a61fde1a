"""A small bank with a ledger, to try things with; may import aiohttp, iso4217, standardwebhooks."""
