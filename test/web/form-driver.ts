import { act } from 'react';
import { below } from '../../web/src/data/pointer.ts';
import { controlId } from '../../web/src/forms/form-context.ts';

/** Fills a form in as a person does: by its controls, with nothing but what is in the document. */
export class FormDriver {
  readonly #container: HTMLElement;
  readonly #formId: string;

  constructor(container: HTMLElement) {
    this.#container = container;
    const control = container.querySelector('[id*="-%2F"], [id*="-%2f"]');
    this.#formId = control?.id.replace(/-%2F.*$/i, '') ?? '';
  }

  /** Fills an object in, member by member; one that is shown only after another one is filled in comes after it. */
  async fillObject(pointer: string, value: object): Promise<void> {
    let left = Object.entries(value);
    while (left.length > 0) {
      const before = left.length;
      const hidden: [string, unknown][] = [];
      for (const [name, inner] of left) {
        if (await this.#reach(below(pointer, name))) await this.fill(below(pointer, name), inner);
        else hidden.push([name, inner]);
      }
      left = hidden;
      if (left.length === before) throw new Error(`the form has no field ${pointer}/${left.map(([name]) => name)}`);
    }
  }

  async fill(pointer: string, value: unknown): Promise<void> {
    const control = this.control(pointer)!;
    if (control === null) throw new Error(`the form has no control at ${pointer}`);
    if (control instanceof HTMLSelectElement) return this.#choose(control, value);
    if (control.dataset.language === 'json') return this.type(control, JSON.stringify(value));
    if (control instanceof HTMLInputElement || control instanceof HTMLTextAreaElement) {
      if (value === null) return this.press(`Use null for`);
      await this.type(control, String(value));
      if (value !== this.#textOf(control) && typeof value === 'string') throw new Error(`${pointer} cannot hold it`);
      return;
    }
    if (Array.isArray(value)) return this.#fillList(pointer, value);
    if (control.textContent?.trim().startsWith('Add to ')) return this.#fillMap(pointer, value as object);
    await this.click(control);
    await this.fillObject(pointer, value as object);
  }

  control(pointer: string): HTMLElement | null {
    return this.#container.ownerDocument.getElementById(controlId(this.#formId, pointer));
  }

  async press(name: string): Promise<void> {
    const button = [...this.#container.querySelectorAll('button')].find((each) =>
      (each.getAttribute('aria-label') ?? each.textContent ?? '').trim().startsWith(name),
    );
    if (button === undefined) throw new Error(`there is no button "${name}"`);
    await this.click(button);
  }

  async click(element: HTMLElement): Promise<void> {
    await act(async () => element.click());
  }

  async type(element: HTMLElement, text: string): Promise<void> {
    const { set } = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(element), 'value')!;
    await act(async () => {
      set!.call(element, text);
      element.dispatchEvent(new Event('input', { bubbles: true }));
    });
  }

  #textOf(element: HTMLElement): string {
    return (element as HTMLInputElement).value;
  }

  async #choose(select: HTMLSelectElement, value: unknown): Promise<void> {
    const word = value === true ? 'Yes' : value === false ? 'No' : String(value);
    const option = [...select.options].find(({ text }) => text === word);
    if (option === undefined) throw new Error(`${select.id} has no option ${word}`);
    await act(async () => {
      select.value = option.value;
      select.dispatchEvent(new Event('change', { bubbles: true }));
    });
  }

  async #fillList(pointer: string, values: readonly unknown[]): Promise<void> {
    for (const [at, value] of values.entries()) {
      await this.click(this.control(pointer)!);
      const item = this.control(below(pointer, at));
      if (item !== null) await this.fill(below(pointer, at), value);
      else await this.fillObject(below(pointer, at), value as object);
    }
    if (values.length === 0) {
      await this.click(this.control(pointer)!);
      await this.press('Remove Item 1');
    }
  }

  async #fillMap(pointer: string, value: object): Promise<void> {
    for (const [at, [name, inner]] of Object.entries(value).entries()) {
      await this.click(this.control(pointer)!);
      const input = this.#container.ownerDocument.getElementById(`${controlId(this.#formId, pointer)}-name-${at}`)!;
      await this.type(input, name);
      const entry = this.control(below(pointer, name));
      if (entry !== null) await this.fill(below(pointer, name), inner);
      else await this.fillObject(below(pointer, name), inner as object);
    }
  }

  /** Brings a field into the document: out of the folded ones, or by the way that it belongs to. */
  async #reach(pointer: string): Promise<boolean> {
    if (this.#isThere(pointer)) return true;
    await this.#unfold();
    if (this.#isThere(pointer)) return true;
    for (const radio of this.#container.querySelectorAll<HTMLInputElement>('input[type=radio]:not(:checked)')) {
      const before = [...this.#container.querySelectorAll<HTMLInputElement>('input[type=radio]')].find(
        (each) => each.name === radio.name && each.checked,
      );
      await this.click(radio);
      await this.#unfold();
      if (this.#isThere(pointer)) return true;
      if (before !== undefined) await this.click(before);
    }
    return false;
  }

  #isThere(pointer: string): boolean {
    return this.control(pointer) !== null;
  }

  async #unfold(): Promise<void> {
    for (const details of this.#container.querySelectorAll('details:not([open])')) {
      await act(async () => {
        (details as HTMLDetailsElement).open = true;
        details.dispatchEvent(new Event('toggle'));
      });
    }
  }
}
