"""What a test of the media library reads off its pages, and who looks at them."""

import re
from html import unescape

from django.contrib.auth.models import Permission, User
from django.test import Client
from tests.django.sweeps import store

from safelight.django.models import Blob

LIST = "/admin/safelight/blob/"


def url(key: str, page: str = "change") -> str:
    return f"{LIST}{key.replace('_', '_5F').replace('/', '_2F')}/{page}/"


def text(response) -> str:
    assert response.status_code == 200, response
    return unescape(response.content.decode())


def names(response) -> list[str]:
    """The files in the list."""
    return re.findall(r'<span class="safelight-name">([^<]*)</span>', text(response))


def cell(response, name: str) -> str:
    """The words of a column's first cell."""
    found = re.search(rf'<t[dh] class="field-{name}[^"]*">(.*?)</t[dh]>', text(response), re.DOTALL)
    return " ".join(re.sub("<[^>]*>", " ", found[1]).split())


def somebody(*permissions: str) -> Client:
    user = User.objects.create_user(f"user {User.objects.count()}", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client = Client()
    client.force_login(user)
    return client


def free(name: str, **facts: object) -> str:
    """The key of a file that nothing uses."""
    key = store()
    Blob.objects.filter(key=key).update(filename=name, **facts)
    return key


def agreed(page) -> dict[str, object]:
    """What the form of the page that asks would send."""
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', text(page))
    form: dict[str, object] = {name: value for name, value in found if name != "_selected_action"}
    return form | {"_selected_action": [value for name, value in found if name == "_selected_action"]}


def messages(response) -> list[tuple[str, str]]:
    return [(message.level_tag, str(message)) for message in response.context["messages"]]
