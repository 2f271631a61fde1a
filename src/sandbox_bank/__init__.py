"""A small bank with a ledger, to run and test against over HTTP; may import aiohttp and iso4217."""
