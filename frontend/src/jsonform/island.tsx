/** A document's form on a page of Django's: it takes the place of a text area, and writes the document into it. */
import { flushSync } from "react-dom";
import { createRoot } from "react-dom/client";
import { Files } from "../files";
import { parsed } from "../json";
import { parseConfig } from "./config";
import { Connection } from "./connection";
import { focusFirst } from "./focus";
import { JsonForm } from "./JsonForm";
import { Store } from "./store";
import { Uploads } from "./uploads";

/** Returns what takes it away again; nothing if there is nothing to mount: the text area then stays as it is. */
export function mount(root: HTMLElement): (() => void) | undefined {
  const area = root.querySelector("textarea");
  const script = root.querySelector("script[type='application/json']");
  const text = area?.value.trim() ?? "";
  const given = text ? parsed(text) : undefined;
  if (!script?.textContent || (text && given === undefined)) {
    root.dataset.plain = ""; // whoever wrote no JSON must see it
    return undefined;
  }
  const config = parseConfig(script.textContent);
  const store = new Store(config, given);
  const uploads = new Uploads();
  const current = () => store.snapshot().document;
  const context = { config, texts: config.texts, files: new Files(config.files), uploads, document: current };
  const label = area && document.querySelector<HTMLElement>(`label[for="${CSS.escape(area.id)}"]`);
  const name = label?.textContent?.replace(/:\s*$/, "").trim() || config.handlerArgs.field_name || "";

  const place = document.createElement("div");
  root.append(place);
  const react = createRoot(place);
  const form = <JsonForm store={store} context={context} id={area?.id || "document"} label={name} />;
  flushSync(() => react.render(form)); // so that what comes next finds its fields
  const connection = area && !config.readonly ? new Connection(area, place, store, uploads) : undefined;
  if (area) area.hidden = true;
  const focus = () => focusFirst(place, [[]]);
  label?.addEventListener("click", focus);

  const mistakes = store.mistakes();
  if (mistakes.length && document.activeElement === document.body) focusFirst(place, mistakes);
  return () => {
    connection?.end();
    label?.removeEventListener("click", focus);
    react.unmount();
    place.remove();
    if (area) area.hidden = false;
  };
}
