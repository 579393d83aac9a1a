import { act } from 'react';
import { createRoot } from 'react-dom/client';
import { expect, onTestFinished, test } from 'vitest';
import { Form } from '../../web/src/components/form.tsx';
import { bodyOf, type FieldSchema, SchemaFields, typedOf } from '../../web/src/components/schema-fields.tsx';
import { ApiError } from '../../web/src/data/api-error.ts';

(globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean }).IS_REACT_ACT_ENVIRONMENT = true;

test.each<[kind: string, field: FieldSchema, pointer: string, said?: string]>([
  ['a text', { type: 'string' }, '/authentication/it'],
  ['a number', { type: 'integer' }, '/authentication/it'],
  ['a time', { type: 'string', format: 'date-time' }, '/authentication/it'],
  ['a secret', { type: 'string', writeOnly: true }, '/authentication/it'],
  ['a key of several lines', { type: 'string', writeOnly: true, 'x-ui': { widget: 'textarea' } }, '/authentication/it'],
  ['an item of a list', { type: 'array' }, '/authentication/it/1', '1: is not what it must be'],
  [
    'a list of objects',
    { type: 'array', items: { type: 'object' } },
    '/authentication/it/0/name',
    '0 › name: is not what it must be',
  ],
  ['an object', { type: 'object' }, '/authentication/it/a/b', 'a › b: is not what it must be'],
  ['a choice', { type: 'string', enum: ['a', 'b'] }, '/authentication/it'],
  ['a yes or no', { type: 'boolean' }, '/authentication/it'],
  ['an advanced yes or no', { type: 'boolean', 'x-ui': { level: 'advanced' } }, '/authentication/it'],
])(
  'what the API says of %s stands at its field, which has the focus',
  async (_, field, pointer, said = 'is not what it must be') => {
    const container = document.createElement('div');
    document.body.append(container);
    const root = createRoot(container);
    onTestFinished(async () => {
      await act(async () => root.unmount());
      container.remove();
    });
    const schema = { properties: { other: { title: 'Other', type: 'string' }, it: { title: 'It', ...field } } };
    const errors = [{ pointer, message: 'is not what it must be' }];
    const error = new ApiError(422, {
      title: 'Bad',
      detail: 'Bad.',
      hint: '',
      code: 'ERR_INPUT_INVALID',
      errors,
    } as never);
    const at = '/authentication';
    const shown = (wrong: unknown) => (
      <Form id="form" onSubmit={() => {}} error={wrong}>
        <SchemaFields schema={schema} values={{}} onChange={() => {}} at={at} />
      </Form>
    );
    await act(async () => root.render(shown(undefined)));
    expect(container.querySelector('.field-error')).toBeNull();

    await act(async () => root.render(shown(error)));

    const message = container.querySelector('.field-error')!;
    expect(message.textContent).toBe(said);
    const described = document.activeElement!.getAttribute('aria-describedby') ?? '';
    expect(described.split(' ')).toContain(message.id);
  },
);

test.each<[typed: string, field: FieldSchema, sent: unknown]>([
  ['a\n b \n', { type: 'array', items: { type: 'string' } }, ['a', 'b']],
  ['{"a": 9007199254740993}', { type: 'object' }, { a: 9007199254740993n }],
  ['[{"a": 1}]', { type: 'array', items: { type: 'object' } }, [{ a: 1 }]],
  ['{"a"', { type: 'object' }, '{"a"'],
])('%j is sent as JSON, and shown again', (typed, field, sent) => {
  const schema = { properties: { it: field } };

  const body = bodyOf(schema, { it: typed });

  expect(body).toEqual({ it: sent });
  if (typeof sent !== 'string') expect(bodyOf(schema, typedOf(schema, body))).toEqual(body);
});
