/** Addresses: whose they are, and whether a page may lead there. */

/** Whether the page itself comes from there. */
export function isOwnOrigin(url: string): boolean {
  return new URL(url, location.href).origin === location.origin;
}

/** Only what a link may lead to: no `javascript:` out of a document, or of somebody's handler. */
export function address(url: string | null | undefined): string | undefined {
  if (!url) return undefined;
  try {
    return /^https?:$/.test(new URL(url, location.href).protocol) ? url : undefined;
  } catch {
    return undefined;
  }
}
