import { createStore } from '../../data/store.ts';

/** The field that was last typed in: a path of the data panel is inserted at its cursor. */
export interface InsertTarget {
  label: string;
  /** Whether the field still is there. */
  isThere(): boolean;
  /** Inserts an expression, and takes the focus back. Where the field is a text, it gets braces. */
  insert(expression: string): void;
}

export const insertTarget = createStore<InsertTarget | undefined>(undefined);

/** A text field of a form as a target: what is inserted turns its value into a text with an expression. */
export function targetOf(field: Element): InsertTarget | undefined {
  const isText = field instanceof HTMLInputElement && ['text', ''].includes(field.type);
  if (!isText && !(field instanceof HTMLTextAreaElement)) return undefined;
  if (field.readOnly || field.disabled || !field.classList.contains('input')) return undefined;
  return {
    label: field.labels?.[0]?.textContent ?? field.getAttribute('aria-label') ?? 'the field',
    isThere: () => field.isConnected,
    insert(expression) {
      const { selectionStart, selectionEnd } = field;
      const end = field.value.length;
      field.setRangeText(`{{ ${expression} }}`, selectionStart ?? end, selectionEnd ?? end, 'end');
      field.dispatchEvent(new Event('input', { bubbles: true }));
      field.focus();
    },
  };
}
