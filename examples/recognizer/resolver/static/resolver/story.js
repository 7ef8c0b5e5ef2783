// What became of a picture, told step by step: a receipt, or where it was refused.
// @ts-check
import { element, list, megabytes } from "./elements.js";
import { map } from "./map.js";

/**
 * @typedef {object} Revealed
 * @property {number} [latitude]
 * @property {number} [longitude]
 * @property {string} [taken]
 * @property {string} [camera]
 * @property {string} [serial_number]
 * @property {string} [owner]
 * @property {boolean} [thumbnail]
 *
 * @typedef {object} Receipt
 * @property {string} key
 * @property {string} storage
 * @property {string} media_type
 * @property {number} size
 * @property {string} sha256
 * @property {number | null} width
 * @property {number | null} height
 * @property {number} received
 * @property {number} frames
 * @property {{what: string, size: number}[]} removed
 * @property {Revealed | null} revealed
 */

const STEPS = ["receive", "inspect", "sanitise", "store"];

/** Where each refusal of Safelight's table is made; every other one while the bytes are inspected. */
const MADE_IN = new Map([
  ["too_large", "receive"],
  ["empty", "receive"],
  ["bad_base64", "receive"],
  ["bad_data_url", "receive"],
  ["malformed", "receive"],
  ["length_required", "receive"],
  ["throttled", "receive"],
  ["network", "receive"],
  ["unreadable", "receive"],
  ["error", "receive"],
  ["malware", "sanitise"],
  ["decoder_unavailable", "inspect"],
  ["storage_unavailable", "store"],
]);

const SENT_AS = {
  multipart: "as a form file",
  json: "as base64 in JSON",
  form: "as base64 in a form field",
};

/** @param {Receipt} receipt @param {string} url @param {import("./home.js").Encoding} encoding */
export function showReceipt(receipt, url, encoding) {
  tell("receive", "done", element("p", {}, `${megabytes(receipt.received)} came ${SENT_AS[encoding]}.`));
  const frames = receipt.frames > 1 ? `, ${receipt.frames} frames` : "";
  const format = receipt.media_type.replace("image/", "").toUpperCase().replace("WEBP", "WebP");
  const size = `${receipt.width} × ${receipt.height} pixels${frames}`;
  tell("inspect", "done", element("p", {}, `${format}, ${size}, whole up to its end.`));
  tell("sanitise", "done", ...takenOut(receipt));
  tell("store", "done", ...stored(receipt, url));
}

/**
 * @param {File} file
 * @param {{code: string, message: string, answer?: {status: number, body: unknown} | undefined}} refusal
 * @param {import("./home.js").Encoding} encoding
 */
export function showRefusal(file, refusal, encoding) {
  const at = MADE_IN.get(refusal.code) ?? "inspect";
  for (const step of STEPS) {
    if (STEPS.indexOf(step) > STEPS.indexOf(at)) tell(step, "skipped");
    else if (step !== at) {
      tell(step, "done", step === "receive" ? element("p", {}, `${megabytes(file.size)} came ${SENT_AS[encoding]}.`) : "");
    } else {
      const reason = element("p", { class: "refusal" }, refusal.message);
      const words = "Nothing was stored: no byte, no row, no temporary file.";
      // Where the server itself failed, or did not answer, nobody here can say that.
      const isSure = refusal.answer?.body && refusal.answer.status < 500;
      tell(step, "refused", reason, ...(isSure ? [element("p", {}, words)] : []));
    }
  }
}

/** @param {string} step @param {"done" | "refused" | "skipped"} outcome @param {...(Node | string)} found */
function tell(step, outcome, ...found) {
  const item = document.getElementById(step);
  if (!item) return;
  item.dataset.outcome = outcome;
  item.querySelector(".found")?.remove();
  if (found.length) item.append(element("div", { class: "found" }, ...found));
}

/** @param {Receipt} receipt */
function takenOut({ received, size, removed, revealed }) {
  if (!removed.length) return [element("p", {}, "There was nothing to take out.")];
  const entries = removed.map((entry) => /** @type {[string, string]} */ ([entry.what, megabytes(entry.size)]));
  const found = [element("p", {}, `${megabytes(received)} before, ${megabytes(size)} after. Taken out:`), list(entries)];
  if (!revealed) return found;
  const told = element("figure", { class: "revealed" }, element("figcaption", {}, "The EXIF would have told everybody"));
  if (revealed.latitude !== undefined && revealed.longitude !== undefined) {
    told.append(map(revealed.latitude, revealed.longitude));
  }
  told.append(list(facts(revealed)));
  return [...found, told];
}

/** @param {Revealed} revealed @returns {[string, string][]} */
function facts({ latitude, longitude, taken, camera, serial_number: serial, owner, thumbnail }) {
  /** @type {[string, string][]} */
  const found = [];
  if (latitude !== undefined && longitude !== undefined) {
    const north = `${Math.abs(latitude).toFixed(4)}° ${latitude < 0 ? "S" : "N"}`;
    found.push(["where", `${north}, ${Math.abs(longitude).toFixed(4)}° ${longitude < 0 ? "W" : "E"}`]);
  }
  if (taken) found.push(["when", taken.replace(/^(\d+):(\d+):/, "$1-$2-")]);
  if (camera) found.push(["camera", camera]);
  if (serial) found.push(["its number", serial]);
  if (owner) found.push(["whose", owner]);
  if (thumbnail) found.push(["and", "a small copy of the picture"]);
  return found;
}

/** @param {Receipt} receipt @param {string} url */
function stored({ key, storage, size, sha256, width, height }, url) {
  const picture = element("img", { src: url, alt: "The stored picture", id: "picture" });
  if (width && height) Object.assign(picture, { width, height });
  return [
    element("a", { href: url, class: "picture" }, picture),
    list([
      ["key", key],
      ["storage", storage],
      ["size", megabytes(size)],
      ["SHA-256", sha256],
    ]),
  ];
}
