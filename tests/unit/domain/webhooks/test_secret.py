from base64 import b64decode

from standardwebhooks import Webhook

from payouts.domain.webhooks.secret import SECRET_BYTES, new_secret


class TestNewSecret:
    def test_has_the_form_of_standard_webhooks(self) -> None:
        secret = new_secret()
        assert secret.startswith("whsec_")
        assert len(b64decode(secret.removeprefix("whsec_"), validate=True)) == SECRET_BYTES
        Webhook(secret)

    def test_is_never_the_same(self) -> None:
        assert len({new_secret() for _ in range(100)}) == 100
