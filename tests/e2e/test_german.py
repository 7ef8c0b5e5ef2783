"""A browser that speaks German: the admin, the form of a document, and what the server says in them, read and heard."""

import base64
from collections.abc import Callable, Iterator

import httpx
import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from tests.e2e.browser import needs_browser
from tests.e2e.server import Server
from tests.faults.editor import Editor
from tests.faults.safelight_editor import SafelightEditor
from tests.faults.site import Site
from tests.faults.trial import picture
from tests.pictures import png

ASKED = {"Accept-Language": "de-AT,de;q=0.9,en;q=0.5"}
REFUSED = "Das ist eine HTML-Seite; erlaubt: AVIF, GIF, JPEG, PNG und WebP."
GERMAN = {"locale": "de-DE"}


def big_png(size: int) -> dict:
    """A picture of so many bytes, the last of which will not be kept."""
    content = png(40, 30)
    return {"name": "groß.png", "mimeType": "image/png", "buffer": content + bytes(size - len(content))}


class TestServer:
    def test_answers_in_the_language_that_is_asked_for(self, anyone: httpx.Client) -> None:
        body = {"image": base64.b64encode(b"<html>").decode()}
        answer = anyone.post("/api/images/create/", json=body, headers=ASKED)
        assert answer.json() == {"code": "type_not_allowed", "detail": REFUSED, "image": [REFUSED]}
        assert answer.headers["Content-Language"] == "de"
        assert answer.headers["Vary"].lower().count("accept-language") == 1
        others = [anyone.post("/api/images/create/", json=body, headers={"Accept-Language": it}) for it in ("en", "fr")]
        assert {other.json()["detail"] for other in others} == {
            "This is an HTML page; accepted: AVIF, GIF, JPEG, PNG and WebP."
        }

    def test_problem_details_too(self, anyone: httpx.Client) -> None:
        problem = anyone.get("/media/2026/11/20/none.jpg", headers=ASKED).json()
        assert problem["title"] == "Diese Datei gibt es nicht"
        assert problem["detail"] == "Unter diesem Schlüssel gibt es keine Datei."
        assert problem["code"] == "unknown_key"

    def test_numbers_have_a_comma(self, new_server: Callable[..., Server]) -> None:
        server = new_server(SAFELIGHT_MAX_BYTES="2500000", SAFELIGHT_UPLOAD_RATE="off")
        with server.client(headers=ASKED) as client:
            answer = client.post("/api/images/create/", files={"image": ("a.png", bytes(6_200_000))}).json()
        assert answer["detail"].startswith("Die Datei ist zu groß: Erlaubt sind höchstens 2,5 MB")


@needs_browser
class TestAdmin:
    @pytest.fixture
    def page(self, server: Server, visit: Callable[..., Page], staff_cookies: dict[str, str]) -> Page:
        cookies = [{"name": name, "value": value, "url": server.url} for name, value in staff_cookies.items()]
        page = visit("/admin/resolver/image/add/", storage_state={"cookies": cookies}, **GERMAN)
        expect(page.locator("html")).to_have_attribute("lang", "de")
        return page

    def test_says_what_was_chosen(self, page: Page) -> None:
        expect(page.locator(".safelight-drop")).to_contain_text("Datei hier ablegen oder einfügen.")
        expect(page.locator(".safelight-drop")).to_contain_text("AVIF, GIF, JPEG, PNG, WebP, bis zu 20 MB")
        page.locator("#id_image").set_input_files(big_png(2_500_000))
        expect(page.get_by_role("status")).to_have_text("Ausgewählt: groß.png, 2,5 MB.")
        page.get_by_role("button", name="Ausgewählte Datei entfernen").click()
        expect(page.get_by_role("status")).to_have_text("Es ist keine Datei mehr ausgewählt.")
        page.locator("#id_image").set_input_files(big_png(20_500_000))
        expect(page.locator(".safelight-drop")).to_contain_text(
            "Diese Datei ist zu groß: Erlaubt sind höchstens 20 MB, sie hat 20,5 MB."
        )

    def test_says_at_the_field_why_it_was_refused(self, page: Page, html: dict) -> None:
        page.locator("#id_image").set_input_files(html)
        page.get_by_role("button", name="Sichern", exact=True).click()
        expect(page.locator(".errorlist")).to_have_text(REFUSED)
        expect(page.locator(".errornote")).to_have_text("Bitte den unten aufgeführten Fehler korrigieren.")

    def test_tells_the_facts(self, page: Page) -> None:
        page.locator("#id_image").set_input_files(big_png(1_234_000))
        page.get_by_role("button", name="Sichern und weiter bearbeiten").click()
        names = "Art, Typ, Abmessungen, Größe, Gesendet als, Gespeichert, Speicher, Zustand, Verwendet von, Schlüssel"
        facts = page.get_by_role("complementary", name="Gespeicherte Dateien")
        expect(facts.locator("dt")).to_have_text([*names.split(", "), "SHA-256"])
        expect(facts).to_contain_text("1 Zeile")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with Site(tmp_path_factory.mktemp("german") / "site", "tests.faults.pages.settings", STRICT="1") as site:
        yield site
        assert not site.troubles(), site.troubles()


@needs_browser
class TestDocument:
    @pytest.fixture
    def editor(self, site: Site, browser: Browser) -> Iterator[Editor]:
        editor = SafelightEditor(site, browser, **GERMAN)
        editor.add("Eine Seite")
        yield editor
        assert editor.violations() == []
        assert editor.errors == []
        editor.context.close()

    def row(self, editor: Editor, at: str) -> Locator:
        return editor.page.locator(f'[data-path="{at}"]')

    def test_offers_what_can_be_done(self, editor: Editor) -> None:
        cover = self.row(editor, "cover")
        expect(cover).to_contain_text("Datei auswählen")
        expect(cover).to_contain_text("AVIF, GIF, JPEG, PNG oder WebP, bis zu 10 MB")
        editor.upload("cover", picture(71))
        expect(cover.get_by_role("status")).to_have_text(
            "photo-71.png ist hochgeladen. Um die Datei zu behalten, bitte das Formular sichern."
        )
        expect(cover.get_by_role("img", name="Vorschau von photo-71.png")).to_be_visible()
        cover.get_by_role("button", name="Entfernen", exact=True).click()
        expect(cover.get_by_role("status")).to_have_text("Entfernt.")

    def test_says_at_the_field_why_it_was_refused(self, editor: Editor, html: dict) -> None:
        editor.choose("cover", html)
        expect(self.row(editor, "cover").locator(".safelight-message")).to_have_text(REFUSED)
        editor.choose("logo", html)  # which stays in the document, and comes with the form
        assert editor.wait_for(lambda: editor.value("logo") is not None)
        assert not editor.save()
        expect(self.row(editor, "logo").locator(".errorlist")).to_contain_text(REFUSED)

    def test_says_while_it_is_sent_how_much_of_it(self, editor: Editor) -> None:
        cover = self.row(editor, "cover")
        with editor.uploads_held():
            editor.choose("cover", picture(72))
            expect(cover.get_by_role("progressbar", name="Hochladen")).to_be_visible()
            editor.page.get_by_role("button", name="Sichern", exact=True).click()
            expect(editor.page.get_by_text("Noch laufende Übertragungen: 1.")).to_be_visible()
            editor.page.get_by_role("button", name="Nicht sichern").click()
            cover.get_by_role("button", name="Abbrechen").click()
        expect(cover.get_by_role("status")).to_have_text("Abgebrochen. Es wurde nichts gespeichert.")

    def test_says_to_who_cannot_see_it_what_happened_to_the_rows(self, editor: Editor) -> None:
        gallery = self.row(editor, "gallery")
        add = gallery.get_by_role("button", name="hinzufügen")
        add.click()
        add.click()
        gallery.get_by_role("button", name="nach unten verschieben").first.click()
        expect(gallery.locator("> [role=status], [role=status]").filter(has_text="Stelle")).to_have_text(
            "An Stelle 2 von 2 verschoben."
        )
        gallery.get_by_role("button", name="entfernen").last.click()
        expect(gallery.get_by_role("status").filter(has_text="Entfernt")).to_have_text("Entfernt. Noch vorhanden: 1.")

    def test_shows_the_library(self, editor: Editor) -> None:
        editor.upload("cover", picture(73))
        assert editor.save()
        editor.add("Noch eine")
        self.row(editor, "cover").get_by_role("button", name="Aus der Mediathek auswählen").click()
        library = editor.page.get_by_role("dialog", name="Aus der Mediathek auswählen")
        expect(library.get_by_label("Suchen")).to_be_visible()
        used = library.locator("li", has=editor.page.get_by_role("button", name="photo-73.png auswählen"))
        expect(used).to_contain_text("Verwendet in: page „Page object")
        library.get_by_label("Suchen").fill("gibt es nicht")
        expect(library).to_contain_text("Für „gibt es nicht“ wurde nichts gefunden.")
        expect(library.get_by_role("status")).to_have_text("Angezeigte Dateien: 0.")
        library.get_by_label("Suchen").fill("photo-73")
        used.get_by_role("button", name="photo-73.png löschen").click()
        asked = editor.page.get_by_role("dialog", name="photo-73.png löschen")
        asked.get_by_role("button", name="Löschen", exact=True).click()
        expect(asked.get_by_role("alert")).to_contain_text(
            "photo-73.png wird verwendet und kann nicht gelöscht werden:"
        )
        asked.get_by_role("button", name="Schließen").click()
        library.get_by_role("button", name="Schließen").click()

    def test_says_when_the_session_has_ended(self, editor: Editor, site: Site) -> None:
        site.end_sessions()
        editor.choose("cover", picture(74))
        expect(self.row(editor, "cover")).to_contain_text("Sie sind nicht mehr angemeldet.")
