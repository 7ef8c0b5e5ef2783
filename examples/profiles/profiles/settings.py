"""Everything a deployment would choose comes from the environment (see docs/reference/profiles.md)."""

import os
import re
from dataclasses import dataclass, field
from pathlib import Path

BASE = Path(__file__).resolve().parent.parent

_DEFAULT_PORTS = "https://[^,]*:443(,|$)|http://[^,]*:80(,|$)"  # which no browser names
_ORIGIN = rf"(?!{_DEFAULT_PORTS})(null|[a-z][a-z0-9+.-]*://([a-z0-9.-]+|\[[0-9a-f:]+\])(:[0-9]+)?)"


@dataclass(frozen=True)
class Settings:
    data: Path
    database: str = field(repr=False)  # URLs with passwords in them
    storage: str = field(repr=False)
    max_bytes: int
    login_rate: str
    """None if empty."""
    proxies: int
    """How many proxies before us say truly for whom they speak. Without one, anybody could say anything."""
    hosts: tuple[str, ...]
    origins: tuple[str, ...]
    """Pages from there may use the API, by token and without cookies."""
    backend: str
    """Where our page finds the API, if that is another origin than its own."""

    @classmethod
    def from_environment(cls) -> "Settings":
        data = Path(os.environ.get("SAFELIGHT_DATA") or BASE.parent.parent / ".data" / "profiles").resolve()
        data.mkdir(parents=True, exist_ok=True)
        rate = _setting("SAFELIGHT_LOGIN_RATE", "20/minute", r"off|[1-9]\d*/(second|minute|hour|day)", "a rate or off")
        origins = _setting(
            "SAFELIGHT_CORS",
            "",
            rf"({_ORIGIN}(, ?{_ORIGIN})*)?",
            "a list of origins as browsers send them, with commas; a wildcard would be everybody",
            "https://localhost,http://192.168.1.9:5173",
        )
        backend = _setting("BACKEND_URL", "", r"(https?://[\w.:\[\]-]+)?", "an origin", "https://api.example.org")
        database = os.environ.get("SAFELIGHT_DATABASE") or f"sqlite:///{data / 'profiles.sqlite3'}"
        return cls(
            data,
            re.sub(r"^postgres(ql)?://", "postgresql+psycopg://", database),
            os.environ.get("SAFELIGHT_STORAGE") or (data / "media").as_uri(),
            int(_setting("SAFELIGHT_MAX_BYTES", "20000000", r"[1-9]\d*", "a number of bytes")),
            "" if rate == "off" else rate,
            int(_setting("SAFELIGHT_PROXIES", "0", r"\d", "a number of proxies")),
            tuple(filter(None, os.environ.get("SAFELIGHT_HOSTS", "").split(","))),
            tuple(origin.strip() for origin in origins.split(",") if origin),
            backend,
        )

    def flask(self) -> dict[str, object]:
        options = {"connect_args": {"timeout": 20}} if self.database.startswith("sqlite") else {"pool_pre_ping": True}
        return {
            "SQLALCHEMY_DATABASE_URI": self.database,
            "SQLALCHEMY_ENGINE_OPTIONS": options | {"hide_parameters": True},  # hashes and addresses are not for logs
            "SAFELIGHT_STORAGE": self.storage,
            "TRUSTED_HOSTS": ["localhost", "127.0.0.1", "[::1]", *self.hosts],
            "MAX_CONTENT_LENGTH": 100_000,  # of what is no picture: those have a policy
        }


def _setting(name: str, default: str, pattern: str, meaning: str, example: str = "") -> str:
    value = os.environ.get(name) or default
    if not re.fullmatch(pattern, value):
        raise SystemExit(f"{name}: {value!r} is not {meaning} (for example {example or default}).")
    return value
