"""What every error of the API looks like (RFC 9457)."""

from http import HTTPStatus

import httpx


def expect_problem(
    answer: httpx.Response, status: int, code: str, *errors: tuple[str, str]
) -> None:
    """Fail unless the answer is this problem and names exactly these (field, code) pairs."""
    assert answer.headers["Content-Type"] == "application/problem+json", answer.text
    assert answer.headers["X-Request-ID"]
    problem = answer.json()
    found = [(error["field"], error["code"]) for error in problem.get("errors", ())]
    assert (answer.status_code, problem["code"], found) == (status, code, list(errors))
    assert problem["type"] == f"urn:payouts:problem:{code}"
    assert problem["title"] == HTTPStatus(status).phrase
    assert problem["status"] == status
    assert isinstance(problem["detail"], str)
    assert problem["detail"]
    assert set(problem) - {"errors"} == {"type", "title", "status", "detail", "code"}
    assert all(set(error) == {"field", "code", "detail"} for error in problem.get("errors", ()))
    assert all(error["detail"] for error in problem.get("errors", ()))
