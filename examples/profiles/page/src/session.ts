/** Who is signed in, as far as this browser knows: the server decides. On the server's own origin it is a cookie that no
 * script can read, and only the id is kept here. From another origin it is a token, which goes with the tab. */

const BACKEND = document.querySelector<HTMLMetaElement>("meta[name=backend]")?.content ?? "";
const IS_ELSEWHERE = new URL(BACKEND, location.href).origin !== location.origin;

export interface SignedIn {
  id: number;
  email: string;
  token: string;
}

export function begin({ id, token }: SignedIn): void {
  localStorage.setItem("profiles.id", String(id));
  if (IS_ELSEWHERE) sessionStorage.setItem("profiles.token", token);
}

export function end(): void {
  localStorage.removeItem("profiles.id");
  sessionStorage.removeItem("profiles.token");
}

/** Undefined if nobody is signed in. Whatever it is, it gives no right. */
export function id(): string | undefined {
  if (IS_ELSEWHERE && !sessionStorage.getItem("profiles.token")) return undefined;
  return localStorage.getItem("profiles.id") ?? undefined;
}

export function headers(): Record<string, string> {
  const token = IS_ELSEWHERE && sessionStorage.getItem("profiles.token");
  return token ? { Authorization: `Bearer ${token}` } : {};
}

/** The address of something on the server. */
export function at(path: string): string {
  return `${BACKEND.replace(/\/$/, "")}${path}`;
}
