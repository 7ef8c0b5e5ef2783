"""A decoder may do to its process what it likes: here are programs in its place that do."""

import io
import itertools
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import pytest
from tests.decode.processes import alive, children, eventually, resident

from safelight.decode import sandbox
from safelight.decode.sandbox import Facts, Limits
from safelight.errors import Corrupt, DecoderUnavailable, Refusal, StorageUnavailable, TooComplex

MB = 1 << 20
ENOUGH = Limits(memory=512 * MB, cpu=20)
PROGRAM = "import os, time, signal\n\ndef run(job):\n"


@pytest.fixture
def run(tmp_path):
    """``run("return {}")`` has a process of its own run that, as the body of a program."""

    numbers = itertools.count()  # they may run at once

    def run(body: str, content: bytes = b"", limits: Limits = ENOUGH, **options) -> Facts:
        program = tmp_path / f"decoder{next(numbers)}.py"
        program.write_text(PROGRAM + textwrap.indent(textwrap.dedent(body), "    "))
        return sandbox.run(program, {}, io.BytesIO(content), limits, **options)

    return run


@pytest.fixture
def hasty(monkeypatch):
    monkeypatch.setattr(sandbox, "SPARE", 0)


def test_a_program_reads_its_file_and_answers(run):
    assert run("return {'width': len(os.read(0, 100)), 'height': 2}", b"12345") == Facts(5, 2, 0)


def test_it_gets_a_copy_of_the_file(run):
    content = io.BytesIO(b"12345")
    run("os.ftruncate(0, 0)\nreturn {}", content.getvalue(), Limits(512 * MB, 20, output=100))
    assert content.getvalue() == b"12345"


def test_nothing_of_the_servers_reaches_it(run, monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "secret")
    monkeypatch.setenv("PYTHONPATH", "/elsewhere")
    monkeypatch.setenv("LD_LIBRARY_PATH", "/opt/libraries")
    body = """
    import sys
    assert not {"SECRET_KEY", "PYTHONPATH", "HOME"} & set(os.environ), os.environ
    assert os.environ["LD_LIBRARY_PATH"] == "/opt/libraries"
    assert os.environ["VIPS_CONCURRENCY"] == "1"
    assert os.getcwd() == "/"
    assert os.getpgid(0) == os.getsid(0) == os.getpid()
    assert "safelight" not in sys.modules
    return {"width": len(os.listdir("/proc/self/fd"))}
    """
    with open(os.devnull) as _:
        # Standard input, output and error, the copy of standard output, /dev/null, and the folder it lists.
        assert run(body) == Facts(width=6)


def test_its_limits_stand_before_it_reads(run):
    body = """
    import resource
    soft = lambda name: resource.getrlimit(getattr(resource, name))[0]
    assert soft("RLIMIT_AS") == 512 << 20
    assert soft("RLIMIT_CPU") == 20
    assert soft("RLIMIT_CORE") == soft("RLIMIT_FSIZE") == 0
    assert soft("RLIMIT_NOFILE") == 16
    status = open("/proc/self/status").read()
    assert "NoNewPrivs:\\t1" in status
    assert open("/proc/self/oom_score_adj").read() == "1000\\n"
    return {}
    """
    assert run(body) == Facts()


BAD = {
    "that runs for ever": ("while True: pass", TooComplex),
    "that eats memory": ("x = []\nwhile True: x.append(bytearray(1 << 20))", TooComplex),
    "that eats address space": ("import mmap\nmmap.mmap(-1, 1 << 40)", Corrupt),
    "that aborts as GLib does without memory": ("os.abort()", TooComplex),
    "that crashes": ("os.kill(os.getpid(), signal.SIGSEGV)", Corrupt),
    "that is killed by the system": ("os.kill(os.getpid(), signal.SIGKILL)", DecoderUnavailable),
    "that gives up": ("raise ValueError('garbage')", Corrupt),
    "that ends without a word": ("os._exit(0)", Corrupt),
    "that ends with an error": ("os._exit(7)", Corrupt),
    "that answers nonsense": ("return {'width': 'wide'}", Corrupt),
    "that answers with a truth": ("return {'width': True}", Corrupt),
    "that answers more than was asked": ("return {'width': 1, 'shell': 1}", Corrupt),
    "that answers no object": ("return [1]", Corrupt),
    "that answers without end": ("return {'width': int('9' * 4000), 'height': int('9' * 4000)}", Corrupt),
    "that chatters": ("print('ready')\nos.write(2, b'{}')\nreturn {'chatter': 1}", Corrupt),
    "that recurses": ("def again(): again()\nagain()", Corrupt),
    "that writes files": ("open('/tmp/safelight-test', 'w').write('x' * 10_000)", Corrupt),
    "that opens files": ("files = [open('/dev/null') for _ in range(100)]", Corrupt),
}


@pytest.mark.parametrize(("body", "kind"), BAD.values(), ids=BAD)
def test_a_program(run, body, kind, caplog):
    with pytest.raises(kind) as refusal:
        run(body, limits=Limits(memory=300 * MB, cpu=1))
    assert refusal.value.status in (422, 503)
    assert "garbage" not in refusal.value.detail
    if os.path.exists("/tmp/safelight-test"):
        assert not os.path.getsize("/tmp/safelight-test")
        os.unlink("/tmp/safelight-test")


def test_a_program_that_floods_its_answer(run):
    """Bounded, and cut off in the middle of it."""
    before = resident()
    body = "answer = [fd for fd in range(3, 16) if 'pipe' in os.readlink(f'/proc/self/fd/{fd}')][0]\n"
    with pytest.raises(Corrupt):
        run(body + "while True: os.write(answer, b'x' * 65536)")
    assert resident() - before < 20 * MB


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize(
    "body",
    [
        "time.sleep(60)",
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\ntime.sleep(60)",
        "os.kill(os.getpid(), signal.SIGSTOP)",
    ],
    ids=["sleeps", "ignores signals", "is stopped"],
)
def test_a_program_that_hangs(run, body):
    begin = time.monotonic()
    with pytest.raises(TooComplex):
        run(body, limits=Limits(512 * MB, cpu=1))
    assert time.monotonic() - begin < 5


def test_a_program_that_closes_its_answer_and_hangs(run):
    body = "[os.close(fd) for fd in range(3, 16) if os.path.exists(f'/proc/self/fd/{fd}')]\ntime.sleep(60)"
    with pytest.raises(Refusal):
        run(body)


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize("end", ["return {'width': 1}", "while True: pass"])
def test_a_program_that_forks(run, end):
    """All that it started goes with it, though it holds on to the answer. (The fixture looks.)"""
    body = f"""
    for _ in range(50):
        if not os.fork():
            time.sleep(60)
    {end}
    """
    try:
        assert run(body, limits=Limits(512 * MB, cpu=1)) == Facts(1)
    except TooComplex:
        assert "True" in end


def test_a_program_that_cannot_be_loaded(tmp_path):
    (tmp_path / "decoder.py").write_text("import no_such_library")
    with pytest.raises(DecoderUnavailable) as refusal:
        sandbox.run(tmp_path / "decoder.py", {}, io.BytesIO(), ENOUGH)
    assert "no_such_library" in refusal.value.reason
    assert "no_such_library" not in refusal.value.detail


@pytest.mark.parametrize("interpreter", ["/no/such/python", "/bin/false", "/bin/true"])
def test_an_interpreter_that_does_not_work(run, interpreter, monkeypatch):
    monkeypatch.setattr(sandbox, "python", lambda: interpreter)
    with pytest.raises(DecoderUnavailable):
        run("return {}")


@pytest.mark.usefixtures("hasty")
def test_a_program_that_hangs_while_it_is_loaded(tmp_path):
    """It has not seen the file yet, so that the file is not to blame."""
    (tmp_path / "decoder.py").write_text("import time\ntime.sleep(60)")
    with pytest.raises(DecoderUnavailable):
        sandbox.run(tmp_path / "decoder.py", {}, io.BytesIO(), Limits(512 * MB, cpu=1))


def test_within_a_server_that_embeds_python(monkeypatch):
    assert sandbox.python() == sys.executable
    monkeypatch.setattr(sys, "executable", "/usr/bin/uwsgi")
    assert sandbox.python() == os.path.join(sys.prefix, "bin", "python3")


def test_a_full_disk_is_the_servers_trouble(run, monkeypatch):
    def full(*arguments, **options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(sandbox.tempfile, "TemporaryFile", full)
    with pytest.raises(StorageUnavailable):
        run("return {}")


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, RuntimeError])
def test_an_exception_while_waiting(run, error, monkeypatch):
    started = []

    def interrupted(process, deadline):
        started.append(process.pid)
        raise error

    monkeypatch.setattr(sandbox, "_read_answer", interrupted)
    with pytest.raises(error):
        run("time.sleep(60)")
    assert not alive(started[0])


def test_ctrl_c(tmp_path):
    """A real signal to a real server that waits for its decoder."""
    server = waiting_server(tmp_path, "time.sleep(60)")
    (decoder,) = children(server.pid)
    server.send_signal(signal.SIGINT)
    assert server.wait(10) != 0
    eventually(lambda: not alive(decoder))


def test_a_killed_server_takes_its_decoder_along(tmp_path):
    server = waiting_server(tmp_path, "time.sleep(60)")
    (decoder,) = children(server.pid)
    server.kill()
    server.wait()
    eventually(lambda: not alive(decoder))


def waiting_server(tmp_path, body: str) -> subprocess.Popen:
    (tmp_path / "decoder.py").write_text(f"import time\ndef run(job):\n    {body}\n")
    script = f"""
import io, pathlib, signal
from safelight.decode import sandbox
signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored by what a shell runs in the background
sandbox.run(pathlib.Path({str(tmp_path / "decoder.py")!r}), {{}}, io.BytesIO(), sandbox.Limits(1 << 29, 60))
"""
    server = subprocess.Popen([sys.executable, "-c", script], stderr=subprocess.DEVNULL)
    eventually(lambda: children(server.pid))
    (decoder,) = children(server.pid)
    eventually(lambda: "NoNewPrivs:\t1" in Path(f"/proc/{decoder}/status").read_text())
    return server


def test_few_decoders_at_a_time(run):
    """However many uploads come at once."""
    most, ended, others = 0, threading.Event(), children()  # a server that serves the whole run, for one

    def watch():
        nonlocal most
        while not ended.is_set():
            most = max(most, len(children() - others))
            time.sleep(0.005)

    watcher = threading.Thread(target=watch)
    watcher.start()
    uploads = [threading.Thread(target=run, args=("time.sleep(0.2)\nreturn {}",)) for _ in range(6)]
    for upload in uploads:
        upload.start()
    for upload in uploads:
        upload.join()
    ended.set()
    watcher.join()
    assert most == sandbox.DECODERS


def test_who_waits_too_long_may_come_again(run, monkeypatch):
    monkeypatch.setattr(sandbox, "WAIT", 0.05)
    monkeypatch.setattr(sandbox, "_free", threading.BoundedSemaphore(1))
    with sandbox._slot(), pytest.raises(DecoderUnavailable) as refusal:
        run("return {}")
    assert (refusal.value.status, refusal.value.retry_after) == (503, 10)
    assert run("return {}") == Facts()


def test_a_refusal_gives_its_turn_back(run):
    for _ in range(sandbox.DECODERS + 1):
        with pytest.raises(Corrupt):
            run("raise ValueError")
    assert run("return {}") == Facts()


def test_output_is_bounded(run, tmp_path):
    with open(tmp_path / "output", "w+b") as output:
        run("os.write(job['output'], b'x' * 2000)\nreturn {}", limits=Limits(512 * MB, 20, output=1000), output=output)
        assert os.fstat(output.fileno()).st_size == 1000
