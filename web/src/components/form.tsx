import { type FormEvent, type ReactNode, useEffect, useRef } from 'react';
import { ApiError, placed } from '../data/api-error.ts';
import { isUnder } from '../data/pointer.ts';
import { CopyId } from './copy-id.tsx';
import { Notice } from './notice.tsx';

interface FormProps {
  /** For a submit button outside of it: `<Button type="submit" form={id}>`. */
  id: string;
  onSubmit(): void;
  /** Of the request. What it says of a field in `fields` stands at that field, by `errorUnder`; the form shows the rest. */
  error: unknown;
  /** JSON pointers of the fields that show their own error. */
  fields: readonly string[];
  children: ReactNode;
}

/** A form of the API: after a refusal the first field that is wrong has the focus, and nothing of the refusal is lost. */
export function Form({ id, onSubmit, error, fields, children }: FormProps) {
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    if (error) form.current?.querySelector<HTMLElement>('[aria-invalid="true"], [data-invalid] button')?.focus();
  }, [error]);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    // React passes events of dialogs inside up to the form around them.
    event.stopPropagation();
    onSubmit();
  };
  return (
    <form id={id} ref={form} className="stack" onSubmit={submit} noValidate>
      {children}
      <FormError error={error} fields={fields} />
    </form>
  );
}

/** What a refusal says beside what stands at the fields. */
export function FormError({ error, fields = [] }: { error: unknown; fields?: readonly string[] }) {
  if (!error) return null;
  const rest = restOf(error, fields);
  if (rest === undefined) return null;
  return (
    <div role="alert">
      <Notice state="failed">
        {rest.lines.map((line) => (
          <p key={line}>{line}</p>
        ))}
        {rest.requestId !== undefined && (
          <p className="soft small">
            Request <CopyId value={rest.requestId} />
          </p>
        )}
      </Notice>
    </div>
  );
}

function restOf(error: unknown, fields: readonly string[]): { lines: string[]; requestId?: string } | undefined {
  if (!(error instanceof ApiError)) return { lines: [error instanceof Error ? error.message : String(error)] };
  const { code, detail, errors = [], error_count: count = errors.length, upstream } = error.problem;
  // Of an input that is not valid, the hint speaks of the fields of a request.
  const hint = code === 'ERR_INPUT_INVALID' && errors.length > 0 ? '' : error.problem.hint;
  const others = errors.filter(({ pointer }) => !fields.some((field) => isUnder(pointer, field)));
  if (errors.length > 0 && others.length === 0 && count === errors.length) {
    return { lines: hint === '' ? ['Correct the marked fields.'] : ['Correct the marked fields.', hint] };
  }
  const service = (upstream as { message?: string } | undefined)?.message;
  const lines = [
    `${sentence(detail)}`,
    ...others.map(placed),
    ...(service === undefined || detail.includes(service) ? [] : [`The service: ${service}`]),
    ...(hint === '' ? [] : [hint]),
  ];
  return { lines: [...new Set(lines)], ...(error.requestId === undefined ? {} : { requestId: error.requestId }) };
}

function sentence(text: string): string {
  const first = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(first) ? first : `${first}.`;
}
