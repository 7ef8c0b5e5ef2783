/** What the page says of a document's field: its schema, its file handler, and what its files are called. */
import type { RJSFSchema } from "@rjsf/utils";
import type { FileFacts } from "../answer";
import { ENGLISH, type Texts } from "../texts";
import { SENTENCES, type Sentences } from "./sentences";

/** Standard JSON Schema, and what Safelight adds to it. */
export interface Schema extends RJSFSchema {
  widget?: string;
  placeholder?: string;
  helpText?: string;
  /** A file handler, or what an autocomplete asks. */
  handler?: string;
  /** The name of one of the handler's policies. */
  policy?: string;
  /** The server makes a stored file of a data URL. */
  store?: boolean;
  /** What the first rows of a list are. */
  prefixItems?: RJSFSchema[];
}

export interface PolicyFacts {
  accept?: string;
  max_bytes?: number;
  hint?: string;
}

export interface Config {
  schema: Schema;
  handler: string | null;
  /** field_name, model_name, app_label: they go with each request. */
  handlerArgs: Record<string, string>;
  readonly: boolean;
  validateOnSubmit: boolean;
  /** A longer document is sent as a file: Django takes only so much as text. */
  postAsFileAbove: number | null;
  errors: Record<string, string[]>;
  /** By name; "" is the handler's first. */
  policies: Record<string, PolicyFacts>;
  /** By key. */
  files: Record<string, FileFacts>;
  language: string;
  texts: Texts;
  sentences: Sentences;
}

export function parseConfig(text: string): Config {
  const given = JSON.parse(text) as Partial<Omit<Config, "texts" | "sentences">> & {
    texts?: Partial<Texts>;
    sentences?: Partial<Sentences>;
  };
  const language = given.language ?? "en";
  return {
    schema: given.schema ?? {},
    handler: given.handler ?? null,
    handlerArgs: given.handlerArgs ?? {},
    readonly: given.readonly ?? false,
    validateOnSubmit: given.validateOnSubmit ?? true,
    postAsFileAbove: given.postAsFileAbove ?? null,
    errors: given.errors ?? {},
    policies: given.policies ?? {},
    files: given.files ?? {},
    language,
    texts: { ...ENGLISH, language, ...given.texts },
    sentences: { ...SENTENCES, ...given.sentences },
  };
}
