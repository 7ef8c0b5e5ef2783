"""Faults 3, 4 and 5: what becomes of files."""

from __future__ import annotations

from collections.abc import Callable

from tests.faults.editor import HANDLER, Editor
from tests.faults.site import Site
from tests.faults.trial import Outcome, Trial, listed, picture


def values_are_repeated(trial: Trial) -> Outcome:
    editor = trial.editor()
    editor.add()
    sent = [editor.upload("cover", picture(61)), editor.upload("cover", picture(62))]
    editor.leave()
    editor.wait_for(lambda: bool(_given_up(trial.site, sent)), 5_000)
    named = _given_up(trial.site, sent)
    if not named:
        return Outcome(False, "The page was left, and nothing was sent.")
    how = "each by itself" if set(sent) <= set(named) else f"as {listed([repr(value) for value in named])}"
    return Outcome(set(sent) <= set(named), f"Two uploads of an abandoned page are named {how}.")


def _given_up(site: Site, sent: list[str]) -> list[str]:
    """The values in requests about these uploads."""
    values = [value for request in site.requests("DELETE", HANDLER) for value in request.query["value"]]
    return [value for value in values if any(name in value for name in sent)]


def no_orphans(trial: Trial) -> Outcome:
    ways: dict[str, Callable[[Editor], None]] = {
        "a replaced file": _replace,
        "a save that is rejected": _be_rejected,
        "a page that is left": _abandon,
        "a fileinput": _abandon_plain_input,
    }
    sent: dict[str, set[str]] = {}
    for name, way in ways.items():
        before = trial.site.files()
        editor = trial.editor()
        way(editor)
        sent[name] = trial.site.files() - before

    def orphaned() -> list[str]:
        orphans = _orphans(trial.site)
        return [name for name, files in sent.items() if files & orphans]

    def are_gone() -> bool:
        trial.kind.tidy(trial.site)
        return not orphaned()

    editor.wait_for(are_gone, 3_000)
    bad = orphaned()
    good = [name for name in ways if name not in bad]
    return Outcome(not bad, f"An orphan stays after {listed(bad)}; none after {listed(good)}.")


def _replace(editor: Editor) -> None:
    editor.add()
    editor.upload("cover", picture(11))
    assert editor.save()
    editor.change(editor.site.last_page())
    editor.upload("cover", picture(12))
    assert editor.save()


def _be_rejected(editor: Editor) -> None:
    """The page's name is required. The form is there again, with the file in it, and nobody saves it."""
    editor.add(name="")
    editor.upload("cover", picture(13))
    assert not editor.save()
    editor.wait_until_drawn()
    editor.leave()


def _abandon(editor: Editor) -> None:
    editor.add()
    editor.upload("cover", picture(14))
    editor.leave()


def _abandon_plain_input(editor: Editor) -> None:
    editor.add()
    editor.upload("attachment", picture(15))
    editor.leave()


def _orphans(site: Site) -> set[str]:
    """Files that no document names. A thumbnail has its picture's name, and some more."""
    text = site.text_of_all_documents()
    return {file for file in site.files() if file.removesuffix(".thumbnail.webp") not in text}


def used_file_stays(trial: Trial) -> Outcome:
    editor = trial.editor()
    editor.add()
    value = editor.upload("cover", picture(21))
    assert editor.save()
    page = trial.site.last_page()
    editor.add()
    editor.open_library("cover")
    editor.delete_from_library(value)
    trial.kind.tidy(trial.site)
    named = trial.site.document(page)["cover"]
    with trial.site.client() as client:
        status = client.get(f"/media/{named}").status_code
    gone = f"It is deleted, and the page that uses it names a file that answers {status}."
    return Outcome(status == 200, "It is not deleted." if status == 200 else gone)
