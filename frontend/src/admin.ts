/** Django's admin: a form in which files are chosen, seen and sent. Nothing here decides anything: without this script
 * the form works as Django's own. */
import "./admin.css";
import { enhance, ignoreStrayDrops, takePastedFiles } from "./admin/chooser";
import { sendWithProgress } from "./admin/sending";

function enhanceAll(root: ParentNode): void {
  for (const input of root.querySelectorAll<HTMLInputElement>("input[type=file][data-safelight-max-bytes]")) {
    // Django copies the empty form of an inline; listeners would not be copied with it.
    if (!input.closest(".empty-form, .safelight-drop")) enhance(input);
  }
}

enhanceAll(document);
document.addEventListener("formset:added", (event) => enhanceAll(event.target as HTMLElement));
takePastedFiles();
ignoreStrayDrops();
sendWithProgress();
