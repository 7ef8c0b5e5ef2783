"""What a move says may be shown in any terminal."""

from safelight.failures import Failure
from safelight.move import Moved
from safelight.move_report import troubles


def test_the_name_of_an_adopted_file_commands_no_terminal():
    moved = Moved(left=1, failures=[Failure("portraits/\x1b[2J.jpg", "default", "it is gone")])
    assert list(troubles(moved, "default")) == [
        "1 file left in 'default'. Run this again.",
        r"  'portraits/\x1b[2J.jpg': it is gone",
    ]
