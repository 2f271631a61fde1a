"""Countries (ISO 3166-1)."""

import pycountry

from payouts.domain.errors import CountryUnknownError


def parse_country(code: str) -> str:
    """Return the upper-case alpha-2 code; raise CountryUnknownError if there is no such country."""
    country = pycountry.countries.get(alpha_2=code)
    if not country or country.alpha_2 != code:  # the look-up ignores case
        raise CountryUnknownError
    return code
