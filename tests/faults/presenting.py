"""Faults 15 to 19: what the form is for people who look at it, go through it by keyboard, or read another language."""

from __future__ import annotations

from tests.e2e.axe import violations
from tests.faults.editor import Editor
from tests.faults.schema import SCHEMA, document
from tests.faults.trial import Outcome, Trial, listed, picture, sentence

# What controls, headings and messages say: to screen readers, where they are told something else, and in hints.
_SAID = """(regions) => regions.flatMap((region) => [...document.querySelectorAll(region)]).flatMap((region) => {
    const said = [...region.querySelectorAll("button, [role=button], label, h2, h3, h4, legend, p, [role=status]")];
    return said.filter((element) => !element.querySelector("button, label")).flatMap((element) => [
        element.getAttribute("aria-label") ?? element.innerText,
        element.getAttribute("title") ?? "",
    ]);
}).map((text) => text.trim()).filter((text) => /[a-z]{2}/i.test(text))"""
_SHOWS_PICTURE = "(row) => [...row.querySelectorAll('img')].some((image) => image.complete && image.naturalWidth > 1)"


def viewer_sees_picture(trial: Trial) -> Outcome:
    editor = trial.editor()
    editor.add("To look at")
    editor.upload("logo", picture())
    assert editor.save()
    viewer = trial.editor("viewer")
    viewer.page.goto(f"/admin/pages/page/{trial.site.last_page()}/change/")
    row = viewer.page.locator(".field-body")
    row.wait_for()
    sees = viewer.wait_for(lambda: row.evaluate(_SHOWS_PICTURE), 3_000)
    has_base64 = ";base64," in row.inner_text()
    seen = "a picture" if sees else "no picture"
    return Outcome(sees and not has_base64, f"There is {seen}{', and base64 to read' if has_base64 else ''}.")


def tiles_by_keyboard(trial: Trial) -> Outcome:
    editor = trial.editor()
    editor.add()
    file = editor.upload("cover", picture(31))
    assert editor.save()
    troubles = []
    for key in ("Enter", "Space"):
        editor.add()
        editor.open_library("cover")
        if editor.has_lost_focus():
            troubles.append("the focus is lost when the library opens")
        editor.tile(file).focus()
        editor.page.keyboard.press(key)
        if not editor.wait_for(lambda: editor.value("cover") == file, 2_000):
            troubles.append(f"{key} on a tile does nothing")
        elif not editor.wait_for(lambda: not editor.has_lost_focus(), 1_000):
            troubles.append(f"the focus is lost after {key}")
    editor.add()
    editor.open_library("cover")
    editor.page.keyboard.press("Escape")
    editor.page.get_by_role("dialog").wait_for(state="detached")
    if not editor.wait_for(lambda: not editor.has_lost_focus(), 1_000):
        troubles.append("the focus is lost after Escape")
    return Outcome(not troubles, sentence(troubles) if troubles else "Enter and Space choose.")


def axe_finds_nothing(trial: Trial) -> Outcome:
    page = trial.site.add(
        document(gallery=[{"picture": "", "caption": "one"}, {"picture": "", "caption": "two"}], lines=["a"])
    )
    editor = trial.editor(reduced_motion="reduce")
    editor.change(page)
    found = _axe(editor)
    editor.upload("cover", picture())
    found += _axe(editor)
    editor.open_library("cover")
    found += _axe(editor)
    rules = sorted({fault.partition(":")[0] for fault in found})
    return Outcome(not found, f"It finds fault with {len(set(found)) or 'no'} elements: {listed(rules)}.")


def _axe(editor: Editor) -> list[str]:
    return violations(editor.page, include=tuple(editor.present()))


def strict_policy(trial: Trial) -> Outcome:
    editor = trial.editor()
    editor.add("Under a strict policy")
    editor.upload("cover", picture(41))
    editor.open_library("cover")
    found = editor.violations()
    shows_text = editor.page.locator("#id_body").is_visible()
    editor.add("Under a strict policy")
    editor.upload("cover", picture(42))
    is_saved = editor.save()
    troubles = [f"violations: {listed(found)}"] if found else []
    troubles += ["the text area that should be hidden shows"] if shows_text else []
    troubles += [] if is_saved else ["the page cannot be saved"]
    return Outcome(not troubles, sentence(troubles) if troubles else "No violation, and all works.")


def translated(trial: Trial) -> Outcome:
    page = trial.site.add(document(gallery=[{"picture": "", "caption": "one"}, {"picture": "", "caption": "two"}]))
    english, german = (_words_in(trial, locale, page) for locale in ("en", "de"))
    same = sorted(english & german)
    told = f": {listed([f'“{word}”' for word in same[:6]])}{', …' if same[6:] else ''}" if same else ""
    return Outcome(not same, f"Of {len(english)} texts {len(same) or 'none'} are English in a German admin{told}.")


def _words_in(trial: Trial, locale: str, page: int) -> set[str]:
    """But for the schema's, which are its author's."""
    editor = trial.editor(locale=locale)
    editor.change(page)
    editor.upload("cover", picture(51))
    said = editor.page.evaluate(_SAID, editor.regions)
    editor.open_library("cover")
    said += editor.page.evaluate(_SAID, editor.regions)
    titles = {"Picture", "Caption", *(name.capitalize() for name in SCHEMA["keys"])}
    return {text for text in said if text.rstrip(":") not in titles}
