import { size as sizeIn } from "../size";

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

export function size(bytes: number): string {
  return sizeIn(bytes, language);
}

export function percent(share: number): string {
  return share.toLocaleString(language, { style: "percent" });
}
