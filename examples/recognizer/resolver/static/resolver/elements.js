// @ts-check

/**
 * An element with attributes and children; text stays text, whatever it holds.
 * @param {string} name
 * @param {Record<string, string>} attributes
 * @param {...(Node | string)} children
 */
export function element(name, attributes, ...children) {
  const made = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, value);
  made.append(...children);
  return made;
}

/** @param {[string, string][]} entries */
export function list(entries) {
  const rows = entries.flatMap(([term, words]) => [element("dt", {}, term), element("dd", {}, words)]);
  return element("dl", {}, ...rows);
}

/** As Safelight's own messages say it: 1 MB = 1,000,000 bytes. @param {number} count */
export function megabytes(count) {
  if (count >= 1e6) return `${Number((count / 1e6).toPrecision(3))} MB`;
  if (count >= 1e3) return `${Number((count / 1e3).toPrecision(3))} kB`;
  return `${count} bytes`;
}
