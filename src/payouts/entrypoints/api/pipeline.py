"""The steps of every API request, in this order.

| step | where |
|---|---|
| 1. start: request id, log context | `RequestMiddleware` in middleware.py |
| 2. authenticate: token or session | auth.py |
| 3. authorise | auth.py, `permissions` and `parameter_permissions` of the view |
| 4. throttle | auth.py |
| 5. parse | parser.py, then the view's serializer |
| 6. use case | the view calls one function of bootstrap/ |
| 7. render | responses.py |
| 8. errors of any step | the table in errors.py |
| 9. log | `RequestMiddleware` in middleware.py |
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from rest_framework.request import Request
from rest_framework.views import APIView

_METHODS_WITH_BODY = frozenset({"POST", "PATCH"})


class ApiView(APIView):
    """A view of DRF with steps 2 to 5 spelt out; its handlers are steps 6 and 7.

    There is one format and one version, so nothing is negotiated.
    """

    # By method, and by query parameter. Each handler needs a permission; HEAD has that of GET.
    permissions: ClassVar[Mapping[str, str]] = {}
    parameter_permissions: ClassVar[Mapping[str, str]] = {}

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        self.perform_authentication(request)
        self.check_permissions(request)
        self.check_throttles(request)
        self.parse(request)

    def parse(self, request: Request) -> None:
        """Read the body before the handler runs, if the view has one for the method."""
        if request.method in _METHODS_WITH_BODY and request.method in self.allowed_methods:
            request.data  # noqa: B018  DRF parses the body when it is first looked at
