/** Code that comes when it is first needed. It may not come: then it is said in words, and can be tried again. */
import { Refusal } from "./answer";
import type { Texts } from "./texts";

export async function part<T>(load: () => Promise<T>, texts: Texts): Promise<T> {
  try {
    return await load();
  } catch {
    throw new Refusal("network", texts.brokenConnection);
  }
}
