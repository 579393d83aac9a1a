import { describe, expect, test } from 'vitest';
import { loadManifests } from '../../connector/load-manifests.ts';
import type { JsonObject } from '../../connector/manifest.ts';
import { manifestErrors, manifestFolder } from './manifest-folder.ts';

const connector: JsonObject = {
  id: 'shop',
  version: 1,
  title: 'Shop',
  connection: { type: 'object', additionalProperties: false, properties: {} },
  auth: [],
};

/** A list, and an action that picks from it. */
const list: JsonObject = {
  id: 'shop.list_orders',
  version: 1,
  title: 'List Orders',
  group: 'Orders',
  description: 'Lists the orders.',
  effect: 'safe',
  input: { type: 'object', additionalProperties: false, properties: {} },
  request: { method: 'GET', path: '/orders' },
  output: {
    type: 'object',
    properties: { orders: { type: 'array', items: { type: 'object', properties: { id: { type: 'string' } } } } },
  },
  examples: [{ title: 'All', input: {}, output: { orders: [{ id: 'a' }] } }],
};

const cancel: JsonObject = {
  id: 'shop.cancel_order',
  version: 1,
  title: 'Cancel Order',
  group: 'Orders',
  description: 'Cancels an order.',
  effect: 'idempotent',
  input: {
    type: 'object',
    required: ['order_id'],
    additionalProperties: false,
    properties: {
      order_id: {
        title: 'Order',
        type: 'string',
        'x-options': { action: 'shop.list_orders', items: 'orders', value: 'id' },
      },
      reason: { title: 'Reason', type: 'string' },
    },
  },
  request: { method: 'POST', path: '/orders/{input.order_id}/cancel', body: { reason: '$input.reason' } },
  output: { type: 'object', properties: { state: { type: 'string' } } },
  examples: [{ title: 'By ID', input: { order_id: 'a' }, output: { state: 'canceled' } }],
};

const watch: JsonObject = {
  id: 'shop.new_orders',
  version: 1,
  title: 'New Orders',
  group: 'Orders',
  description: 'Emits new orders.',
  input: { type: 'object', additionalProperties: false, properties: {} },
  every_seconds: 60,
  source: { action: 'shop.list_orders', input: {} },
  cursor: { items: 'orders', value: 'id', key: 'id', page_size: 100 },
  output: { type: 'object' },
  examples: [{ title: 'One', input: {}, output: { id: 'a' } }],
};

const FILE = 'shop/actions/cancel_order.json';
const SHOP = { 'shop/connector.json': connector, 'shop/actions/list_orders.json': list };
const folderOf = (files: { [path: string]: unknown }) => manifestFolder({ ...SHOP, ...files });
const validationErrorsOf = (files: { [path: string]: unknown }) => manifestErrors({ ...SHOP, ...files });

/** A copy of `manifest` in which the value at a path is another; undefined takes it out. */
function changed(manifest: JsonObject, path: string, value: unknown): JsonObject {
  const copy = structuredClone(manifest);
  const steps = path.split('/');
  const last = steps.pop()!;
  let place = copy as Record<string, unknown>;
  for (const step of steps) place = place[step] as Record<string, unknown>;
  if (value === undefined) delete place[last];
  else place[last] = value;
  return copy;
}

test('loads connectors, actions and triggers, compiled and frozen', async () => {
  const folder = await folderOf({ 'shop/actions/cancel_order.json': cancel, 'shop/triggers/new_orders.json': watch });

  const manifests = await loadManifests(folder, { checks: 'all' });

  expect([...manifests.actions.keys()]).toEqual(['shop.cancel_order', 'shop.list_orders']);
  expect(manifests.triggers.get('shop.new_orders')!.connector).toBe(manifests.connectors.get('shop'));
  expect(manifests.actions.get('shop.cancel_order')!.input.validationErrors({})).toMatchObject([
    { pointer: '/order_id' },
  ]);
  expect(Object.isFrozen(manifests.actions.get('shop.cancel_order')!.manifest.examples[0]!.input)).toBe(true);
});

test('files that another process has checked are not checked again, and are the same', async () => {
  const folder = await folderOf({ [FILE]: cancel, 'shop/triggers/new_orders.json': watch });
  const wrong = await folderOf({ [FILE]: { ...cancel, more: 1 } });

  const [checked, known] = [await loadManifests(folder), await loadManifests(folder, { checks: 'none' })];

  expect([...known.actions.values()].map(({ manifest }) => manifest)).toEqual(
    [...checked.actions.values()].map(({ manifest }) => manifest),
  );
  expect(known.actions.get('shop.cancel_order')!.input.validationErrors({})).toMatchObject([{ pointer: '/order_id' }]);
  expect((await loadManifests(wrong, { checks: 'none' })).actions.size).toBe(2);
});

describe('names file, place and remedy of', () => {
  test.each([
    ['a misspelt key', 'titel', 'Cancel', `${FILE}#/titel: "titel" is not a field; did you mean "title"?`],
    [
      'a missing title',
      'input/properties/reason/title',
      undefined,
      `${FILE}#/input/properties/reason/title: "input.properties.reason.title" is required`,
    ],
    ['a misspelt keyword of a field', 'input/properties/reason/x-option', {}, 'did you mean "x-options"'],
    ['a misspelt keyword of ours', 'input/properties/reason/x-ui', { lavel: 'main' }, 'did you mean "level"'],
    ['an unknown widget', 'input/properties/reason/x-ui', { widget: 'area' }, 'must be one of "textarea"'],
    [
      'an open input',
      'input/additionalProperties',
      true,
      `${FILE}#/input/additionalProperties: "input.additionalProperties" must be false`,
    ],
    [
      'an unknown effect',
      'effect',
      'maybe',
      `${FILE}#/effect: "effect" must be one of "safe", "idempotent", "token", "once"`,
    ],
    ['a path without its slash', 'request/path', 'orders', `${FILE}#/request/path:`],
    ['a foreign host as path', 'request/path', '//other/orders', `${FILE}#/request/path:`],
    ['a scope that is not known', 'request/body/reason', '$inputs.reason', `${FILE}#/request/body/reason:`],
    [
      'a scope in the wrong place',
      'request/body/reason',
      '$last.reason',
      'refers to "$last.reason"; here only $input, $options, $run, $account are known',
    ],
    [
      'an input that is not there',
      'request/body/reason',
      '$input.raeson',
      'refers to the input "raeson", which shop.cancel_order does not have; did you mean "reason"?',
    ],
    ['an input that is never used', 'request/body', {}, `${FILE}#/input/properties/reason: is never used`],
    [
      'a path value that is not required',
      'input/required',
      [],
      `${FILE}#/request/path: needs "order_id", which is not required`,
    ],
    [
      'an id that is not the file’s',
      'id',
      'shop.cancel',
      `${FILE}#/id: is "shop.cancel", but the file says "shop.cancel_order"`,
    ],
    [
      'a choice from an unknown action',
      'input/properties/order_id/x-options/action',
      'shop.list_order',
      'names no action: "shop.list_order"; did you mean "shop.list_orders"?',
    ],
    [
      'a choice from a list that is not there',
      'input/properties/order_id/x-options/items',
      'order',
      '"order" is not a list in the output of shop.list_orders',
    ],
    [
      'a choice of a value that is not there',
      'input/properties/order_id/x-options/value',
      'key',
      '"key" is not in "orders" of the output of shop.list_orders',
    ],
    ['a shape without a function', 'shape', 'as_text', 'names no function: "as_text"'],
    ['chunks that nothing waits for', 'pages', { style: 'chunks' }, `${FILE}#/await: "await" is required`],
    ['a missing request', 'request', undefined, `${FILE}#/request: is missing`],
    [
      'a token that is not sent',
      'effect',
      'token',
      `${FILE}#/effect: is "token", but the request does not send $run.token`,
    ],
    [
      'an example that does not fit',
      'examples/0/input',
      { order_id: 5 },
      `${FILE}#/examples/0/input/order_id: Order (order_id) must be text; got 5`,
    ],
    ['an example’s output that does not fit', 'examples/0/output', { state: 5 }, `${FILE}#/examples/0/output/state:`],
    [
      'a pattern that is no regular expression',
      'input/properties/reason/pattern',
      '(',
      `${FILE}#/input/properties/reason/pattern:`,
    ],
    [
      'a field shown with a field that is not there',
      'input/properties/reason/x-ui',
      { when: { kind: ['x'] } },
      'names "kind", which is no field of the input',
    ],
    [
      'a field whose name has a slash',
      'input/properties/reason',
      {
        title: 'Reason',
        type: 'object',
        properties: { 'a/b': { title: 'A', $ref: '#/$defs/c' } },
      },
      `${FILE}#/input/properties/reason/properties/a~1b/$ref: leads nowhere: "#/$defs/c"; add it to $defs`,
    ],
    [
      'a required field that only every object has',
      'input/properties/reason',
      { title: 'Reason', type: 'object', properties: {}, required: ['constructor'] },
      `${FILE}#/input/properties/reason/required: names "constructor", which is not a field; correct the name`,
    ],
  ])('%s', async (_what, path, value, expected) => {
    const validationErrors = await validationErrorsOf({ [FILE]: changed(cancel, path, value) });

    expect(validationErrors.join('\n')).toContain(expected);
  });

  test('a file that is not JSON', async () => {
    expect((await validationErrorsOf({ [FILE]: '{ "id": ' })).join()).toMatch(
      /^shop\/actions\/cancel_order\.json#: cannot be read as JSON: /,
    );
  });

  test('a connector in a folder of another name', async () => {
    expect(await validationErrorsOf({ 'shop/connector.json': { ...connector, id: 'store' } })).toEqual([
      'shop/connector.json#/id: is "store", but the folder is "shop"; make them equal',
    ]);
  });

  test('a trigger whose source is not there', async () => {
    const validationErrors = await validationErrorsOf({
      'shop/triggers/new_orders.json': changed(watch, 'source/action', 'shop.list_oders'),
    });

    expect(validationErrors).toEqual([
      'shop/triggers/new_orders.json#/source/action: names no action: "shop.list_oders"; did you mean "shop.list_orders"?',
    ]);
  });

  test('a schema that Ajv refuses', async () => {
    const validationErrors = await validationErrorsOf({
      [FILE]: changed(cancel, 'input/properties/reason', { title: 'Reason', minLength: 1 }),
    });

    expect(validationErrors.join()).toMatch(/#\/input: is not a usable JSON Schema: .*minLength/);
  });

  test('faults in several files at once', async () => {
    const validationErrors = await validationErrorsOf({
      [FILE]: changed(cancel, 'titel', ''),
      'shop/triggers/new_orders.json': changed(watch, 'version', 0),
    });

    expect(validationErrors.map((fault) => fault.split('#')[0])).toEqual([FILE, 'shop/triggers/new_orders.json']);
  });
});

describe('the setup of an example', () => {
  test.each<[what: string, setup: unknown[], expected: string]>([
    ['an unknown action', ['shop.list_order'], '/setup/0: names no action: "shop.list_order"; did you mean'],
    ['an input that does not fit', [{ action: 'shop.list_orders', input: { x: 1 } }], '/setup/0/input/x: '],
    ['its own example', ['shop.list_orders', 'shop.cancel_order'], '/setup/1: "shop.cancel_order" needs an example of'],
    ['a misspelt key', [{ action: 'shop.list_orders', input: {}, outputs: {} }], '/setup/0/outputs: '],
  ])('refuses %s', async (_what, setup, expected) => {
    const errors = await validationErrorsOf({ [FILE]: changed(cancel, 'examples/0/setup', setup) });

    expect(errors.join('\n')).toContain(`${FILE}#/examples/0${expected}`);
  });

  test('is refused in a trigger, whose examples are not replayed', async () => {
    const trigger = changed(watch, 'examples/0/setup', ['shop.list_orders']);

    expect((await validationErrorsOf({ 'shop/triggers/new_orders.json': trigger })).join()).toContain(
      '/examples/0/setup',
    );
  });
});
