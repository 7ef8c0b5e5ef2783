/** Above the form: that something is wrong in it, and what is wrong with the document as a whole. */
import { useFormContext } from "./context";
import { ErrorList } from "./ErrorList";
import { type Errors, isEmpty } from "./errors";

export function FormErrors({ errors }: { errors: Errors }) {
  const { texts } = useFormContext();
  return (
    <div role="alert">
      {!isEmpty(errors) && <p className="errornote">{texts.mistakes}</p>}
      <ErrorList errors={errors.__errors ?? []} />
    </div>
  );
}
