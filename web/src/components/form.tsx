import { type FormEvent, type ReactNode, useContext, useRef } from 'react';
import { ApiError, placed } from '../data/api-error.ts';
import { isUnder } from '../data/pointer.ts';
import { CopyId } from './copy-id.tsx';
import { ScopeContext, useScope } from './form-scope.ts';
import { Notice } from './notice.tsx';
import { sentence } from './sentence.ts';

interface FormProps {
  /** For a submit button outside of it: `<Button type="submit" form={id}>`. */
  id: string;
  onSubmit(): void;
  /** Of the request. Fields with a `pointer` show what it says of them; the form shows the rest. */
  error: unknown;
  children: ReactNode;
}

/** A form of the API: after a refusal the first field that is wrong has the focus, and nothing of the refusal is lost. */
export function Form({ id, onSubmit, error, children }: FormProps) {
  const form = useRef<HTMLFormElement>(null);
  const scope = useScope(error, form);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    // React passes events of dialogs inside up to the form around them.
    event.stopPropagation();
    onSubmit();
  };
  return (
    <ScopeContext value={scope}>
      <form id={id} ref={form} className="stack" onSubmit={submit} noValidate>
        {children}
        <OtherErrors />
      </form>
    </ScopeContext>
  );
}

interface FormScopeProps {
  error: unknown;
  className: string;
  children: ReactNode;
}

/** Fields of one request that stand apart, without being one form; put `OtherErrors` where the rest is to be shown. */
export function FormScope({ error, className, children }: FormScopeProps) {
  const box = useRef<HTMLDivElement>(null);
  const scope = useScope(error, box);
  return (
    <ScopeContext value={scope}>
      <div ref={box} className={className}>
        {children}
      </div>
    </ScopeContext>
  );
}

/** What a refusal says beside what stands at the fields around. */
export function OtherErrors() {
  const scope = useContext(ScopeContext);
  return scope === undefined ? null : <FormError error={scope.error} fields={scope.fields} />;
}

/** Why a request was refused, but for what stands at `fields`. */
export function FormError({ error, fields = [] }: { error: unknown; fields?: readonly string[] }) {
  if (!error) return null;
  const { lines, requestId } = restOf(error, fields);
  return (
    <div role="alert">
      <Notice state="failed">
        {lines.map((line) => (
          <p key={line}>{line}</p>
        ))}
        {requestId !== undefined && (
          <p className="soft small">
            Request <CopyId value={requestId} />
          </p>
        )}
      </Notice>
    </div>
  );
}

function restOf(error: unknown, fields: readonly string[]): { lines: string[]; requestId?: string } {
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
    sentence(detail),
    ...others.map(placed),
    ...(service === undefined || detail.includes(service) ? [] : [`The service: ${service}`]),
    ...(hint === '' ? [] : [hint]),
  ];
  return { lines: [...new Set(lines)], ...(error.requestId === undefined ? {} : { requestId: error.requestId }) };
}
