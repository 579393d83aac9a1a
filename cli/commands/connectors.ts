import { resolve } from 'node:path';
import type { ConnectorSource } from '../../connector/connector-source.ts';
import { ConnectorError, type ValidationError } from '../../connector/errors.ts';
import { PAGE_OPTIONS, printAnswer, printFields, printList } from '../answer.ts';
import { type Json, path } from '../client.ts';
import type { Call, CommandSpec } from '../command.ts';
import { confirmLoss, count, YES_OPTION } from '../confirm.ts';
import { ApiProblem, UsageError } from '../problem.ts';
import { note, print } from '../shell.ts';
import { time } from '../table.ts';

/** The connectors there are, and those of one's own: before there is a server, and for one tenant of it. */
export const CONNECTOR_COMMANDS: readonly CommandSpec[] = [
  {
    usage: 'connectors list',
    isDefault: true,
    text: 'List connectors',
    options: PAGE_OPTIONS,
    run: (call) =>
      printList(call, '/v1/connectors', {
        none: 'No connectors.',
        columns: {
          ID: ({ id }) => id,
          TITLE: ({ title }) => title,
          ORIGIN: ({ origin }) => origin,
          VERSION: ({ version }) => version,
          ACTIONS: ({ actions }) => actions,
          TRIGGERS: ({ triggers }) => triggers,
        },
      }),
  },
  {
    usage: 'connectors check <folder>',
    text: 'Check the manifests of a connector, or of a folder of connectors; needs no server',
    examples: ['npx penstock connectors check ./connectors/helpdesk'],
    run: check,
  },
  {
    usage: 'connectors show <id>',
    text: 'Show a connector: its logins, and the fields of a linked account',
    run: show,
  },
  {
    usage: 'connectors add <folder>',
    text: 'Add a connector of your own from its folder; only your tenant sees it',
    options: [{ flags: '--replace', text: 'replace the one that is there; runs that have begun keep the old files' }],
    examples: ['npx penstock connectors add ./connectors/helpdesk'],
    run: add,
  },
  {
    usage: 'connectors remove <id>',
    text: 'Remove a connector of your own that nothing uses',
    options: [YES_OPTION],
    run: remove,
  },
];

async function show(call: Call): Promise<void> {
  const connector = await call.client.call('GET', path`/v1/connectors/${call.args[0]!}`);
  printAnswer(call, connector, () => {
    const { connection, auth, base_urls } = connector as Json;
    printFields(call.shell, {
      id: connector.id,
      title: connector.title,
      origin: connector.origin,
      version: connector.version,
      revision: connector.revision,
      updated: connector.updated_at === undefined ? undefined : time(connector.updated_at),
      actions: connector.actions,
      triggers: connector.triggers,
      docs: connector.docs,
      fields: Object.keys(connection.properties ?? {}).join(', ') || 'none',
      logins: (auth as Json[]).map(({ id }) => id).join(', ') || 'none',
      hosts:
        Object.entries<Json>(base_urls)
          .map(([name, { url, hosts }]) => `${name} ${hosts ?? url}`)
          .join(', ') || 'none',
    });
  });
}

/** Sends the files of one folder; what is wrong with them is printed as `check` does. */
async function add(call: Call): Promise<number> {
  const folder = resolve(call.args[0]!);
  const { id, files, icons } = await readFolder(folder);
  const body = { files: { ...Object.fromEntries(files), ...Object.fromEntries(icons) } };
  try {
    const connector =
      call.options.replace === true
        ? await call.client.call('PUT', path`/v1/connectors/${id}`, { body })
        : await call.client.call('POST', '/v1/connectors', { body });
    printAnswer(call, connector, () => {
      const has = `${count(connector.actions, 'action')}, ${count(connector.triggers, 'trigger')}`;
      print(call.shell, `${connector.id}: revision ${connector.revision}, ${has}.`);
    });
    return 0;
  } catch (error) {
    if (!(error instanceof ApiProblem) || error.problem.code !== 'ERR_MANIFEST_INVALID') throw error;
    return printErrors(call, (error.problem.errors ?? []) as ValidationError[]);
  }
}

/** The folder of one connector, with the name of its id. @throws UsageError for another one */
async function readFolder(folder: string): Promise<ConnectorSource> {
  const { readOwnSources } = await import('../../connector/connector-source.ts');
  const wrong: ValidationError[] = [];
  const { sources } = await readOwnSources(folder, wrong).catch((error: Error) => {
    throw new UsageError(`the folder "${folder}" cannot be read: ${error.message}`);
  });
  const [source] = sources;
  if (source === undefined || sources.length > 1 || (!source.files.has('connector.json') && wrong.length === 0)) {
    const message = `the folder "${folder}" is not that of one connector`;
    throw new UsageError(message, 'Pass the folder that contains its connector.json.');
  }
  if (wrong.length > 0) throw new UsageError(`${wrong[0]!.pointer}: ${wrong[0]!.message}`);
  return source;
}

async function remove(call: Call): Promise<void> {
  const id = call.args[0]!;
  await confirmLoss(call, `Remove the connector "${id}"?`, []);
  await call.client.call('DELETE', path`/v1/connectors/${id}`);
  printAnswer(call, {}, () => print(call.shell, `Removed ${id}.`));
}

function printErrors({ shell, isJson }: Call, errors: readonly ValidationError[]): number {
  if (isJson) print(shell, JSON.stringify({ errors }));
  else for (const { pointer, message } of errors) print(shell, `${pointer}: ${message}`);
  note(shell, `${errors.length} ${errors.length === 1 ? 'error' : 'errors'}`);
  return 1;
}

/** Checks as the server does at its start, compiles every schema, and runs the examples through them. */
async function check(call: Call): Promise<number> {
  const { shell } = call;
  const folder = resolve(call.args[0]!);
  const [{ loadManifests }, { MANIFESTS, SERVICES }] = await Promise.all([
    import('../../connector/load-manifests.ts'),
    import('../../services/registry.ts'),
  ]);
  try {
    const manifests = await loadManifests(MANIFESTS, { checks: 'own', services: SERVICES, own: [folder] });
    const own = [...manifests.connectors.values()].filter(({ origin }) => origin === 'operator');
    const of = (all: ReadonlyMap<string, { connector: object }>) =>
      [...all.values()].filter(({ connector }) => own.some((each) => each === connector)).length;
    const counts = {
      connectors: own.map(({ id }) => id),
      actions: of(manifests.actions),
      triggers: of(manifests.triggers),
    };
    if (call.isJson) print(shell, JSON.stringify({ ...counts, errors: [] }));
    else {
      const named = counts.connectors.join(', ');
      print(shell, `${named}: ${count(counts.actions, 'action')}, ${count(counts.triggers, 'trigger')}, no errors.`);
    }
    return 0;
  } catch (error) {
    if (!(error instanceof ConnectorError) || error.errors === undefined) throw error;
    return printErrors(call, error.errors);
  }
}
