import {
  createContext,
  type RefObject,
  useCallback,
  useContext,
  useEffect,
  useLayoutEffect,
  useMemo,
  useState,
} from 'react';
import { errorsBelow, errorUnder } from '../data/api-error.ts';

const CONTROL = 'input, textarea, select, button, [contenteditable="true"], [tabindex]';

interface Scope {
  /** Of the request that the fields make up. */
  error: unknown;
  /** JSON pointers of the fields that are shown now, and say themselves what is wrong with them. */
  fields: readonly string[];
  /** Adds a field, and gives what removes it. */
  add(pointer: string): () => void;
}

export const ScopeContext = createContext<Scope | undefined>(undefined);

/** The fields of one request. After a refusal, the first one in `container` that is wrong has the focus. */
export function useScope(error: unknown, container: RefObject<HTMLElement | null>): Scope {
  const [fields, setFields] = useState<readonly string[]>([]);
  const add = useCallback((pointer: string) => {
    setFields((before) => [...before, pointer]);
    return () => setFields((before) => before.toSpliced(before.indexOf(pointer), 1));
  }, []);
  useEffect(() => {
    if (error && container.current !== null) focusFirstWrong(container.current);
  }, [error, container]);
  return useMemo(() => ({ error, fields, add }), [error, fields, add]);
}

/**
 * What the API says of the value at a JSON pointer of the request's body, and of what is inside it. Who calls it shows that: the form
 * shows only what belongs to no field. Without a pointer it is undefined.
 */
export function useFieldError(pointer: string | undefined): string | undefined {
  const scope = useContext(ScopeContext);
  const add = scope?.add;
  useLayoutEffect(() => (pointer === undefined ? undefined : add?.(pointer)), [add, pointer]);
  return pointer === undefined ? undefined : errorUnder(scope?.error, pointer);
}

/** The same, each by itself and with pointers from there, for what is a form of its own. The list is the same until the next answer. */
export function useErrorsBelow(
  pointer: string | undefined,
): readonly { pointer: string; message: string }[] | undefined {
  useFieldError(pointer);
  const error = useContext(ScopeContext)?.error;
  return useMemo(() => (pointer === undefined ? undefined : errorsBelow(error, pointer)), [error, pointer]);
}

function focusFirstWrong(container: HTMLElement): void {
  const wrong = container.querySelector<HTMLElement>('[data-invalid], [aria-invalid="true"]');
  if (wrong === null) return;
  const control = wrong.matches(CONTROL)
    ? wrong
    : (inside(wrong, '[aria-invalid="true"]') ?? inside(wrong, 'input:checked'));
  (control ?? inside(wrong, CONTROL))?.focus();
}

function inside(element: HTMLElement, selector: string): HTMLElement | null {
  return element.querySelector<HTMLElement>(selector);
}
