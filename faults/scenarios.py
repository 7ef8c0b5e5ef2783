"""What happens while processes are killed: everything that makes, names, releases or deletes a file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from faults.acts import Act, Request, command, request
from faults.ground import PERIOD, SWEEP

NOW = timedelta()


@dataclass(frozen=True)
class Scenario:
    """`act` is killed at each of its points in turn. `aged` is how old the world is by then; `afterwards` is what
    somebody does who comes back to the server that was started again."""

    name: str
    act: Act
    world: str = "small"
    aged: timedelta = NOW
    afterwards: tuple[Act, ...] = ()


@dataclass(frozen=True)
class Trouble(Scenario):
    """Nobody is killed: the storage fails from each of the calls on; the first one of them may have been carried out,
    and its answer lost."""

    unanswered: bool = False


@dataclass(frozen=True)
class Slow(Scenario):
    """The bytes of an upload come when its intent has long expired; it may be killed then."""


@dataclass(frozen=True)
class Race(Scenario):
    """`act` and `other` at once: each is stopped at a point, and one of them may be killed there."""

    other: Act = SWEEP


SHARE = request("share", title="third", key="$free")
CREATE, REPLACE = request("create", title="new", file=True), request("replace", title="mine", file=True)
CREATE_IN_ONE, REPLACE_IN_ONE = (
    request("atomic/create", title="new", file=True),
    request("atomic/replace", title="mine", file=True),
)
DELETE, DELETE_ONE, DELETE_OTHER = (request("delete", title=title) for title in ("mine", "one", "other"))
KEEP = request("keep", file=True)
PRESS = request("press", key="$free")
CHOOSE = request("choose", title="chosen")
SWEEP_ALL = command("sweep", "--grace", "0s")


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
    Scenario("rollback", request("broken", title="new", file=True, expected=409)),
    Scenario("form error", request("create", title="one", file=True, expected=409)),
    Scenario("form error, in one transaction", request("atomic/create", title="one", file=True, expected=409)),
    Scenario("upload without a row", KEEP),
    Scenario("upload, chosen from the library", KEEP, afterwards=(CHOOSE,)),
    Scenario("sweep", SWEEP, world="whole", aged=PERIOD),
    Scenario("sweep, after a day more", SWEEP, world="swept", aged=PERIOD),
    Scenario("sweep without grace", SWEEP_ALL, world="whole", aged=timedelta(minutes=1)),
    Scenario("delete button", PRESS),
    Scenario("delete button, in one transaction", request("atomic/press", key="$free")),
    Scenario(
        "move to another storage",
        command("move", "--from", "default", "--to", "second"),
        afterwards=(command("move", "--from", "default", "--to", "second", "--delete"),),
    ),
    Scenario(
        "move, delete what was left behind",
        command("move", "--from", "default", "--to", "second", "--delete"),
        afterwards=(command("move", "--from", "default", "--to", "second", "--delete"),),
    ),
)
TROUBLES = tuple(
    Trouble(f"{act_name}: the storage {what}", act, aged=aged, unanswered=unanswered)
    for what, unanswered in (("is down", False), ("does not answer", True))
    for act_name, act, aged in (
        ("create", CREATE, NOW),
        ("replace, in one transaction", REPLACE_IN_ONE, NOW),
        ("upload without a row", KEEP, NOW),
        ("delete button", PRESS, NOW),
        ("sweep", SWEEP, PERIOD),
    )
)
SLOW = (
    Slow("bytes after their intent", KEEP),
    Slow("bytes after their intent, in one transaction", CREATE_IN_ONE),
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
ALL: tuple[Scenario, ...] = (*KILLS, *TROUBLES, *SLOW, *RACES)
