#!/usr/bin/env python3
"""Everything a developer of Safelight does, with nothing but Python and git installed.

    python3 dev.py run            set up what is needed and serve the example on http://127.0.0.1:8000
    python3 dev.py run profiles   the same with the one in Flask, on http://127.0.0.1:8001
    python3 dev.py test [ARGS]    set up what the tests need and run them all (ARGS go to pytest, and run one pass)
    python3 dev.py setup          install only
    python3 dev.py check          linters, types, layers
    python3 dev.py docs           build the documentation and say where it lies
    python3 dev.py bench intake   what an upload costs, beside Safelight's peers (see benchmarks/intake/run.py)
    python3 dev.py bench jsonform twenty faults of JSON forms in the admin, with django-jsonform and with Safelight
    python3 dev.py bench sweep    what a sweep costs beside ten million files that are fine, on PostgreSQL
    python3 dev.py corpus         what becomes of 200 hostile and odd files, with Safelight and with its peers
    python3 dev.py fuzz           the walkers of formats against hostile bytes, a minute each (see fuzz/run.py)
    python3 dev.py faults         kills servers and sweeps everywhere, and counts what is lost (see faults/run.py)
    python3 dev.py frontend       build the static files out of frontend/ (run, test and check do it by themselves)
    python3 dev.py frontend package    the same for the npm package @safelight/react, into frontend/dist
    python3 dev.py messages       take new sentences into the catalogues, and say what is not translated yet
    python3 dev.py screenshots    take the docs' pictures of the example (docs/images)
    python3 dev.py manage ARGS    the example's manage.py

Environment of `run` and `manage`: SAFELIGHT_PORT, SAFELIGHT_DATA, SAFELIGHT_ADMIN_PASSWORD, SAFELIGHT_DATABASE,
SAFELIGHT_STORAGE, SAFELIGHT_MAX_BYTES, SAFELIGHT_MAX_PIXELS, SAFELIGHT_DECODE, SAFELIGHT_UPLOAD_RATE,
SAFELIGHT_SEED, SAFELIGHT_HOSTS, SAFELIGHT_CORS. See docs/reference/example.md. Those of `run profiles` are in
docs/reference/profiles.md.
"""

from __future__ import annotations

import hashlib
import os
import runpy
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent
DEV = ROOT / ".dev"
EXAMPLE = ROOT / "examples" / "recognizer"
PROFILES = ROOT / "examples" / "profiles"
SITE = DEV / "docs-site"
_EXAMPLE_EXTRAS = ("drf", "openapi", "images", "jsonform", "s3", "cloudinary")
EXAMPLE_NEEDS = (*(f"--extra={extra}" for extra in _EXAMPLE_EXTRAS), "--group=example")
_PROFILES_EXTRAS = ("flask", "sqlalchemy", "images", "s3", "cloudinary")
PROFILES_NEEDS = (*(f"--extra={extra}" for extra in _PROFILES_EXTRAS), "--group=profiles")
TEST_NEEDS = ("--all-extras", "--group", "test", "--group", "docs")
SWIFT_NEEDS = ("--only-group", "swift")
BROWSERS = ("peer", "e2e/npm", "e2e/pages", "e2e/profiles")
PROOFS = ("test_faults.py", "django/test_crashes.py", "sqlalchemy/test_crashes.py", "test_corpus.py", "test_fuzz.py")
PAGES = ("test_frontend.py", "docs/test_site.py")
UV = "uv==0.13.8"
STARTED = time.monotonic()
OLDEST, NEWEST = (3, 11), (3, 13)


def main() -> None:
    if sys.version_info < OLDEST:
        sys.exit("Safelight needs Python 3.11 or newer; this is " + sys.version.split()[0])
    command, *arguments = sys.argv[1:] or ["help"]
    commands = {
        "run": run,
        "test": test,
        "setup": setup,
        "check": check,
        "docs": docs,
        "bench": bench,
        "corpus": corpus,
        "fuzz": fuzz,
        "faults": faults,
        "frontend": frontend,
        "messages": messages,
        "screenshots": screenshots,
        "manage": manage,
    }
    if command in ("help", "--help", "-h"):
        print(__doc__)
        return
    if command not in commands:
        sys.exit(f"There is no command {command!r}.\n\n{__doc__}")
    commands[command](*arguments)


def run(which: str = "recognizer") -> None:
    examples = {"recognizer": run_recognizer, "profiles": run_profiles}
    if which not in examples:
        sys.exit(f"There is no example {which!r}: {' or '.join(examples)}.")
    examples[which]()


def run_recognizer() -> None:
    port = os.environ.get("SAFELIGHT_PORT") or "8000"
    check_port("SAFELIGHT_PORT", port)
    python = environment("example", *EXAMPLE_NEEDS)
    frontend()
    catalogues()
    call(python, EXAMPLE / "manage.py", "prepare", cwd=Path.cwd())
    print(f"Set up in {time.monotonic() - STARTED:.1f} s.")
    print(f"Serving http://127.0.0.1:{port}/  (admin: /admin/, API: /api/docs/; stop with Ctrl-C)", flush=True)
    serve(python, EXAMPLE, port, "recognizer.wsgi")


def run_profiles() -> None:
    port = os.environ.get("SAFELIGHT_PROFILES_PORT") or "8001"
    check_port("SAFELIGHT_PROFILES_PORT", port)
    python = environment("profiles", *PROFILES_NEEDS)
    frontend("page", PROFILES / "page")
    call(python, "-m", "flask", "--app", PROFILES / "profiles", "prepare", cwd=Path.cwd())
    print(f"Set up in {time.monotonic() - STARTED:.1f} s.")
    print(f"Serving http://127.0.0.1:{port}/  (stop with Ctrl-C)", flush=True)
    serve(python, PROFILES, port, "profiles:create_app()")


def serve(python: Path, folder: Path, port: str, application: str) -> None:
    # One process, several threads: SQLite has one writer anyway, and rates are counted in its memory.
    gunicorn = ("-m", "gunicorn", "--workers", "1", "--threads", "8", "--no-control-socket", "--log-level", "warning")
    gunicorn += ("--pythonpath", str(folder), "--bind", f"127.0.0.1:{port}", application)
    os.execv(python, [str(python), *gunicorn])


def test(*arguments: str) -> None:
    python = setup()
    if arguments:
        sys.exit(subprocess.call([python, "-m", "pytest", *arguments], cwd=ROOT))
    install_system_packages()
    environment("swift", *SWIFT_NEEDS)
    call(*azurite_command(), "--version", quiet=True)
    check()
    call(environment("bare"), "tests/bare/check_core.py")
    for framework in ("django", "flask"):
        call(environment(f"bare-{framework}", "--extra", framework), f"tests/bare/check_{framework}.py")
    # A file's tests share their servers; files are taken in the order that tests/conftest.py gives them.
    whole = ("-m", "pytest", "--numprocesses", "auto", "--dist", "loadfile", "--no-loadscope-reorder")
    call(python, *whole)
    newest = find_python(NEWEST)
    if newest and sys.version_info < NEWEST:
        # With another Django, the admin's pages are others; what else browsers, servers, kills and MariaDB do, and
        # what the site and the script say, has just been seen.
        done = [f"--ignore=tests/{place}" for place in (*BROWSERS, *PROOFS, *PAGES)]
        done += ("--ignore-glob=tests/e2e/test_*", "-k", "not mariadb")
        call(environment("test-newest", *TEST_NEEDS, python=newest), *whole, *done)
    elif sys.version_info < NEWEST:
        print("Python 3.13 was not found here: the tests ran with this Python's Django alone.")


def setup() -> Path:
    frontend()
    python = test_environment()
    catalogues()
    frontend("page", PROFILES / "page")
    return python


def test_environment() -> Path:
    return environment("test", *TEST_NEEDS, "--group", "check")


def check() -> None:
    python = setup()
    tools = python.parent
    data = {"SAFELIGHT_DATA": str(DEV / "check-data")}  # the example's settings make their folder when imported
    call(tools / "ruff", "check")
    call(tools / "ruff", "format", "--check")
    call(tools / "mypy", env=data)
    call(tools / "lint-imports")
    frontend("tsc", "--noEmit")
    frontend("page", PROFILES / "page", "tsc")
    frontend("biome", "ci", "--colors=off", ROOT)
    call(python, EXAMPLE / "manage.py", "check", "--fail-level", "WARNING", env=data)
    call(python, EXAMPLE / "manage.py", "makemigrations", "--check", "--dry-run", env=data)


def frontend(*arguments: str | Path) -> None:
    """The package's static files (nothing to do if they are built already), or with arguments what build.py says."""
    if arguments[:1] in (("package",), ("page",)):
        catalogues()  # out of which the npm package has its languages
    call(*node_tools(), *arguments)


def azurite_command() -> tuple[str | Path, ...]:
    """What starts the tests' Azure; it is installed from its lock file when it is first started."""
    return (*node_tools(), "in", ROOT / "tests" / "services" / "azurite", "azurite-blob")


def node_tools() -> tuple[str | Path, Path]:
    """The command that runs what is written for Node, the machine's own or one from PyPI."""
    script = ROOT / "frontend" / "build.py"
    has_node = runpy.run_path(str(script))["system_node"]()
    python = sys.executable if has_node else environment("node", "--only-group", "frontend")
    return python, script


def catalogues() -> None:
    """What Django reads of the translations (nothing to do if it is compiled already; installing Safelight does it)."""
    script = ROOT / "translations" / "build.py"
    if runpy.run_path(str(script))["stale"]():
        call(environment("messages", "--only-group", "messages"), script)


def messages(*languages: str) -> None:
    """The catalogues' messages are those of the sources as they are now; LANGUAGES begin a catalogue of their own."""
    python = setup()
    os.chdir(ROOT)  # whose translations are imported
    os.execv(python, [str(python), "-m", "translations.update", *languages])


def docs() -> None:
    python = environment(
        "docs-environment", "--extra", "drf", "--extra", "flask", "--extra", "sqlalchemy", "--group", "docs"
    )
    shutil.rmtree(SITE, ignore_errors=True)  # a page that was renamed would stay
    call(python, "-m", "sphinx", "--fail-on-warning", "--fresh-env", "--quiet", ROOT / "docs", SITE)
    print(f"The documentation is in {SITE}: {(SITE / 'index.html').as_uri()}")


def bench(*arguments: str) -> None:
    name, *options = arguments or ["intake"]
    script = ROOT / "benchmarks" / name / "run.py"
    if not script.exists():
        sys.exit(f"There is no benchmark {name!r} below benchmarks/.")
    if name == "jsonform":  # in a browser, with a peer that nothing else needs
        if not shutil.which("chromium"):
            install("chromium", "This benchmark needs Chromium")
        frontend()
        needs = ("--extra", "images", "--extra", "jsonform", "--group", "bench-jsonform")
        python = environment("bench-jsonform-environment", *needs)
        catalogues()
    elif name == "sweep":  # with the database of the tests
        install_system_packages()
        python = setup()
    else:
        python = environment("bench-environment", "--extra", "drf", "--extra", "images", "--group", "bench")
    os.execv(python, [str(python), str(script), *options])


def screenshots() -> None:
    """The pictures in the docs, taken of the example as it is now."""
    os.chdir(ROOT)  # whose tests start servers and browsers
    python = setup()
    os.execv(python, [str(python), "-m", "docs.screenshots"])


def corpus(*arguments: str) -> None:
    bench("corpus", *arguments)


def fuzz(*arguments: str) -> None:
    python = environment("fuzz-environment", "--group", "fuzz")
    os.chdir(ROOT)  # whose fuzz and tests are imported
    os.execv(python, [str(python), "-m", "fuzz.run", *arguments])


def faults(*arguments: str) -> None:
    python = test_environment()
    if "sqlite" not in arguments and "--short" not in arguments:
        install_postgresql()
    os.chdir(ROOT)  # whose faults and tests are imported
    os.execv(python, [str(python), "-m", "faults.run", *arguments])


def manage(*arguments: str) -> None:
    python = environment("example", *EXAMPLE_NEEDS)
    os.execv(python, [str(python), str(EXAMPLE / "manage.py"), *arguments])


def environment(name: str, *what: str, python: str = sys.executable) -> Path:
    """The interpreter of a virtual environment that has exactly what uv.lock says; quick if nothing has changed."""
    folder = DEV / name
    interpreter = folder / "bin" / "python"
    wanted = [python, UV, *what, (ROOT / "uv.lock").read_text(), (ROOT / "pyproject.toml").read_text()]
    stamp, digest = folder / "installed", hashlib.sha256("\n".join(wanted).encode()).hexdigest()
    if not (stamp.exists() and stamp.read_text() == digest and interpreter.exists()):
        print(f"Installing the {name} environment ...", flush=True)
        sync = ("sync", "--frozen", "--no-python-downloads", "--quiet", "--python", python, *what)
        call(uv(), *sync, env={"UV_PROJECT_ENVIRONMENT": str(folder)})
        stamp.write_text(digest)
    return interpreter


def uv() -> Path:
    """uv, which reads the lock file; installed beside the environments, never into the system."""
    folder = DEV / UV
    if not (folder / "bin" / "uv").exists():
        shutil.rmtree(folder, ignore_errors=True)
        if subprocess.call([sys.executable, "-c", "import ensurepip"], stderr=subprocess.DEVNULL):
            install("python3-venv", "This Python cannot make virtual environments")
        call(sys.executable, "-m", "venv", folder)
        call(folder / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", UV)
    return folder / "bin" / "uv"


def install_system_packages() -> None:
    """The real servers and the browser that the tests speak to. Without them those tests are skipped, and say so."""
    if not shutil.which("chromium"):
        install("chromium", "The browser tests need Chromium", required=False)
    install_postgresql()
    install_mariadb()


def install_postgresql() -> None:
    if not list(Path("/usr/lib/postgresql").glob("*/bin/initdb")) and not shutil.which("initdb"):
        # Debian would also start a server of its own.
        if os.geteuid() == 0 and Path("/etc/debian_version").exists():
            Path("/etc/postgresql-common/createcluster.d").mkdir(parents=True, exist_ok=True)
            Path("/etc/postgresql-common/createcluster.d/none.conf").write_text("create_main_cluster = false\n")
        install("postgresql", "The database tests need PostgreSQL", required=False)


def install_mariadb() -> None:
    """The programs alone: Debian's mariadb-server adds a service, its user, and its data in /var/lib/mysql."""
    programs = ("mariadbd", "mariadb-install-db", "my_print_defaults")
    if not all(shutil.which(program, path=f"{os.environ.get('PATH', '')}:/usr/sbin") for program in programs):
        install("mariadb-server-core mariadb-client-core", "The database tests need MariaDB", required=False)


def install(packages: str, why: str, required: bool = True) -> None:
    """Debian's packages, where we may install some; else the sentence that says what is missing."""
    if os.geteuid() == 0 and shutil.which("apt-get"):
        print(f"{why}: installing {packages} ...", flush=True)
        env = {"DEBIAN_FRONTEND": "noninteractive"}
        call("apt-get", "update", "-qq", env=env)
        call("apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages.split(), env=env, quiet=True)
    elif required:
        sys.exit(f"{why}. Install it first, for example: sudo apt install {packages}")
    else:
        print(f"{why}; some tests will be skipped. To run them: sudo apt install {packages}")


def check_port(setting: str, port: str) -> None:
    """Say now what gunicorn would say after the first admin's password has scrolled away."""
    try:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", int(port)))
    except (ValueError, OverflowError):
        sys.exit(f"{setting}: {port!r} is not a port.")
    except OSError as error:
        sys.exit(f"{setting}: port {port} cannot be used ({error.strerror}). Choose another.")


def find_python(version: tuple[int, int]) -> str | None:
    name = "python{}.{}".format(*version)
    pyenv = sorted(Path.home().glob(".pyenv/versions/{}.{}.*/bin/{}".format(*version, name)))
    found = [shutil.which(name), *map(str, pyenv)]
    return next(filter(works, filter(None, found)), None)


def works(python: str) -> bool:
    """pyenv's shims are on the PATH for versions that are not chosen, too."""
    return subprocess.call([python, "-c", ""], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) == 0


def call(*command: str | Path, env: dict[str, str] | None = None, cwd: Path = ROOT, quiet: bool = False) -> None:
    environ = os.environ | (env or {})
    code = subprocess.call(command, cwd=cwd, env=environ, stdout=subprocess.DEVNULL if quiet else None)
    if code:
        sys.exit(code)


if __name__ == "__main__":
    main()
