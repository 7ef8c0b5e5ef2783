// Sends what is chosen, as the page's switch says, and shows what became of it.
// @ts-check
import { curl } from "./curl.js";
import { showReceipt, showRefusal } from "./story.js";

/** @typedef {"multipart" | "json" | "form"} Encoding */

const input = /** @type {import("../../../../../frontend/src/element").SafelightFileInput} */ (
  document.querySelector("safelight-file-input")
);
const story = /** @type {HTMLElement} */ (document.getElementById("story"));
const copy = /** @type {HTMLButtonElement} */ (document.getElementById("copy"));

/** @returns {Encoding} */
function encoding() {
  const chosen = /** @type {HTMLInputElement} */ (document.querySelector("[name=encoding]:checked"));
  return /** @type {Encoding} */ (chosen.value);
}

/** Of the file that is under way, or was sent last: the switch may have been turned since. */
let sentAs = encoding();

/** @param {string} id @param {string} text */
function say(id, text) {
  const element = document.getElementById(id);
  if (element) element.textContent = text;
}

/** @param {File} file @param {import("../../../../../frontend/src/answer").Answer | undefined} answer */
function showWire(file, answer) {
  const wire = document.getElementById("wire");
  if (wire) wire.hidden = !answer?.body;
  if (!answer?.body) return;
  const { receipt: _, ...body } = /** @type {Record<string, unknown>} */ (answer.body);
  say("status", String(answer.status));
  say("answer", JSON.stringify(body, null, 2));
  say("curl", curl(new URL(input.getAttribute("url") ?? "", location.href), file.name, sentAs));
}

function bringIntoView() {
  if (story.getBoundingClientRect().top > innerHeight / 2) story.scrollIntoView();
}

input.addEventListener("safelight:stored", (event) => {
  const { file, answer } = event.detail;
  const stored = /** @type {{receipt: import("./story.js").Receipt, image: string} | null} */ (answer.body);
  if (stored) showReceipt(stored.receipt, stored.image, sentAs);
  showWire(file, answer);
  bringIntoView();
});

input.addEventListener("safelight:refused", (event) => {
  const { file, refusal } = event.detail;
  showRefusal(file, refusal, sentAs);
  showWire(file, refusal.answer);
  bringIntoView();
});

input.addEventListener("safelight:sending", () => {
  sentAs = encoding();
});

for (const radio of document.querySelectorAll("[name=encoding]")) {
  radio.addEventListener("change", () => input.setAttribute("encoding", encoding()));
}
input.setAttribute("encoding", encoding()); // which a browser may have kept from the last visit

for (const button of /** @type {NodeListOf<HTMLButtonElement>} */ (document.querySelectorAll("[data-sample]"))) {
  button.addEventListener("click", async () => {
    const { sample = "", name = "" } = button.dataset;
    const response = await fetch(sample);
    if (!response.ok) throw new Error(`${sample}: ${response.status}`);
    const blob = await response.blob();
    input.send(new File([blob], name, { type: blob.type }));
  });
}

copy.hidden = !navigator.clipboard; // which browsers keep to secure addresses
copy.addEventListener("click", async () => {
  await navigator.clipboard.writeText(document.getElementById("curl")?.textContent ?? "");
  copy.textContent = "Copied";
  setTimeout(() => {
    copy.textContent = "Copy";
  }, 2000);
});
