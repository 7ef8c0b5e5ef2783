/** Django's token against requests that another site's page makes. */
import { isOwnOrigin } from "./address";

/** The header for a request to `url`, out of the cookie or the page's form; none to another origin, whose business it is
 * not. */
export function csrf(url: string, cookie = "csrftoken"): Readonly<Record<string, string>> {
  if (!isOwnOrigin(url)) return {};
  const entry = document.cookie.split("; ").find((candidate) => candidate.startsWith(`${cookie}=`));
  const field = document.querySelector<HTMLInputElement>("input[name=csrfmiddlewaretoken]");
  const token = entry?.slice(cookie.length + 1) ?? field?.value;
  return token ? { "X-CSRFToken": token } : {};
}
