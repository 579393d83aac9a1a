import { expect, test } from 'vitest';
import type { ExpressionMode } from '../../web/src/forms/form-context.ts';
import type { Schema } from '../../web/src/forms/schema.ts';
import { renderForm } from './render-form.tsx';

const object = (properties: Record<string, Schema>, more: Schema = {}): Schema => ({
  type: 'object',
  additionalProperties: false,
  properties,
  ...more,
});
const TEXT: Schema = { title: 'Text', type: 'string' };

test.each<[typed: string, kept: unknown, problem: RegExp | undefined]>([
  ['12', 12, undefined],
  ['-1.5e3', -1500, undefined],
  ['12x', '12x', /not a number/],
  ['1.5', 1.5, undefined],
  ['9007199254740993', 9007199254740993n, undefined],
  ['0.1234567890123456789', '0.1234567890123456789', /more digits/],
])('a number typed as %s is kept as %s', async (typed, kept, problem) => {
  const form = await renderForm(object({ n: { title: 'N', type: 'number' } }));

  await form.driver.type(form.driver.control('/n')!, typed);

  expect(form.value()).toEqual({ n: kept });
  expect(form.problems().get('/n') ?? '').toMatch(problem ?? /^$/);
});

test('an id of 64 bits is text to its last digit', async () => {
  const form = await renderForm(object({ id: { title: 'ID', type: 'string', format: 'int64' } }));

  await form.driver.type(form.driver.control('/id')!, '9223372036854775807');

  expect(form.value()).toEqual({ id: '9223372036854775807' });
  expect(form.problems().size).toBe(0);
});

test('a stored integer beyond 2^53 is shown, edited and kept with all of its digits', async () => {
  const schema = object({
    n: { title: 'N', type: 'integer' },
    big: { title: 'Big', type: 'string', format: 'int64' },
    a: TEXT,
  });
  const form = await renderForm(schema, { n: 9007199254740993n, big: -9223372036854775808n, a: 'x' });

  expect(form.driver.control('/n')).toHaveProperty('value', '9007199254740993');
  expect(form.driver.control('/big')).toHaveProperty('value', '-9223372036854775808');
  await form.driver.type(form.driver.control('/a')!, 'y');
  await form.driver.type(form.driver.control('/n')!, '9007199254740995');
  expect(form.value()).toEqual({ n: 9007199254740995n, big: -9223372036854775808n, a: 'y' });
  await form.driver.press('JSON');

  expect(form.container.querySelector('textarea')!.value).toContain('"big": -9223372036854775808');
});

test('a cleared field is left out, and an empty text that was given is kept', async () => {
  const form = await renderForm(object({ a: TEXT, b: TEXT }), { a: 'x', b: '' });

  await form.driver.type(form.driver.control('/a')!, '');

  expect(form.value()).toEqual({ b: '' });
  expect(form.container.textContent).toContain('Sent as an empty text.');
});

test('a stored secret is replaced, never shown', async () => {
  const form = await renderForm(object({ key: { title: 'Key', type: 'string', writeOnly: true } }), {
    key: '[secret]',
  });

  await form.driver.press('Replace Key');
  await form.driver.type(form.driver.control('/key')!, 'new');

  expect((form.driver.control('/key') as HTMLInputElement).type).toBe('password');
  expect(form.value()).toEqual({ key: 'new' });
});

test('items of a list are moved with what is typed in them, and removed', async () => {
  const list: Schema = { title: 'Names', type: 'array', items: TEXT };
  const form = await renderForm(object({ list }), { list: ['a', 'b', 'c'] });

  await form.driver.press('Move Text 3 of Names up');
  await form.driver.press('Remove Text 1 of Names');

  expect(form.value()).toEqual({ list: ['c', 'b'] });
  expect((form.driver.control('/list/0') as HTMLInputElement).value).toBe('c');
});

test('an entry of a map is not renamed over another one', async () => {
  const map: Schema = { title: 'Tags', type: 'object', additionalProperties: { type: 'string' } };
  const form = await renderForm(object({ map }), { map: { a: '1', b: '2' } });
  const name = form.container.querySelectorAll<HTMLInputElement>('.form-entry input[id*=name]')[1]!;

  await form.driver.type(name, 'a');
  expect(form.value()).toEqual({ map: { a: '1', b: '2' } });
  expect([...form.problems().values()]).toEqual(['"a" is there already; enter another name.']);
  await form.driver.type(name, 'ab');

  expect(form.value()).toEqual({ map: { a: '1', ab: '2' } });
  expect(form.problems().size).toBe(0);
});

test('names of markup and of prototypes are names', async () => {
  const map: Schema = { title: 'Tags', type: 'object', additionalProperties: { type: 'string' } };
  const value = JSON.parse('{"map": {"__proto__": "1", "a/b~c <b>": "2"}}');
  const form = await renderForm(object({ map }), value);

  await form.driver.type(form.driver.control('/map/__proto__')!, '3');
  await form.driver.type(form.driver.control('/map/a~1b~0c <b>')!, '4');

  expect(JSON.stringify(form.value())).toBe('{"map":{"__proto__":"3","a/b~c <b>":"4"}}');
});

test('a condition shows a field, and a value that no longer goes with it is not hidden', async () => {
  const schema = object({
    source: { title: 'Source', type: 'string', enum: ['table', 'query'], default: 'table' },
    query: { title: 'Query', type: 'string', 'x-ui': { when: { source: ['query'] } } },
  });
  const form = await renderForm(schema, { source: 'query', query: 'SELECT 1' });

  await form.driver.fill('/source', 'table');

  expect(form.value()).toEqual({ source: 'table', query: 'SELECT 1' });
  expect(form.container.textContent).toContain('does not go with what is chosen');
  await form.driver.type(form.driver.control('/query')!, '');
  expect(form.driver.control('/query')).toBeNull();
});

test('what is required follows from what is chosen', async () => {
  const schema = object(
    { a: TEXT, b: { ...TEXT, title: 'B' } },
    { if: { required: ['a'] }, then: { required: ['b'] } },
  );
  const form = await renderForm(schema);
  expect(form.driver.control('/b')!.getAttribute('aria-required')).toBeNull();

  await form.driver.type(form.driver.control('/a')!, 'x');

  expect(form.driver.control('/b')!.getAttribute('aria-required')).toBe('true');
});

test('one of two ways is chosen, and what the other one had comes back with it', async () => {
  const schema = object(
    { a: { ...TEXT, title: 'A' }, b: { ...TEXT, title: 'B' } },
    { oneOf: [{ required: ['a'] }, { required: ['b'] }] },
  );
  const form = await renderForm(schema, { a: 'one' });
  const [a, b] = form.container.querySelectorAll<HTMLInputElement>('input[type=radio]');
  expect(form.driver.control('/b')).toBeNull();

  await form.driver.click(b!);
  expect(form.value()).toEqual({});
  await form.driver.type(form.driver.control('/b')!, 'two');
  await form.driver.click(a!);

  expect(form.value()).toEqual({ a: 'one' });
});

test('ways with fields of their own are told apart by their constant', async () => {
  const way = (kind: string, more: Record<string, Schema>): Schema => ({
    required: ['kind'],
    properties: { kind: { title: 'Kind', const: kind }, ...more },
  });
  const schema = object({}, { oneOf: [way('s3', { bucket: TEXT }), way('file', { path: TEXT })] });
  const form = await renderForm(schema, { kind: 's3', bucket: 'x' });

  await form.driver.click(form.container.querySelectorAll<HTMLInputElement>('input[type=radio]')[1]!);
  await form.driver.type(form.driver.control('/path')!, '/tmp');

  expect(form.value()).toEqual({ kind: 'file', path: '/tmp' });
});

test('a part that contains itself is shown as deep as its value', async () => {
  const node: Schema = { title: 'Node', ...object({ name: TEXT, child: { title: 'Child', $ref: '#/$defs/node' } }) };
  const schema = { ...object({ tree: { title: 'Tree', $ref: '#/$defs/node' } }), $defs: { node } };
  const form = await renderForm(schema);

  await form.driver.fillObject('', { tree: { child: { child: { name: 'x' } } } });

  expect(form.value()).toEqual({ tree: { child: { child: { name: 'x' } } } });
});

test('what the schema does not know is shown, kept, and can be removed', async () => {
  const form = await renderForm(object({ a: TEXT }), { a: 'x', later: { deep: [1] } });

  await form.driver.type(form.driver.control('/a')!, 'y');
  expect(form.value()).toEqual({ a: 'y', later: { deep: [1] } });
  await form.driver.press('Remove later');

  expect(form.value()).toEqual({ a: 'y' });
});

test('a value of another type than the field is shown as JSON', async () => {
  const form = await renderForm(object({ list: { title: 'List', type: 'array', items: TEXT } }), {
    list: '{{ rows }}',
  });

  await form.driver.type(form.driver.control('/list')!, '["a"]');

  expect(form.value()).toEqual({ list: ['a'] });
});

test('an error of the API stands at its field, opens what is folded, and goes when the field changes', async () => {
  const schema = object({ a: TEXT, b: { ...TEXT, title: 'Bee', 'x-ui': { level: 'advanced' } } });
  const form = await renderForm(schema, { a: 'x' });
  expect(form.driver.control('/b')).toBeNull();

  await form.show([
    { pointer: '/b', message: 'is required' },
    { pointer: '/gone', message: 'is not known' },
  ]);

  const field = form.driver.control('/b')!;
  const described = field
    .getAttribute('aria-describedby')!
    .split(' ')
    .map((id) => document.getElementById(id)!);
  expect(field.getAttribute('aria-invalid')).toBe('true');
  expect(described.at(-1)!.textContent).toBe('is required');
  expect(form.container.querySelector('[role=alert]')!.textContent).toContain('is not known');
  await form.driver.type(field, 'y');
  expect(form.driver.control('/b')!.getAttribute('aria-invalid')).toBeNull();
  expect(form.container.querySelector('[role=alert]')!.textContent).not.toContain('is required');
});

test('the JSON view is the same value with the same undo, and keeps text that is no JSON', async () => {
  const form = await renderForm(object({ a: TEXT }), { a: 'x' });
  await form.driver.press('JSON');
  const area = form.container.querySelector('textarea')!;

  await form.driver.type(area, '{"a": "y", "n": 0.1234567890123456789}');
  expect(form.value()).toEqual({ a: 'x' });
  expect(form.problems().get('')).toContain('loses digits');
  await form.driver.type(area, '[1]');
  expect(form.problems().get('')).toContain('not an object');
  expect(area.value).toBe('[1]');
  await form.driver.type(area, '{"a": "y", "n": 9007199254740993}');
  expect(form.value()).toEqual({ a: 'y', n: 9007199254740993n });
  expect(form.problems().size).toBe(0);
  await form.undo();

  expect(form.value()).toEqual({ a: 'x' });
  expect(area.value).toBe('{\n  "a": "x"\n}');
});

test('a value from outside takes the place of text that is no JSON', async () => {
  const form = await renderForm(object({ any: { title: 'Any' } }), { any: 1 });
  await form.driver.type(form.driver.control('/any')!, '{"a": ');
  expect(form.problems().size).toBe(1);

  await form.set({ any: 2 });

  expect(form.problems().size).toBe(0);
  expect((form.driver.control('/any') as HTMLTextAreaElement).value).toBe('2');
});

test('any field takes an expression where a page allows it', async () => {
  const expressions: ExpressionMode = {
    isExpression: (value) => typeof value === 'string' && value.startsWith('{{'),
    start: () => '{{ }}',
    render: ({ id, value, onChange }) => (
      <input id={id} value={String(value)} onChange={({ target }) => onChange(target.value)} />
    ),
  };
  const schema = object({ n: { title: 'N', type: 'integer' }, list: { title: 'List', type: 'array', items: TEXT } });
  const form = await renderForm(schema, { n: 1, list: '{{ rows }}' }, { expressions });

  await form.driver.press('Expression for N');
  await form.driver.type(form.driver.control('/n')!, '{{ trigger.n }}');
  await form.driver.press('Value for List');

  expect(form.value()).toEqual({ n: '{{ trigger.n }}' });
});
