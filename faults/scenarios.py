"""What happens while processes are killed: everything that makes, names, releases or deletes a file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from faults.acts import LARGE, PHOTO, Act, Request, command, request
from faults.ground import PERIOD, SWEEP

from safelight.idempotency import LEASE

NOW = timedelta()


@dataclass(frozen=True)
class Scenario:
    """`act` is killed at each of its points in turn. `aged` is how old the world is by then; `afterwards` is what
    somebody does, when it is so much `later`, who comes back to the server that was started again."""

    name: str
    act: Act
    world: str = "small"
    aged: timedelta = NOW
    afterwards: tuple[Act, ...] = ()
    later: timedelta = NOW


@dataclass(frozen=True)
class Trouble(Scenario):
    """Nobody is killed: at each of its calls in turn the storage fails, or it does what it is asked and its answer is
    lost; that once, or from then on always."""


@dataclass(frozen=True)
class Requests(Scenario):
    """The same and kills at each request to S3, of which a call may be several: before it is sent on; before its answer
    comes; and before it is sent on, which the network does when everything has expired."""


@dataclass(frozen=True)
class Slow(Scenario):
    """The bytes of each of its uploads in turn come when its intent has long expired; it may be killed then."""


@dataclass(frozen=True)
class Race(Scenario):
    """`act` and `other` at once: each is stopped at a point, and one of them may be killed there."""

    other: Act = SWEEP


SHARE = request("share", title="third", key="$free")
CREATE, REPLACE = request("create", title="new", file=PHOTO), request("replace", title="mine", file=PHOTO)
CREATE_IN_ONE, REPLACE_IN_ONE = (
    request("atomic/create", title="new", file=PHOTO),
    request("atomic/replace", title="mine", file=PHOTO),
)
DELETE, DELETE_ONE, DELETE_OTHER = (request("delete", title=title) for title in ("mine", "one", "other"))
KEEP = request("keep", file=PHOTO)
ROLLBACK = request("broken", title="new", file=PHOTO, expected=409)
PRESS = request("press", key="$free")
CHOOSE = request("choose", title="chosen")
ONCE = request("once/create", title="new", file=PHOTO)
SWEEP_ALL = command("sweep", "--grace", "0s")
MOVE = command("move", "--from", "default", "--to", "second")
MOVE_AND_DELETE = command("move", "--from", "default", "--to", "second", "--delete")
ADOPT = command("adopt", "$column")
REPAIR = command("audit", "--repair", "--storage")
MOVED, COPY = command("installation", "--moved"), command("installation", "--copy", "--mark", "default")


def write(body: str, expected: int = 200) -> Request:
    return request("write", title="page", body=body, expected=expected)


KILLS = (
    Scenario("create", CREATE),
    Scenario("create, in one transaction", CREATE_IN_ONE),
    Scenario("replace", REPLACE),
    Scenario("replace, in one transaction", REPLACE_IN_ONE),
    Scenario("delete", DELETE),
    Scenario("share", SHARE),
    Scenario("share: delete one", DELETE_ONE),
    Scenario("share: delete one, then the other", request("delete", title="one,other")),
    Scenario("share: both, in one transaction", request("atomic/delete", title="one,other")),
    Scenario(
        "document: add", write('{"cover": "$first", "gallery": ["$first", "$second", "$spare"]}'), world="document"
    ),
    Scenario("document: move", write('{"cover": "$second", "gallery": ["$second", "$first"]}'), world="document"),
    Scenario("document: remove", write('{"gallery": ["$second"]}'), world="document"),
    Scenario("document: copy", request("copy", title="page", to="copy"), world="document"),
    Scenario("document: copy, delete the first", request("remove", title="page"), world="copied"),
    Scenario("rollback", ROLLBACK),
    Scenario("savepoint", request("nested", title="mine", other="third", key="$free", file=PHOTO)),
    Scenario("savepoint by hand", request("by_hand", title="mine", other="third", key="$free", file=PHOTO)),
    Scenario("form error", request("create", title="one", file=PHOTO, expected=409)),
    Scenario("form error, in one transaction", request("atomic/create", title="one", file=PHOTO, expected=409)),
    Scenario("upload without a row", KEEP),
    Scenario("upload, chosen from the library", KEEP, afterwards=(CHOOSE,)),
    Scenario("sweep", SWEEP, world="whole", aged=PERIOD),
    Scenario("sweep, after a day more", SWEEP, world="swept", aged=PERIOD),
    Scenario("sweep without grace", SWEEP_ALL, world="whole", aged=timedelta(minutes=1)),
    Scenario("delete button", PRESS),
    Scenario("delete button, in one transaction", request("atomic/press", key="$free")),
    Scenario("move to another storage", MOVE, afterwards=(MOVE_AND_DELETE,)),
    Scenario("move, delete what was left behind", MOVE_AND_DELETE, afterwards=(MOVE_AND_DELETE,)),
    Scenario("request that is repeated", ONCE, afterwards=(ONCE,), later=LEASE),
    Scenario("adopt", ADOPT, world="older", afterwards=(ADOPT,)),
    Scenario("audit, repair", REPAIR, world="apart", afterwards=(REPAIR,)),
    Scenario("sweep, the first of all", SWEEP, aged=PERIOD),
    Scenario("installation, moved", MOVED, world="displaced", afterwards=(MOVED,)),
    Scenario("installation, a copy", COPY, world="displaced", afterwards=(COPY,)),
)
TROUBLES = tuple(
    Trouble(f"{each.name}: storage fails", each.act, each.world, each.aged, each.afterwards, each.later)
    for each in KILLS
)
REQUESTS = (
    Requests("create: each request", CREATE),
    Requests("upload in parts: each request", request("keep", file=LARGE)),
    Requests("create in parts: each request", request("atomic/create", title="new", file=LARGE)),
    Requests("replace in parts: each request", request("atomic/replace", title="mine", file=LARGE)),
    Requests("move in parts: each request", MOVE, world="large", afterwards=(MOVE_AND_DELETE,)),
    Requests("sweep of parts: each request", SWEEP, world="in_parts", aged=PERIOD),
    Requests("delete button: each request", PRESS),
)
SLOW = (
    Slow("bytes after their intent", KEEP),
    Slow("bytes after their intent, in one transaction", CREATE_IN_ONE),
    Slow("bytes after their intent, replace", REPLACE),
    Slow("bytes after their intent, move", MOVE, world="large", afterwards=(MOVE_AND_DELETE,)),
)
RACES = (
    Race("attach against sweep", SHARE, aged=PERIOD),
    Race(
        "attach in a document against sweep",
        write('{"cover": "$free"}'),
        aged=PERIOD,
    ),
    Race("attach against delete button", SHARE, other=PRESS),
    Race("two releases at once", DELETE_ONE, other=DELETE_OTHER),
    Race("release against sweep", DELETE, aged=PERIOD),
    Race("two sweeps at once", SWEEP, world="whole", aged=PERIOD),
)
ALL: tuple[Scenario, ...] = (*KILLS, *TROUBLES, *REQUESTS, *SLOW, *RACES)
