/** Choices that are asked for as one types: one of them, or several. */
import type { FieldProps } from "@rjsf/utils";
import { type KeyboardEvent, useEffect, useId, useMemo, useRef, useState } from "react";
import { fill, type Texts } from "../../texts";
import type { Schema } from "../config";
import { useFormContext } from "../context";
import { Handler, type Suggestion } from "../handler";
import { Icon } from "../Icon";
import { labelId } from "../ids";
import type { Path } from "../paths";
import { controlOf } from "../widgets/control";
import { shown } from "../widgets/text";

const PAUSE = 200; // milliseconds after the last key

export function Autocomplete({ fieldPathId, formData, ...props }: FieldProps) {
  const { config, texts } = useFormContext();
  const { $id: id, path } = fieldPathId;
  const schema: Schema = props.schema;
  const url = schema.handler; // the form's own handler is for files
  const handler = useMemo(() => (url ? new Handler(url, config) : undefined), [url, config]);
  const isMany = schema.type === "array";
  const values: unknown[] = Array.isArray(formData) ? formData : formData ? [formData] : [];
  const change = (value: unknown) => props.onChange(value, path);
  const titles = useRef(new Map<unknown, string>());
  const [typed, setTyped] = useState<string>();
  const [active, setActive] = useState(0);
  const { found, words } = useSuggestions(handler, path, typed, texts);
  const listId = useId();
  const isOpen = typed !== undefined && found !== undefined;
  const titleOf = (value: unknown) => titles.current.get(value) ?? shown(value);

  const close = () => {
    setTyped(undefined);
    setActive(0);
  };
  const choose = ({ title, value }: Suggestion) => {
    titles.current.set(value, title);
    if (!isMany) change(value);
    else if (!values.includes(value)) change([...values, value]);
    close();
  };
  const type = (text: string) => {
    setActive(0);
    setTyped(text);
    if (!isMany && (text === "" || !handler)) {
      change(text); // without anybody to ask, any words will do
      setTyped(undefined);
    }
  };
  const press = (event: KeyboardEvent) => {
    const count = found?.length ?? 0;
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by && typed === undefined) setTyped(isMany || !values.length ? "" : titleOf(values[0]));
    else if (by && count) setActive((active + by + count) % count);
    else if (event.key === "Enter" && isOpen && found[active]) choose(found[active]);
    else if (event.key === "Escape" && typed !== undefined) close();
    else return;
    event.preventDefault();
  };

  return (
    <div className="safelight-autocomplete">
      {isMany && values.length > 0 && (
        <ul aria-labelledby={labelId(id)}>
          {values.map((value) => (
            <li key={shown(value)}>
              {titleOf(value)}
              <button
                type="button"
                className="safelight-icon"
                aria-label={fill(texts.removeItem, { item: titleOf(value) })}
                onClick={() => change(values.filter((other) => other !== value))}
              >
                <Icon name="remove" />
              </button>
            </li>
          ))}
        </ul>
      )}
      <input
        type="text"
        className="vTextField"
        {...controlOf({ ...props, id })}
        role="combobox"
        aria-expanded={isOpen}
        aria-controls={listId}
        aria-autocomplete="list"
        aria-activedescendant={isOpen && found[active] ? `${listId}-${active}` : undefined}
        autoComplete="off"
        placeholder={schema.placeholder}
        value={typed ?? (isMany || !values.length ? "" : titleOf(values[0]))}
        onChange={(event) => type(event.currentTarget.value)}
        onKeyDown={press}
        onBlur={close}
      />
      <div id={listId} role="listbox" aria-label={texts.suggestions} hidden={!isOpen || found.length === 0}>
        {isOpen &&
          found.map((suggestion, index) => (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are the input's, which keeps the focus
            <div
              key={shown(suggestion.value)}
              id={`${listId}-${index}`}
              role="option"
              tabIndex={-1}
              aria-selected={index === active}
              onMouseDown={(event) => event.preventDefault()} // which would take the focus
              onClick={() => choose(suggestion)}
            >
              {suggestion.title}
            </div>
          ))}
      </div>
      <p className="safelight-quiet" role="status">
        {words}
      </p>
    </div>
  );
}

/** To the last thing that was typed; nothing as long as nothing is asked. */
interface Answer {
  found?: Suggestion[];
  /** What whoever waits for it is told. */
  words?: string;
}

function useSuggestions(handler: Handler | undefined, path: Path, query: string | undefined, texts: Texts): Answer {
  const [answer, setAnswer] = useState<Answer>({});
  useEffect(() => {
    if (query === undefined || !handler) return setAnswer({});
    const leaving = new AbortController();
    const ask = async () => {
      setAnswer({ words: texts.searching });
      const next = await handler.suggest(path, query, leaving.signal).then(
        (found): Answer => (found.length ? { found } : { found, words: texts.noSuggestions }),
        (error: Error): Answer => ({ words: error.message }),
      );
      if (!leaving.signal.aborted) setAnswer(next);
    };
    const timer = setTimeout(ask, PAUSE);
    return () => {
      clearTimeout(timer);
      leaving.abort();
    };
  }, [handler, path, query, texts]);
  return answer;
}
