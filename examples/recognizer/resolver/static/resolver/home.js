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

/** @param {string} id @param {string} text */
function say(id, text) {
  const element = document.getElementById(id);
  if (element) element.textContent = text;
}

/** @param {File} file @param {number} status @param {unknown} answer */
function showWire(file, status, answer) {
  say("status", String(status));
  say("answer", JSON.stringify(answer, null, 2));
  say("curl", curl(new URL(input.getAttribute("url") ?? "", location.href), file.name, encoding()));
  const wire = document.getElementById("wire");
  if (wire) wire.hidden = false;
}

function bringIntoView() {
  if (story.getBoundingClientRect().top > innerHeight / 2) story.scrollIntoView();
}

input.addEventListener("safelight:stored", (event) => {
  const { file, answer } = event.detail;
  const { receipt, ...rest } = /** @type {{receipt: import("./story.js").Receipt, image: string}} */ (answer.body);
  showReceipt(receipt, rest.image, encoding());
  showWire(file, answer.status, rest);
  bringIntoView();
});

input.addEventListener("safelight:refused", (event) => {
  const { file, refusal } = event.detail;
  showRefusal(file, refusal, encoding());
  if (refusal.answer?.body) showWire(file, refusal.answer.status, refusal.answer.body);
  bringIntoView();
});

for (const radio of document.querySelectorAll("[name=encoding]")) {
  radio.addEventListener("change", () => input.setAttribute("encoding", encoding()));
}
input.setAttribute("encoding", encoding()); // which a browser may have kept from the last visit

for (const button of /** @type {NodeListOf<HTMLButtonElement>} */ (document.querySelectorAll("[data-sample]"))) {
  button.addEventListener("click", async () => {
    const { sample = "", name = "" } = button.dataset;
    const blob = await (await fetch(sample)).blob();
    input.send(new File([blob], name, { type: blob.type }));
  });
}

copy.addEventListener("click", async () => {
  await navigator.clipboard.writeText(document.getElementById("curl")?.textContent ?? "");
  copy.textContent = "Copied";
  setTimeout(() => {
    copy.textContent = "Copy";
  }, 2000);
});
