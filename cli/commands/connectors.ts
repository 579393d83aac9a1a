import { resolve } from 'node:path';
import { ConnectorError } from '../../connector/errors.ts';
import { PAGE_OPTIONS, printList } from '../answer.ts';
import type { Call, CommandSpec } from '../command.ts';
import { count } from '../confirm.ts';
import { note, print } from '../shell.ts';

/** The connectors there are, and those of one's own before there is a server. */
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
];

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
    if (call.isJson) print(shell, JSON.stringify({ errors: error.errors }));
    else for (const { pointer, message } of error.errors) print(shell, `${pointer}: ${message}`);
    note(shell, `${error.errors.length} ${error.errors.length === 1 ? 'error' : 'errors'}`);
    return 1;
  }
}
