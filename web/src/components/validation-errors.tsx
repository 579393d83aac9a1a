import { ApiError } from '../data/api-error.ts';

/** Every validation error of a refused request, with the JSON pointer of its field; nothing where there is none. */
export function ValidationErrors({ error }: { error: unknown }) {
  const errors = error instanceof ApiError ? (error.problem.errors ?? []) : [];
  if (errors.length === 0) return null;
  return (
    <ul className="stack" aria-label="Validation errors">
      {errors.map(({ pointer, message }) => (
        <li key={`${pointer} ${message}`}>
          <code>{pointer === '' ? '/' : pointer}</code> {message}
        </li>
      ))}
    </ul>
  );
}
