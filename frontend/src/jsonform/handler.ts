/** The requests of one document's form to a file handler, as django-jsonform sends them: each says from which place of the
 * document it comes. */
import { Client } from "../client";
import { csrf } from "../csrf";
import type { Config } from "./config";
import { coords, type Path } from "./paths";

export interface Suggestion {
  title: string;
  value: unknown;
}

export class Handler {
  constructor(
    readonly url: string,
    readonly config: Config,
  ) {}

  /** For the files of one place. */
  at(path: Path): Client {
    return this.#client({ coords: coords(path) });
  }

  async suggest(path: Path, query: string, signal: AbortSignal): Promise<Suggestion[]> {
    const body = await this.at(path).ask("GET", { query }, signal);
    const { results } = body as { results?: unknown };
    return (Array.isArray(results) ? results : []).map((result) =>
      typeof result === "object" && result !== null && "value" in result
        ? { title: String(result.title ?? result.label ?? result.value), value: result.value }
        : { title: String(result), value: result },
    );
  }

  /** Tells that nobody will save these. */
  abandon(values: readonly string[]): void {
    this.#client({}).abandon(values);
  }

  #client(parameters: Record<string, string>): Client {
    const { handlerArgs, texts } = this.config;
    return new Client({ url: this.url, parameters: { ...handlerArgs, ...parameters }, headers: csrf, texts });
  }
}
