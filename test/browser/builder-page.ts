import type { Page } from '@playwright/test';
import { api } from './app.ts';

let names = 0;
/** A name that no other test gives. */
export const nameOf = (what: string) => `${what} ${process.pid}-${++names}`;

/** Whether the server has the draft. */
export const draftState = (page: Page) => page.getByRole('status', { name: 'Draft' });
export const outline = (page: Page) => page.getByRole('tree', { name: 'Outline' });

/** A published workflow, as the API makes it. */
export async function workflow(name: string, more: object = {}): Promise<string> {
  const steps = [
    { id: 'shape', action: 'core.transform', input: { value: { n: 7 } } },
    { id: 'again', action: 'core.transform', input: { value: '{{ steps.shape.output.value.n }}' } },
  ];
  return (await api('POST', '/v1/workflows', { name, trigger: { id: 'core.manual' }, steps, ...more })).id;
}

export const draftOf = async (id: string) => (await api('GET', `/v1/workflows/${id}/draft`)).definition;
