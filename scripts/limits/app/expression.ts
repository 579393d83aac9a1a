import { randomBytes } from 'node:crypto';
import type { Limit } from './limit.ts';
import { longestTask } from './page-time.ts';

const ENDLESS = '{{ ($f := function($n) { $f($n + 1) }; $f(0)) }}';

/** What a person types into the builder. */
export const EXPRESSION: readonly Limit[] = [
  {
    name: 'builder: an expression that never ends',
    figures: [{ name: 'longest task of the page', most: 100, unit: 'ms' }],
    async measure(app) {
      const { id } = await app.send('POST', '/v1/workflows', {
        name: `endless ${randomBytes(4).toString('hex')}`,
        trigger: { id: 'core.manual' },
        steps: [{ id: 'shape', action: 'core.transform', input: { value: '{{ 6 * 7 }}' } }],
      });
      const { page, context } = await app.open();
      await page.goto(`${app.url}/app/workflows/${id}/edit?step=shape&tab=input`);
      await page.getByRole('status', { name: 'Result of Value' }).getByText('42').waitFor();
      await page.getByRole('textbox', { name: 'Value' }).click();
      const ms = await longestTask(page, async () => {
        await page.keyboard.press('Control+a');
        await page.keyboard.insertText(ENDLESS);
        await page.getByText('ended after half a second').waitFor();
      });
      await context.close();
      return [ms];
    },
  },
];
