/** Sizes for people, in the words and numbers of their language. */

/** A number of bytes as Safelight's own messages say it: 20 MB, 2.5 MB, 640 kB (1 MB = 1,000,000 bytes). */
export function size(bytes: number, language: string): string {
  if (bytes >= 1_000_000) return measure(bytes / 1_000_000, "megabyte", language);
  if (bytes >= 1_000) return measure(bytes / 1_000, "kilobyte", language);
  return measure(bytes, "byte", language);
}

function measure(amount: number, unit: string, language: string): string {
  const unitDisplay = unit === "byte" ? "long" : "short";
  return amount.toLocaleString(language, { style: "unit", unit, unitDisplay, maximumSignificantDigits: 3 });
}
