"""One node's sweep, as ``manage.py safelight_sweep``, and the most memory that this process ever had."""

import sys
from pathlib import Path

from django.core.management import execute_from_command_line

try:
    execute_from_command_line(["manage.py", "safelight_sweep", "--verbosity", "2"])
finally:
    # Not getrusage: what the process that started us had counts there, too.
    status = Path("/proc/self/status").read_text()
    peak = int(status.partition("VmHWM:")[2].split()[0])
    print(f"at most {peak * 1024 / 1_000_000:.0f} MB of memory", file=sys.stdout)
