import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { ConnectorError } from '../../connector/errors.ts';
import { loadManifests } from '../../connector/load-manifests.ts';
import { MANIFESTS, SERVICES } from '../../services/registry.ts';
import { runCli } from '../cli/cli.ts';

// biome-ignore lint/suspicious/noExplicitAny: a test changes what it knows to be there
type Json = any;
const EXAMPLE = fileURLToPath(new URL('../../examples/connectors/helpdesk/', import.meta.url));

/** A copy of the example's folder with some files changed; a text that is not JSON is written as it is. */
async function ownFolder(changes: { [path: string]: string | ((json: Json) => void) } = {}): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'penstock-own-'));
  onTestFinished(() => rm(root, { recursive: true }));
  await cp(EXAMPLE, join(root, 'helpdesk'), { recursive: true });
  for (const [path, change] of Object.entries(changes)) {
    const file = join(root, path);
    if (typeof change === 'string') {
      await mkdir(join(file, '..'), { recursive: true });
      await writeFile(file, change);
      continue;
    }
    const json = JSON.parse(await readFile(file, 'utf8'));
    change(json);
    await writeFile(file, JSON.stringify(json));
  }
  return root;
}

async function errorsOf(own: string[]): Promise<string[]> {
  const error = await loadManifests(MANIFESTS, { services: SERVICES, own }).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ConnectorError);
  expect((error as ConnectorError).code).toBe('ERR_MANIFEST_INVALID');
  return (error as ConnectorError).errors!.map(({ pointer, message }) => `${pointer}: ${message}`);
}

test('own connectors stand beside those of Penstock, with their shared schemas in place', async () => {
  const manifests = await loadManifests(MANIFESTS, { services: SERVICES, own: [await ownFolder()] });

  expect(manifests.connectors.get('helpdesk')).toMatchObject({ origin: 'operator', service: {} });
  expect(manifests.connectors.get('slack')!.origin).toBe('shipped');
  expect(manifests.actions.get('helpdesk.create_ticket')!.output.schema.properties).toHaveProperty('created_at');
  expect(manifests.triggers.get('helpdesk.new_ticket')!.connector.id).toBe('helpdesk');
});

test('the folder may be that of one connector', async () => {
  const root = await ownFolder();

  const { connectors } = await loadManifests(MANIFESTS, { services: SERVICES, own: [join(root, 'helpdesk')] });

  expect(connectors.has('helpdesk')).toBe(true);
});

test('a link to a folder counts as the folder', async () => {
  const root = await ownFolder();
  const links = await mkdtemp(join(tmpdir(), 'penstock-own-'));
  onTestFinished(() => rm(links, { recursive: true }));
  await symlink(join(root, 'helpdesk'), join(links, 'helpdesk'));

  const { connectors } = await loadManifests(MANIFESTS, { services: SERVICES, own: [links] });

  expect(connectors.has('helpdesk')).toBe(true);
});

test('an error names file, place and remedy', async () => {
  const root = await ownFolder({
    'helpdesk/actions/create_ticket.json': (json) => {
      json.effect = 'once';
    },
    'helpdesk/triggers/new_ticket.json': (json) => {
      json.source.action = 'helpdesk.list_ticket';
    },
  });

  expect(await errorsOf([root])).toEqual([
    `${root}/helpdesk/actions/create_ticket.json#/effect: is "once", but the request sends $run.token; set effect to "token"`,
    `${root}/helpdesk/triggers/new_ticket.json#/source/action: names no action: "helpdesk.list_ticket"; did you mean "helpdesk.list_tickets" or "helpdesk.create_ticket"?`,
  ]);
});

test('an error in a shared schema names its file', async () => {
  const root = await ownFolder({ 'helpdesk/schemas/ticket.json': '{' });

  expect(await errorsOf([root])).toContainEqual(
    expect.stringContaining(`${root}/helpdesk/schemas/ticket.json#: cannot be read as JSON: `),
  );
});

test.each([
  ['a connector of Penstock', 'slack', 'Penstock'],
  ['a service of Penstock', 'core', 'Penstock'],
])('the id of %s is refused', async (_title, id, owner) => {
  const root = await ownFolder({ [`${id}/connector.json`]: '{}' });

  expect(await errorsOf([root])).toContain(
    `${root}/${id}/connector.json#/id: "${id}" is a connector of ${owner} already; rename the folder and the ids in it`,
  );
});

test('two folders with the same connector are refused', async () => {
  const [one, two] = [await ownFolder(), await ownFolder()];

  expect(await errorsOf([one, two])).toEqual([
    `${two}/helpdesk/connector.json#/id: "helpdesk" is a connector of ${one} already; rename the folder and the ids in it`,
  ]);
});

test.each([
  [{ 'helpdesk/actions/create_ticket.json': (json: Json) => delete json.request }, '/request: is missing'],
  [
    {
      'helpdesk/actions/list_tickets.json': (json: Json) => {
        json.shape = 'content';
      },
    },
    '/shape: names no function: "content"',
  ],
  [
    {
      'helpdesk/connector.json': (json: Json) => {
        json.default = true;
      },
    },
    '/default: is set by two connectors',
  ],
])('what is code, or decides for others, is refused: %#', async (changes, said) => {
  expect(await errorsOf([await ownFolder(changes)])).toContainEqual(expect.stringContaining(said));
});

test('a folder that is not there, or has no connector, is named', async () => {
  const empty = await mkdtemp(join(tmpdir(), 'penstock-own-'));
  onTestFinished(() => rm(empty, { recursive: true }));

  expect(await errorsOf(['/nowhere/connectors'])).toEqual([
    expect.stringContaining('/nowhere/connectors: cannot be read: ENOENT'),
  ]);
  expect(await errorsOf([empty])).toEqual([expect.stringContaining('has no connector in it')]);
});

test('"connectors check" needs no server, compiles every schema, and runs the examples', async () => {
  const good = await ownFolder();
  const bad = await ownFolder({
    'helpdesk/actions/create_ticket.json': (json) => {
      json.examples[0].input.priority = 'now';
    },
  });

  const [checked, refused] = [await runCli(['connectors', 'check', good]), await runCli(['connectors', 'check', bad])];

  expect(checked).toMatchObject({ code: 0, out: 'helpdesk: 2 actions, 1 trigger, no errors.\n' });
  expect(refused.code).toBe(1);
  expect(refused.out).toContain(`${bad}/helpdesk/actions/create_ticket.json#/examples/0/input/priority: `);
});
