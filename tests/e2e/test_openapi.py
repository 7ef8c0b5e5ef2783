"""The schema of the example's API and its docs page: complete, valid, and so true that trying it out works."""

import subprocess
import sys

import dev
import httpx
import pytest
import yaml
from drf_spectacular.validation import validate_schema
from playwright.sync_api import Locator, Page, expect
from tests.e2e.browser import log_in, needs_browser
from tests.e2e.checks import CREATE, assert_refused, one_more
from tests.e2e.server import Server

SCHEMA = "/api/schema/"
OPERATIONS = {
    ("get", "/api/images/"): "images_list",
    ("get", "/api/images/{id}/"): "images_retrieve",
    ("put", "/api/images/{id}/"): "images_update",
    ("patch", "/api/images/{id}/"): "images_partial_update",
    ("delete", "/api/images/{id}/"): "images_destroy",
    ("post", CREATE): "images_create",
    ("post", "/api/token/"): "token_create",
}


@pytest.fixture
def schema(anyone: httpx.Client) -> dict:
    return anyone.get(SCHEMA, headers={"Accept": "application/json"}).json()


def test_it_is_valid_and_without_a_warning(server: Server) -> None:
    command = [sys.executable, str(dev.EXAMPLE / "manage.py"), "spectacular", "--validate", "--fail-on-warn"]
    done = subprocess.run(command, env=server.environment, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_programs_have_it_as_yaml_or_json(anyone: httpx.Client, schema: dict) -> None:
    validate_schema(schema)
    for asked, kind in (
        ({}, "application/vnd.oai.openapi; charset=utf-8"),
        ({"headers": {"Accept": "application/yaml"}}, "application/yaml; charset=utf-8"),
        ({"params": {"format": "yaml"}}, "application/vnd.oai.openapi; charset=utf-8"),
        ({"params": {"format": "json"}}, "application/vnd.oai.openapi+json"),
        ({"headers": {"Accept": "application/vnd.oai.openapi+json"}}, "application/vnd.oai.openapi+json"),
    ):
        response = anyone.get(SCHEMA, **asked)
        assert (response.status_code, response.headers["Content-Type"]) == (200, kind)
        assert yaml.safe_load(response.text) == schema  # JSON is YAML
    assert anyone.get(SCHEMA, params={"format": "xml"}).status_code == 404
    assert_refused(anyone.post(SCHEMA, headers={"Accept": "application/json"}), 405, "method_not_allowed")


def test_operations_have_names_tags_and_summaries(schema: dict) -> None:
    found = {
        (method, path): operation for path, methods in schema["paths"].items() for method, operation in methods.items()
    }
    assert {place: operation["operationId"] for place, operation in found.items()} == OPERATIONS
    assert {operation["tags"][0] for operation in found.values()} == {"images", "token"}
    assert all(operation["summary"] and operation["description"] for operation in found.values())


def test_anybody_may_send_and_ask_for_a_token_and_staff_do_the_rest(schema: dict) -> None:
    by_staff = [{"tokenAuth": []}, {"cookieAuth": []}, {"basicAuth": []}]
    for (method, path), name in OPERATIONS.items():
        security = {"images_create": [*by_staff, {}], "token_create": None}.get(name, by_staff)
        assert schema["paths"][path][method].get("security") == security


def test_errors(schema: dict) -> None:
    statuses = {name: set(schema["paths"][path][method]["responses"]) for (method, path), name in OPERATIONS.items()}
    upload = {"400", "401", "403", "409", "411", "413", "415", "422", "503"}
    assert statuses["images_list"] == {"200", "401", "403", "404"}
    assert statuses["images_retrieve"] == {"200", "401", "403", "404"}
    assert statuses["images_destroy"] == {"204", "400", "401", "403", "404", "409", "422"}
    assert statuses["images_create"] == {"201", *upload}  # this server's rate is off
    assert statuses["images_update"] == statuses["images_partial_update"] == {"200", "404", *upload}
    assert statuses["token_create"] == {"200", "400", "411", "413", "415", "429"}


def test_what_may_be_repeated(schema: dict) -> None:
    for (method, path), name in OPERATIONS.items():
        headers = [each for each in schema["paths"][path][method].get("parameters", ()) if each["in"] == "header"]
        repeatable = name.startswith("images_") and method != "get"
        assert [each["name"] for each in headers] == ["Idempotency-Key"] * repeatable
    answers = schema["paths"]["/api/images/create/"]["post"]["responses"]
    assert set(answers["409"]["content"]["application/json"]["examples"]) == {
        "idempotency_in_progress",
        "answer_not_kept",
    }
    assert "Retry-After" in answers["409"]["headers"]


def test_an_old_token_does_not_stand_in_the_way_of_a_new_one(anyone: httpx.Client) -> None:
    """As the schema says: asking for one needs no authentication."""
    response = anyone.post("/api/token/", json={"username": "x"}, headers={"Authorization": "Token " + "0" * 40})
    assert_refused(response, 400, "required")


# --- the docs page --------------------------------------------------------------------------------------------------


@pytest.fixture
def docs(visit) -> Page:
    page = visit("/api/docs/")
    page.set_default_timeout(30_000)  # Swagger UI is 1.6 MB of script
    return page


def operation(page: Page, name: str) -> Locator:
    tag = name.partition("_")[0]
    found = page.locator(f"#operations-{tag}-{name}")
    found.get_by_role("button").first.click()
    return found


def expect_status(operation: Locator, status: int) -> None:
    shown = operation.locator(".live-responses-table .response-col_status").last
    expect(shown).to_have_text(str(status), timeout=30_000)


@needs_browser
def test_docs_run_under_the_strict_policy(anyone: httpx.Client, docs: Page) -> None:
    """Whatever is opened: `visit` fails at the first violation."""
    policy = "Content-Security-Policy"
    assert anyone.get("/api/docs/").headers[policy] == anyone.get("/").headers[policy]
    expect(docs).to_have_title("Recognizer API")
    for name in OPERATIONS.values():
        expect(operation(docs, name).locator(".responses-inner")).to_be_visible(timeout=30_000)
    docs.get_by_role("button", name="Authorize").click()
    expect(docs.get_by_role("heading", name="Available authorizations")).to_be_visible()
    docs.locator(".close-modal").click()
    for box in docs.locator(".model-container").all():
        box.get_by_role("button").first.click()


@needs_browser
@pytest.mark.parametrize("media_type", ["application/json", "application/x-www-form-urlencoded"])
def test_trying_out_base64(server: Server, docs: Page, media_type: str) -> None:
    """The example that stands there is accepted."""
    create = operation(docs, "images_create")
    create.get_by_role("button", name="Try it out").click()
    create.get_by_label("Request content type").select_option(media_type)
    with one_more(server):
        create.get_by_role("button", name="Execute").click()
        expect_status(create, 201)


@needs_browser
def test_trying_out_a_file(server: Server, docs: Page, jpeg: dict) -> None:
    create = operation(docs, "images_create")
    create.get_by_role("button", name="Try it out").click()
    create.get_by_label("Request content type").select_option("multipart/form-data")
    create.locator("input[type=file]").set_input_files(jpeg)
    with one_more(server):
        create.get_by_role("button", name="Execute").click()
        expect_status(create, 201)


@needs_browser
def test_trying_out_by_session(server: Server, visit) -> None:
    """Somebody who is logged in: the page's script has the CSRF token."""
    page = visit("/admin/login/?next=/api/docs/")
    log_in(page)
    create = operation(page, "images_create")
    create.get_by_role("button", name="Try it out").click()
    with one_more(server):
        create.get_by_role("button", name="Execute").click()
        expect_status(create, 201)


@needs_browser
def test_trying_out_by_token(docs: Page, staff_token: str) -> None:
    docs.get_by_role("button", name="Authorize").click()
    dialogue = docs.locator(".auth-container", has_text="tokenAuth")
    dialogue.get_by_role("textbox").fill(f"Token {staff_token}")
    dialogue.get_by_role("button", name="Apply credentials").click()
    docs.locator(".close-modal").click()
    found = operation(docs, "images_list")
    found.get_by_role("button", name="Try it out").click()
    found.get_by_role("button", name="Execute").click()
    expect_status(found, 200)
