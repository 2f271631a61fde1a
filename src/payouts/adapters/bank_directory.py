"""Banks by the IBANs of their customers, from the registries that schwifty ships."""

from payouts.application.ports import BankOffice


class SchwiftyBankDirectory:
    """Serve the port `BankDirectory`.

    The first look-up loads the registries, which take 20 MiB and half a second. Only the console
    looks banks up, so other processes never load them.
    """

    def find(self, iban: str) -> BankOffice:
        from schwifty import IBAN  # noqa: PLC0415  see above

        known = IBAN(iban, allow_invalid=True)
        return BankOffice(
            country=known.country.name if known.country else "",
            bank_name=known.bank_name or "",
            bic=str(known.bic or ""),
        )
