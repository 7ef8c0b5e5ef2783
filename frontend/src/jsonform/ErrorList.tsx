/** Sentences about a value, where Django has them. */
export function ErrorList({ id, errors }: { id?: string; errors: readonly string[] }) {
  if (!errors.length) return null;
  return (
    <ul className="errorlist" id={id}>
      {[...new Set(errors)].map((sentence) => (
        <li key={sentence}>{sentence}</li>
      ))}
    </ul>
  );
}
