/** What every field of a form needs of the page: its words, its files, its file handler. */
import { createContext, useContext } from "react";
import type { Files } from "../files";
import type { Texts } from "../texts";
import type { Config } from "./config";
import type { Uploads } from "./uploads";

export interface FormContext {
  config: Config;
  texts: Texts;
  files: Files;
  uploads: Uploads;
  /** As it is now. */
  document: () => unknown;
}

export const Context = createContext<FormContext | null>(null);

export function useFormContext(): FormContext {
  const context = useContext(Context);
  if (!context) throw new Error("A field outside a form.");
  return context;
}
