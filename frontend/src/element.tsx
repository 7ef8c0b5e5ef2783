/** `<safelight-file-input>`: the React component for pages without React. Without JavaScript, whatever stands between its
 * tags is shown instead: a plain form with a file input.
 *
 *     <safelight-file-input url="/api/images/create/" field="image" label="A picture" crop camera>...</safelight-file-input>
 *
 * Attributes: url, field, label; hint, accept, max-bytes, encoding (multipart, json, form), crop (a ratio like 1, or
 * nothing), camera, confirm, csrf-cookie (Django's by default), texts (JSON: what `Texts` has, in another language).
 * Events: safelight:sending, safelight:stored and safelight:refused, with { file }, { file, answer } and
 * { file, refusal } as detail.
 * Methods: send(file).
 */
import { createRoot, type Root } from "react-dom/client";
import type { Answer, Refusal } from "./answer";
import { csrf } from "./csrf";
import "./file-input.css";
import { FileInput } from "./FileInput";
import { ENGLISH, type Texts } from "./texts";
import { type Encoding, upload } from "./upload";

export interface SafelightEvents {
  "safelight:sending": CustomEvent<{ file: File }>;
  "safelight:stored": CustomEvent<{ file: File; answer: Answer }>;
  "safelight:refused": CustomEvent<{ file: File; refusal: Refusal }>;
}

export class SafelightFileInput extends HTMLElement {
  static readonly observedAttributes = ["encoding", "label", "hint", "accept", "max-bytes", "texts"];

  #root: Root | undefined;
  #preset: { file: File } | undefined;

  connectedCallback() {
    this.#root ??= createRoot(this);
    this.#render();
  }

  disconnectedCallback() {
    this.#root?.unmount();
    this.#root = undefined;
    this.#preset = undefined; // an element that is moved must not send it again
  }

  attributeChangedCallback() {
    this.#render();
  }

  /** As if somebody had chosen this file, without asking before it is sent. */
  send(file: File) {
    this.#preset = { file };
    this.#render();
  }

  #render() {
    if (!this.#root) return;
    const crop = this.getAttribute("crop");
    const texts: Texts = { ...ENGLISH, ...JSON.parse(this.getAttribute("texts") || "{}") };
    this.#root.render(
      <FileInput
        send={(file, options) => upload(file, this.#destination(), options)}
        label={this.getAttribute("label") ?? ""}
        hint={this.getAttribute("hint") ?? ""}
        texts={texts}
        accept={this.getAttribute("accept") ?? "image/*"}
        maxBytes={Number(this.getAttribute("max-bytes")) || undefined}
        crop={crop === null ? false : Number(crop) || true}
        camera={this.hasAttribute("camera")}
        confirm={this.hasAttribute("confirm")}
        preset={this.#preset}
        onSending={(file) => this.#tell("safelight:sending", { file })}
        onStored={(answer, file) => this.#tell("safelight:stored", { file, answer })}
        onRefused={(refusal, file) => this.#tell("safelight:refused", { file, refusal })}
      />,
    );
  }

  #destination() {
    return {
      url: this.getAttribute("url") ?? "",
      field: this.getAttribute("field") ?? "file",
      encoding: (this.getAttribute("encoding") ?? "multipart") as Encoding,
      headers: (url: string) => csrf(url, this.getAttribute("csrf-cookie") ?? "csrftoken"),
    };
  }

  #tell<Name extends keyof SafelightEvents>(event: Name, detail: SafelightEvents[Name]["detail"]) {
    this.dispatchEvent(new CustomEvent(event, { detail, bubbles: true }));
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "safelight-file-input": SafelightFileInput;
  }
  interface HTMLElementEventMap extends SafelightEvents {}
}

customElements.define("safelight-file-input", SafelightFileInput);
