import { indentedJson, PAGE_OPTIONS, printAnswer, printList } from '../answer.ts';
import { type Json, path } from '../client.ts';
import { type Call, type CommandSpec, type OptionSpec, option } from '../command.ts';
import { confirmLoss, count, YES_OPTION } from '../confirm.ts';
import { printOutcome, WAIT_HEADER, waitForEnd } from '../follow.ts';
import { readJsonArgument } from '../input.ts';
import { METADATA_FILTER_OPTION, METADATA_OPTION, metadataOf, metadataQuery } from '../metadata.ts';
import { print } from '../shell.ts';
import { time } from '../table.ts';
import { lagText } from './trigger-health.ts';

const LIST_OPTIONS: readonly OptionSpec[] = [
  { flags: '--name <name>', text: 'only the workflow with exactly this name' },
  METADATA_FILTER_OPTION,
];

/** Workflows: a trigger and steps. */
export const WORKFLOW_COMMANDS: readonly CommandSpec[] = [
  {
    usage: 'workflows list',
    isDefault: true,
    text: 'List workflows',
    options: [...LIST_OPTIONS, ...PAGE_OPTIONS],
    run: (call) =>
      printList(call, '/v1/workflows', {
        query: { name: option(call, 'name'), ...metadataQuery(call) },
        none: 'No workflows. Create one with: npx penstock workflows create FILE',
        columns: {
          NAME: (workflow) => workflow.name,
          ID: (workflow) => workflow.id,
          ENABLED: (workflow) => (workflow.enabled ? 'yes' : 'no'),
          TRIGGER: (workflow) => workflow.trigger?.id,
          STATE: (workflow) => workflow.trigger?.state,
          LAG: (workflow) => workflow.trigger?.lag && lagText(workflow.trigger.lag),
          DEAD: (workflow) => workflow.trigger?.dead_letters_open,
          VERSION: (workflow) => workflow.version,
          UPDATED: (workflow) => time(workflow.updated_at),
        },
      }),
  },
  {
    usage: 'workflows create <file>',
    text: 'Create a workflow from a JSON file, or - for standard input',
    options: [METADATA_OPTION],
    run: create,
  },
  {
    usage: 'workflows check <file>',
    text: 'Check a workflow in a JSON file without saving it; exit code 1 when it has errors',
    options: [{ flags: '--workflow <name or id>', text: 'The workflow that it would replace' }],
    run: check,
  },
  { usage: 'workflows show <workflow>', text: 'Show the definition of a workflow', run: show },
  {
    usage: 'workflows enable <workflow>',
    text: 'Enable a workflow: its trigger starts; the cursor is kept',
    run: (call) => turn(call, 'enable'),
  },
  {
    usage: 'workflows disable <workflow>',
    text: 'Disable a workflow: its trigger stops; the cursor is kept',
    run: (call) => turn(call, 'disable'),
  },
  {
    usage: 'workflows run <workflow>',
    text: 'Run a workflow now: a polling trigger polls, any other starts a run',
    options: [
      { flags: '--input <json>', text: 'value that the steps read as trigger: JSON, @FILE, or -' },
      { flags: '--account <name or id>', text: 'linked account for steps that use {{ run.linked_account }}' },
      METADATA_OPTION,
      { flags: '--draft', text: 'run the draft once, without publishing it' },
      { flags: '--wait', text: 'wait for the run to end, if one starts' },
    ],
    run: runNow,
  },
  {
    usage: 'workflows set-metadata <workflow>',
    text: 'Replace the metadata of a workflow; without --metadata, remove it',
    options: [METADATA_OPTION],
    run: setMetadata,
  },
  {
    usage: 'workflows rotate-url <workflow>',
    text: 'Rotate the URL for incoming webhooks; the old URL stops working',
    run: rotateUrl,
  },
  {
    usage: 'workflows delete <workflow>',
    text: 'Delete a workflow and its cursor, after showing what would fail; its runs are kept',
    options: [YES_OPTION],
    run: remove,
  },
];

async function create(call: Call): Promise<void> {
  const file = call.args[0]!;
  const body = await readJsonArgument(call.shell, 'workflow', file === '-' ? '-' : `@${file}`);
  const metadata = metadataOf(call);
  const workflow = await call.client.call('POST', '/v1/workflows', {
    body: metadata === undefined ? body : { ...(body as object), metadata },
  });
  printAnswer(call, workflow, () => {
    print(call.shell, `Created ${workflow.name} (${workflow.id}), ${workflow.enabled ? 'enabled' : 'disabled'}.`);
    printWarnings(call, workflow);
  });
}

async function check(call: Call): Promise<number> {
  const file = call.args[0]!;
  const body = await readJsonArgument(call.shell, 'workflow', file === '-' ? '-' : `@${file}`);
  const query = { workflow: option(call, 'workflow') };
  const report = await call.client.call('POST', '/v1/workflows/check', { body, query });
  const errors = report.errors as { pointer: string; message: string }[];
  printAnswer(call, report, () => {
    for (const { pointer, message } of errors) print(call.shell, `Error: ${pointer || '/'} ${message}`);
    printWarnings(call, report);
    print(call.shell, report.valid ? 'It can be saved.' : `${count(report.error_count ?? errors.length, 'error')}.`);
  });
  return report.valid ? 0 : 1;
}

/** What the answer to a saved workflow warns of. */
export function printWarnings(call: Call, saved: { warnings?: { pointer: string; message: string }[] }): void {
  for (const { pointer, message } of saved.warnings ?? []) print(call.shell, `Warning: ${pointer} ${message}`);
}

async function show(call: Call): Promise<void> {
  const workflow = await call.client.call('GET', path`/v1/workflows/${call.args[0]!}`);
  printAnswer(call, workflow, () => print(call.shell, indentedJson(workflow)));
}

async function turn(call: Call, what: 'enable' | 'disable'): Promise<void> {
  const workflow = await call.client.call('POST', `${path`/v1/workflows/${call.args[0]!}`}/${what}`);
  printAnswer(call, workflow, () =>
    print(call.shell, `${workflow.name} is ${workflow.enabled ? 'enabled' : 'disabled'}.`),
  );
}

async function runNow(call: Call): Promise<number> {
  const name = call.args[0]!;
  const given = option(call, 'input');
  const isWaiting = call.options.wait === true;
  const made = await call.client.call('POST', path`/v1/workflows/${name}/run`, {
    headers: isWaiting ? WAIT_HEADER : {},
    body: {
      linked_account: option(call, 'account'),
      draft: call.options.draft,
      metadata: metadataOf(call),
      ...(given === undefined ? {} : { input: await readJsonArgument(call.shell, '--input', given) }),
    },
  });
  if (made.kind !== 'tick') return printOutcome(call, isWaiting ? await waitForEnd(call, made) : made);
  printAnswer(call, made, () => {
    print(call.shell, `${name} is polling. New records become runs: npx penstock runs --workflow ${name}`);
  });
  return 0;
}

async function setMetadata(call: Call): Promise<void> {
  const body = { metadata: metadataOf(call) ?? {} };
  const workflow = await call.client.call('PATCH', path`/v1/workflows/${call.args[0]!}`, { body });
  printAnswer(call, workflow, () => print(call.shell, indentedJson(workflow.metadata)));
}

async function rotateUrl(call: Call): Promise<void> {
  const workflow = await call.client.call('POST', path`/v1/workflows/${call.args[0]!}/rotate_url`);
  const none = `${workflow.name} has no URL: its trigger is ${workflow.trigger?.id}.`;
  printAnswer(call, workflow, () => print(call.shell, workflow.url ?? none));
}

async function remove(call: Call): Promise<void> {
  const where = path`/v1/workflows/${call.args[0]!}`;
  const preview = await call.client.call('DELETE', where, { query: { dry_run: 'true' } });
  await confirmLoss(call, `Delete ${call.args[0]}?`, consequencesOf(preview));
  await call.client.call('DELETE', where);
  printAnswer(call, {}, () => print(call.shell, `Deleted ${call.args[0]}.`));
}

function consequencesOf({ open_runs, delivered, has_url, workflows }: Json): string[] {
  const names = (workflows as Json[]).map(({ name }) => name).join(', ');
  return [
    ...(open_runs > 0 ? [`The next step of ${count(open_runs, 'unfinished run')} will fail.`] : []),
    ...(delivered > 0
      ? [
          `Its cursor is deleted: a new workflow delivers ${count(delivered, 'event')} again, unless it starts from now.`,
        ]
      : []),
    ...(has_url ? ['Its URL for incoming webhooks stops working.'] : []),
    ...(names === '' ? [] : [`Workflows that run it as a step will fail: ${names}.`]),
  ];
}
