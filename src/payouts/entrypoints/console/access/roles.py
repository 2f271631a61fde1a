"""The page that says what each role may do."""

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from payouts.domain.role import Permission, Role


def show_roles(request: HttpRequest) -> HttpResponse:
    if not request.user.has_perm(Permission.MANAGE_ACCESS):
        raise PermissionDenied
    rows = [
        (permission.action.capitalize(), [permission in role.permissions for role in Role])
        for permission in Permission
    ]
    rows.append(("Log in to this console", [role.uses_console for role in Role]))
    context = {
        "title": "Who may do what",
        "roles": [role.value.capitalize() for role in Role],
        "rows": rows,
    }
    return TemplateResponse(
        request, "console/access/roles.html", admin.site.each_context(request) | context
    )
