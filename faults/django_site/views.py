"""The actions of `faults.stack`, as Django's views."""

import json
from collections.abc import Callable
from contextlib import suppress

from django.core.exceptions import ObjectDoesNotExist
from django.db import IntegrityError, OperationalError, connection, transaction
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.urls import path
from faults.django_site.models import PICTURES, Page, Picture

from safelight.django.files import check_file
from safelight.django.idempotency import idempotent
from safelight.django.models import Blob
from safelight.django.sweeping import delete_now
from safelight.errors import Refusal, StorageUnavailable
from safelight.pipeline import Safelight


class RolledBack(Exception):
    pass


def create(request: HttpRequest) -> str:
    picture = Picture.objects.create(title=request.POST["title"], image=request.FILES["file"])
    return picture.image.name


def share(request: HttpRequest) -> None:
    Picture.objects.create(title=request.POST["title"], image=request.POST["key"])


def replace(request: HttpRequest) -> None:
    picture = Picture.objects.get(title=request.POST["title"])
    picture.image = request.FILES["file"]
    picture.save()


def delete(request: HttpRequest) -> None:
    for title in request.POST["title"].split(","):
        Picture.objects.get(title=title).delete()


def past(request: HttpRequest) -> None:
    Picture.objects.bulk_create([Picture(title=request.POST["title"], image=request.FILES["file"])])


def keep(request: HttpRequest) -> str:
    from safelight.django.ledger import DjangoLedger
    from safelight.django.storage import Storages

    checked = check_file(request.FILES["file"], PICTURES).checked
    return Safelight(DjangoLedger("default"), Storages()).keep(checked).key


def write(request: HttpRequest) -> None:
    page = Page.objects.filter(title=request.POST["title"]).first() or Page(title=request.POST["title"])
    page.body = json.loads(request.POST["body"])
    page.save()


def copy(request: HttpRequest) -> None:
    page = Page.objects.get(title=request.POST["title"])
    Page.objects.create(title=request.POST["to"], body=page.body)


def remove(request: HttpRequest) -> None:
    Page.objects.get(title=request.POST["title"]).delete()


def broken(request: HttpRequest) -> None:
    with transaction.atomic():
        create(request)
        mine = Picture.objects.get(title="mine")
        mine.image = request.FILES["file"]
        mine.save()
        raise RolledBack


def choose(request: HttpRequest) -> None:
    offered = Blob.objects.filter(state=Blob.State.READY, references=None).values_list("key", flat=True)
    Page.objects.create(title=request.POST["title"], body={"gallery": list(offered)})


def press(request: HttpRequest) -> None:
    delete_now(request.POST["key"])


def locked(*titles: str) -> list[Picture]:
    """In the order of their titles. An update is what SQLite locks by, too."""
    rows = Picture.objects.filter(title__in=titles).order_by("title")
    rows.update(title=F("title"))
    return list(rows)


@transaction.atomic
def swap(request: HttpRequest) -> None:
    rows = locked(request.POST["title"], request.POST["other"])
    for row, name in zip(rows, reversed([row.image.name for row in rows]), strict=True):
        row.image = name
        row.save()


def clear(request: HttpRequest) -> None:
    Picture.objects.filter(title__in=[request.POST["title"], request.POST["other"]]).delete()


@transaction.atomic
def bulk(request: HttpRequest) -> None:
    for other in locked(request.POST["other"]):
        Picture.objects.filter(title=request.POST["title"]).update(image=other.image.name)


@transaction.atomic
def nested(request: HttpRequest) -> None:
    with suppress(RolledBack), transaction.atomic():
        replace_and_press(request)
        raise RolledBack
    name_key(request)


@transaction.atomic
def by_hand(request: HttpRequest) -> None:
    locked(request.POST["title"])
    savepoint = connection.savepoint()
    replace_and_press(request)
    connection.savepoint_rollback(savepoint)
    name_key(request)


def replace_and_press(request: HttpRequest) -> None:
    replace(request)
    with suppress(Refusal):
        press(request)


def name_key(request: HttpRequest) -> None:
    other = request.POST["other"]
    row = Picture.objects.filter(title=other).first() or Picture(title=other)
    row.image = request.POST["key"]
    row.save()


ACTIONS = (
    *(create, share, replace, delete, past, keep, write, copy, remove, broken, choose, press),
    *(swap, clear, bulk, nested, by_hand),
)


def view(action: Callable[[HttpRequest], str | None]) -> Callable[[HttpRequest], HttpResponse]:
    def answer(request: HttpRequest) -> HttpResponse:
        try:
            return HttpResponse(action(request) or "")
        except ObjectDoesNotExist as error:
            return HttpResponse(repr(error), status=404)
        except (StorageUnavailable, OperationalError) as error:
            return HttpResponse(repr(error), status=503)
        except (IntegrityError, RolledBack, Refusal) as refusal:
            return HttpResponse(repr(refusal), status=409)

    return answer


def in_one_transaction(action: Callable[[HttpRequest], str | None]) -> Callable[[HttpRequest], str | None]:
    def whole(request: HttpRequest) -> str | None:
        with transaction.atomic():
            return action(request)

    return whole


urlpatterns = [
    *(path(f"once/{action.__name__}", idempotent(view(action))) for action in ACTIONS),
    *(path(action.__name__, view(action)) for action in ACTIONS),
    *(path(f"atomic/{action.__name__}", view(in_one_transaction(action))) for action in ACTIONS),
]
