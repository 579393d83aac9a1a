import { EditorView } from '@codemirror/view';
import { act } from 'react';
import { expect, onTestFinished, test, vi } from 'vitest';
import { FORMS } from './every-form.tsx';
import { PREVIEWS, READS, RIGHTS } from './form-answers.ts';
import { FormDriver } from './form-driver.ts';
import { answer, renderPage, until } from './render-page.tsx';

test.each(Object.entries(FORMS))(
  '"%s" shows all of a refusal where it belongs, and keeps what was typed',
  async (_, form) => {
    const { element, fields, others = [], address = '/', press, first = [], json } = form;
    let refusal: Refusal = notValid(fields);
    answer(({ method, path, body }) => {
      const { dry_run: isPreview, confirm } = (body ?? {}) as { dry_run?: boolean; confirm?: string };
      if (method === 'GET') return read(READS[path]);
      if (path in PREVIEWS && (isPreview === true || confirm === undefined)) return read(PREVIEWS[path]);
      return { status: refusal.status, body: refusal };
    });
    vi.spyOn(window, 'open').mockReturnValue(null);
    onTestFinished(() => void vi.restoreAllMocks());
    await renderPage(element, address, RIGHTS);
    if (json !== undefined) await writeJson(json);
    await until(() => isReady(press));
    const shown = press === undefined ? document.querySelector('form')! : document.body;
    // What is loaded by itself may come later than the button.
    await until(() => others.every((name) => fieldsWithoutError(shown).includes(name)));
    const driver = new FormDriver(document.body);
    for (const name of first) await driver.press(name);
    for (const input of shown.querySelectorAll<HTMLInputElement>('input, textarea')) {
      if (input.value === '' && !input.disabled && TYPED.includes(input.type)) await driver.type(input, textFor(input));
    }
    const typed = valuesOf(shown);
    const send = async () => {
      if (press !== undefined) await driver.press(press);
      else await act(async () => void shown.dispatchEvent(new Event('submit', { bubbles: true, cancelable: true })));
      await until(() => alerts().includes(refusal.detail));
    };

    await send();

    expect(errorsShown(shown).sort()).toEqual(fields.map((field) => `wrong at ${field}`).sort());
    expect(fieldsWithoutError(shown).sort()).toEqual([...others].sort());
    expect(alerts()).toContain('else › where: of no field');
    expect(shown.querySelector('[data-invalid], [aria-invalid="true"]')!.contains(document.activeElement)).toBe(true);
    for (const status of [403, 503, 409]) {
      refusal = plain(status);
      await send();
      expect(errorsShown(shown)).toEqual([]);
      expect(valuesOf(shown)).toEqual(typed);
    }
  },
);

const TYPED = ['text', 'password', 'url', 'email', 'datetime-local', 'textarea'];

interface Refusal {
  status: number;
  title: string;
  detail: string;
  hint: string;
  code: string;
  errors?: { pointer: string; message: string }[];
}

function notValid(fields: readonly string[]): Refusal {
  const errors = [
    ...fields.map((pointer) => ({ pointer, message: `wrong at ${pointer}` })),
    { pointer: '/else/where', message: 'of no field' },
  ];
  const detail = 'The body is not valid.';
  return { status: 422, title: 'Not valid', detail, hint: '', code: 'ERR_INPUT_INVALID', errors };
}

function plain(status: number): Refusal {
  return { status, title: 'Refused', detail: `Refused with ${status}.`, hint: 'Try later.', code: 'ERR_CONFLICT' };
}

function read(body: unknown): { status: number; body: unknown } {
  const missing = { title: 'Not found', detail: 'there is none', hint: '', code: 'ERR_NOT_FOUND' };
  return body === undefined ? { status: 404, body: missing } : { status: 200, body };
}

/** An editor of code stands in a shadow tree, and is loaded when it is shown. */
async function writeJson(text: string): Promise<void> {
  const editor = () => {
    const content = document.querySelector('.code')?.shadowRoot?.querySelector<HTMLElement>('.cm-content');
    return content === null || content === undefined ? null : EditorView.findFromDOM(content);
  };
  await until(() => editor() !== null);
  await act(async () => editor()!.dispatch({ changes: { from: 0, insert: text }, userEvent: 'input.type' }));
}

function isReady(press: string | undefined): boolean {
  if (press === undefined) return document.querySelector('form') !== null;
  return [...document.querySelectorAll('button')].some((each) => each.textContent.trim() === press && !each.disabled);
}

function textFor({ type }: HTMLInputElement): string {
  return type === 'datetime-local' ? '2027-01-01T00:00' : 'typed';
}

function alerts(): string {
  return [...document.querySelectorAll('[role="alert"]')].map(({ textContent }) => textContent).join('\n');
}

/** What stands at fields. */
function errorsShown(scope: HTMLElement): string[] {
  return [...scope.querySelectorAll('.field-error')]
    .filter(({ textContent }) => textContent !== '')
    .map(({ textContent }) => textContent!);
}

const FIELD = '.field, .radio-group, .check, .form-field';

/** The names of the fields that say of nothing that it is wrong. */
function fieldsWithoutError(scope: HTMLElement): string[] {
  const isWrong = (field: Element) =>
    field.matches('[data-invalid], [aria-invalid="true"]') ||
    field.querySelector('[data-invalid], [aria-invalid="true"]') !== null ||
    // An editor of code has its error beside it.
    field.parentElement?.matches('.stack-tight[data-invalid]') === true;
  return [...scope.querySelectorAll(FIELD)]
    .filter((field) => !isWrong(field))
    .map(
      (field) =>
        (field.querySelector('label, h2, .form-title') ?? field).textContent!.trim() ||
        (field.closest('section')?.getAttribute('aria-label') ?? ''),
    );
}

function valuesOf(scope: HTMLElement): string[] {
  return [...scope.querySelectorAll<HTMLInputElement>('input, textarea, select')].map(
    ({ value, checked }) => `${value} ${checked}`,
  );
}
