/** The element that a value is edited in, by where it stands. */
import type { FieldPathId } from "@rjsf/utils";
import { useMemo } from "react";
import type { Path, Step } from "./paths";

/** Like `id_body/gallery/0/caption`. A key may hold spaces, which would end an id in a list of ids. */
export function fieldId(prefix: string, path: Path): FieldPathId {
  const steps = path.map((step) => encodeURIComponent(step));
  return { $id: [prefix, ...steps].join("/"), path: [...path] };
}

/** The same object for the same place: so that a field that did not change is not drawn again. */
export function useFieldId(prefix: string, parent: FieldPathId, step: Step): FieldPathId {
  return useMemo(() => fieldId(prefix, [...parent.path, step]), [prefix, parent, step]);
}

export const helpId = (id: string): string => `${id}-help`;
export const errorsId = (id: string): string => `${id}-errors`;
export const labelId = (id: string): string => `${id}-label`;
