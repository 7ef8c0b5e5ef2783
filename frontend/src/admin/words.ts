/** What is said, in the language of the page: the server writes it into the script's own element
 * (safelight/django/admin/words.py). */
type Word =
  | "drop"
  | "upTo"
  | "anyUpTo"
  | "now"
  | "willBe"
  | "nothing"
  | "remove"
  | "chosen"
  | "kept"
  | "removed"
  | "first"
  | "tooLarge"
  | "wrongKind"
  | "sending"
  | "sent"
  | "upload"
  | "of"
  | "cancel"
  | "cancelled"
  | "loggedOut"
  | "logIn"
  | "thenSave"
  | "tooLargeForServer"
  | "forbidden"
  | "noAnswer"
  | "unreadable"
  | "broken"
  | "unanswered"
  | "again";

const script = document.querySelector<HTMLScriptElement>("script[data-safelight]");
const words: Partial<Record<Word, string>> = JSON.parse(script?.dataset.safelight ?? "{}");

export function say(word: Word, values: Record<string, string | number> = {}): string {
  return (words[word] ?? word).replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ""));
}

const language = document.documentElement.lang;

/** A number of bytes as a person reads it: 20 MB, 2.5 MB, 640 kB. As `../size.ts`, which would be a file of its own for
 * this script to wait for. */
export function size(bytes: number): string {
  const [unit, name] = bytes >= 1e6 ? [1e6, "megabyte"] : bytes >= 1e3 ? [1e3, "kilobyte"] : [1, "byte"];
  const unitDisplay = unit === 1 ? "long" : "short";
  const options = { style: "unit", unit: name, unitDisplay, maximumSignificantDigits: 3 } as const;
  return (bytes / unit).toLocaleString(language, options);
}

export function percent(share: number): string {
  return share.toLocaleString(language, { style: "percent" });
}
