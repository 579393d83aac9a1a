import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadManifests } from '../../connector/load-manifests.ts';
import { SERVICES } from '../../services/registry.ts';
import { below } from '../../web/src/data/pointer.ts';
import type { JsonObject, Schema } from '../../web/src/forms/schema.ts';
import { renderForm } from './render-form.tsx';

interface Example {
  title: string;
  input: JsonObject;
}

const folder = join(import.meta.dirname, '../../manifests');
const { actions, triggers } = await loadManifests(folder, { services: SERVICES });

const cases = [...actions.values(), ...triggers.values()].flatMap(({ id, manifest }) => {
  const examples = manifest.examples as readonly Example[] | undefined;
  return (examples ?? []).map(({ title, input }) => ({ id, title, input, schema: manifest.input as Schema }));
});

test('every action and trigger has an example', () => {
  expect(new Set(cases.map(({ id }) => id)).size).toBe(actions.size + triggers.size);
});

test.each(cases)('the form of $id is filled in and gives the JSON of "$title"', async ({ schema, input }) => {
  const form = await renderForm(schema);

  if (Object.keys(input).length > 0) await form.driver.fillObject('', input);

  expect(form.value()).toStrictEqual(input);
  expect([...form.problems()]).toEqual([]);
});

const SHOWN =
  'the form of $id shows the JSON of "$title", changes nothing, and has at each field what the API says of it';
test.each(cases)(SHOWN, async (each) => {
  const form = await renderForm(each.schema, each.input);

  expect(form.value()).toBe(each.input);
  expect([...form.problems()]).toEqual([]);
  expect(form.container.querySelectorAll('[role=alert]')).toHaveLength(0);

  const pointers = placesOf(each.input);

  await form.show(pointers.map((pointer) => ({ pointer, message: `wrong at ${pointer}` })));

  const shown = [...form.container.querySelectorAll('.form-field > .field-error')].map(
    ({ textContent }) => textContent!,
  );
  for (const pointer of pointers) {
    expect(shown.filter((text) => text.split('; ').some((part) => part.endsWith(`wrong at ${pointer}`)))).toHaveLength(
      1,
    );
  }
  expect(form.container.querySelectorAll('[role=alert] li')).toHaveLength(pointers.length);
});

/** JSON pointers of every value in an input, the inner ones too. */
function placesOf(value: unknown, pointer = ''): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => [
    below(pointer, name),
    ...placesOf(inner, below(pointer, name)),
  ]);
}
