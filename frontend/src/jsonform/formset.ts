/** Rows of Django's formsets. An empty one that nobody touched is not saved: so it must not be filled in, either. */

/** Whether `area` is in a row that is there only to be filled in, and of which nothing else is. */
export function isUnusedRow(area: HTMLTextAreaElement): boolean {
  const [, prefix, number] = /^(.+)-(\d+)-/.exec(area.name) ?? [];
  const { form } = area;
  if (!prefix || !form?.elements.namedItem(`${prefix}-TOTAL_FORMS`)) return false;
  const others = [...form.elements].filter(
    (element): element is HTMLInputElement =>
      "name" in element && element !== area && String(element.name).startsWith(`${prefix}-${number}-`),
  );
  return !others.some(isFilledIn);
}

function isFilledIn(element: HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement): boolean {
  if (element instanceof HTMLSelectElement) {
    return [...element.options].some((option) => option.selected && !option.defaultSelected && option.value !== "");
  }
  // The hidden ones are Django's own: the row's key, and that of what it belongs to.
  if (element.type === "hidden") return element.name.endsWith("-id") && element.value !== "";
  if (element instanceof HTMLInputElement && ["checkbox", "radio"].includes(element.type)) {
    return element.checked !== element.defaultChecked;
  }
  return element.value !== element.defaultValue;
}
