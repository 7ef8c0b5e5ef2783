/** What a string with a format must look like; the server's rules (`text_formats.py`), so that both say the same. */

const ATOM = "[\\p{L}\\p{N}_!#$%&'*+/=?^`{|}~-]+";
const EMAIL = new RegExp(`^${ATOM}(?:\\.${ATOM})*@(?:[\\p{L}\\p{N}_-]+\\.)+[\\p{L}\\p{N}_-]+$`, "u");
const DATE = /^\d{4}-\d\d-\d\d$/;
const TIME = /^(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)?$/;
const COLOR = /^#(?:[0-9A-Fa-f]{3}){1,2}$/;
const SCRIPTS = ["data:", "javascript:", "vbscript:"];
// biome-ignore lint/suspicious/noControlCharactersInRegex: browsers skip some of these, and then read another scheme
const NO_ADDRESS = /[\s\x00-\x20\x7f<>"\\^`{|}]/;

export type FormatMistake = "bad_email" | "bad_date" | "bad_time" | "bad_date_time" | "bad_uri" | "bad_color";

const FORMATS: Readonly<Record<string, [(text: string) => boolean, FormatMistake]>> = {
  email: [(text) => text.length <= 320 && EMAIL.test(text), "bad_email"],
  date: [isDate, "bad_date"],
  time: [(text) => TIME.test(text), "bad_time"],
  "date-time": [isDateTime, "bad_date_time"],
  uri: [(text) => isAddress(text) && /^[a-z][a-z0-9+.-]*:/i.test(text), "bad_uri"],
  "uri-reference": [isAddress, "bad_uri"],
  color: [(text) => COLOR.test(text), "bad_color"],
};

/** Of any other format nothing is asked. */
export function formatMistake(format: string | undefined, text: string): FormatMistake | undefined {
  const [fits, mistake] = FORMATS[format ?? ""] ?? [];
  return fits?.(text) ? undefined : mistake;
}

function isDate(text: string): boolean {
  const date = new Date(`${text}T00:00:00Z`);
  return DATE.test(text) && !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text); // no 31 February
}

function isDateTime(text: string): boolean {
  return isDate(text.slice(0, 10)) && /^[T ]/.test(text.slice(10)) && TIME.test(text.slice(11));
}

function isAddress(text: string): boolean {
  if (NO_ADDRESS.test(text)) return false;
  try {
    return !SCRIPTS.includes(new URL(text, location.href).protocol);
  } catch {
    return false;
  }
}
