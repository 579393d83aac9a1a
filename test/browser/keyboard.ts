import { expect, type Locator, type Page } from '@playwright/test';

type Role = 'button' | 'link' | 'textbox' | 'combobox' | 'searchbox' | 'grid' | 'tree' | 'switch';

/** A person without a mouse. After each key something in sight has the focus and shows that it has it. */
export interface Keyboard {
  /** Presses keys, one after the other; text goes to `type`. */
  keys(...pressed: string[]): Promise<void>;
  /** Tab until it has the focus. */
  to(role: Role, name: string | RegExp): Promise<Locator>;
  /** Tab to it, then Enter. */
  press(role: 'button' | 'link', name: string | RegExp): Promise<void>;
  /** Tab into its group, then arrows; arrows choose. */
  choose(role: 'tab' | 'radio', name: string | RegExp): Promise<void>;
  /** Opens a list by Enter and takes one of it by arrows. */
  pick(button: string | RegExp, option: string | RegExp): Promise<void>;
  /** Replaces what a field has. */
  type(name: string | RegExp, text: string): Promise<void>;
}

const MAX_TABS = 150;
const MAX_ARROWS = 60;

/** What is wrong with the focus; null when it can be seen where it is. Of a hidden input its label shows it. */
const FAULT = `(() => {
  let element = document.activeElement;
  while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
  if (element === null || element === document.body) return 'nothing has the focus';
  const named = element.outerHTML.slice(0, 200);
  for (let each = element, depth = 0; each !== null && depth < 4; each = each.parentElement, depth += 1) {
    const { outlineStyle, outlineWidth } = getComputedStyle(each);
    if (outlineStyle === 'none' || outlineWidth === '0px') continue;
    const box = each.getBoundingClientRect();
    const isInSight = box.right > 0 && box.bottom > 0 && box.left < innerWidth && box.top < innerHeight;
    return isInSight && box.width > 1 ? null : 'the focus is out of sight: ' + named;
  }
  return 'the focus does not show: ' + named;
})()`;

/** Whether nothing after what has the focus takes it by Tab. */
const IS_LAST = `(() => {
  const inOrder = [...document.querySelectorAll('a[href], button, input, select, textarea, [tabindex="0"]')];
  const after = inOrder.filter((each) => document.activeElement.compareDocumentPosition(each) & Node.DOCUMENT_POSITION_FOLLOWING);
  return after.every((each) => each.tabIndex < 0 || each.disabled || !each.checkVisibility());
})()`;

export function keyboardOf(page: Page): Keyboard {
  const seen = () => expect.poll(() => page.evaluate<string | null>(FAULT), { timeout: 10_000 }).toBeNull();
  const has = async (target: Locator) => (await target.and(page.locator(':focus')).count()) > 0;
  const find = async (role: Role | 'tab' | 'radio', name: string | RegExp) => {
    // A dialog comes after the page that it is above.
    const target = page.getByRole(role, { name, exact: typeof name === 'string' }).last();
    await expect(target).toBeVisible({ timeout: 15_000 });
    return target;
  };
  const keys: Keyboard['keys'] = async (...pressed) => {
    for (const key of pressed) {
      const isLast = key === 'Tab' && (await page.evaluate<boolean>(IS_LAST));
      await page.keyboard.press(key);
      // After the last one the focus is at the browser's own buttons, and comes back.
      if (isLast && (await page.evaluate<boolean>('document.activeElement === document.body')))
        await page.keyboard.press('Tab');
      await seen();
    }
  };
  const until = async (isThere: () => Promise<boolean>, key: string, most: number) => {
    for (let count = 0; count < most; count += 1) {
      if (await isThere()) return;
      await keys(key);
    }
    throw new Error(`${most} times ${key} does not lead there`);
  };
  const to: Keyboard['to'] = async (role, name) => {
    const target = await find(role, name);
    await until(() => has(target), 'Tab', MAX_TABS);
    return target;
  };
  return {
    keys,
    to,
    async press(role, name) {
      await to(role, name);
      await keys('Enter');
    },
    async choose(role, name) {
      const target = await find(role, name);
      const group = target.locator(`xpath=ancestor::*[@role="${role === 'tab' ? 'tablist' : 'radiogroup'}"][1]`);
      await until(async () => (await group.locator(':focus').count()) > 0, 'Tab', MAX_TABS);
      await until(() => has(target), role === 'tab' ? 'ArrowRight' : 'ArrowDown', MAX_ARROWS);
    },
    async pick(button, option) {
      await to('button', button);
      await keys('Enter');
      const wanted = page.getByRole('option', { name: option, exact: typeof option === 'string' }).first();
      await expect(wanted).toBeAttached();
      await until(() => has(wanted), 'ArrowDown', MAX_ARROWS);
      await keys('Enter');
    },
    async type(name, text) {
      await to('textbox', name);
      await keys('Control+a');
      await page.keyboard.insertText(text);
    },
  };
}
