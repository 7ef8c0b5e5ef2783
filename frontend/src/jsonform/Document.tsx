/** A document to look at: words and pictures, nothing to change. */
import { ADDITIONAL_PROPERTY_FLAG, type RJSFSchema, type SchemaUtilsType } from "@rjsf/utils";
import { isObject } from "../json";
import { Stored } from "../Preview";
import { chosenKind } from "./choices";
import { rowSchema } from "./complete";
import type { Schema } from "./config";
import { useFormContext } from "./context";
import { isFile, isHidden } from "./dialect";
import { labelOf } from "./labels";

interface DocumentProps {
  schema: Schema;
  value: unknown;
  utils: SchemaUtilsType;
}

export function Document({ schema: raw, value, utils }: DocumentProps) {
  const { texts, files, config } = useFormContext();
  const own = utils.retrieveSchema(raw, value) as Schema;
  const kind = chosenKind(utils, own, value);
  const schema: Schema = kind ? { ...own, ...kind, properties: { ...own.properties, ...kind.properties } } : own;

  if (value === undefined || value === null || value === "" || (Array.isArray(value) && value.length === 0)) {
    return <>{texts.empty}</>;
  }
  if (typeof value === "string" && (isFile(schema) || value.startsWith("data:"))) {
    return <Stored file={files.describe(value)} texts={texts} />;
  }
  if (isObject(value)) {
    const shown = Object.entries(schema.properties ?? {}).filter(
      (entry): entry is [string, RJSFSchema] =>
        isObject(entry[1]) && !isHidden(utils.retrieveSchema(entry[1] as Schema)),
    );
    return (
      <dl className="safelight-document">
        {kind?.title && (
          <div>
            <dt>{texts.kind}</dt>
            <dd>{kind.title}</dd>
          </div>
        )}
        {shown.map(([name, property]) => (
          <div key={name}>
            <dt>{ADDITIONAL_PROPERTY_FLAG in property ? name : labelOf(utils.retrieveSchema(property), name)}</dt>
            <dd>
              <Document schema={property} value={value[name]} utils={utils} />
            </dd>
          </div>
        ))}
      </dl>
    );
  }
  if (Array.isArray(value)) {
    const rows = [...value.entries()];
    return (
      <ol className="safelight-document">
        {rows.map(([index, row]) => (
          <li key={index}>
            <Document schema={rowSchema(schema, index) ?? {}} value={row} utils={utils} />
          </li>
        ))}
      </ol>
    );
  }
  return <>{inWords(schema, value, texts, config.language)}</>;
}

function inWords(schema: Schema, value: unknown, texts: { yes: string; no: string }, language: string): string {
  const choice = schema.oneOf?.find((one) => isObject(one) && one.const === value);
  if (isObject(choice) && choice.title) return String(choice.title);
  if (typeof value === "boolean") return value ? texts.yes : texts.no;
  const time = schema.format === "date-time" || schema.format === "date" ? Date.parse(String(value)) : Number.NaN;
  if (Number.isNaN(time)) return String(value);
  const options: Intl.DateTimeFormatOptions =
    schema.format === "date" ? { dateStyle: "long", timeZone: "UTC" } : { dateStyle: "long", timeStyle: "short" };
  return new Intl.DateTimeFormat(language, options).format(time);
}
