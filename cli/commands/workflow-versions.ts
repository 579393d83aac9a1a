import { PAGE_OPTIONS, printAnswer, printList } from '../answer.ts';
import { path } from '../client.ts';
import { type Call, type CommandSpec, option } from '../command.ts';
import { printOutcome, WAIT_HEADER, waitForEnd } from '../follow.ts';
import { readJsonArgument } from '../input.ts';
import { UsageError } from '../problem.ts';
import { print } from '../shell.ts';
import { printWarnings } from './workflows.ts';

const FIRST_VERSION = 1;

/** Drafts and published versions of a workflow, and the test of one step. */
export const WORKFLOW_VERSION_COMMANDS: readonly CommandSpec[] = [
  {
    usage: 'workflows update <workflow> <file>',
    text: 'Save a new version of a workflow; runs in flight keep their version',
    options: [{ flags: '--draft', text: 'save it as a draft; the published version does not change' }],
    run: update,
  },
  {
    usage: 'workflows versions <workflow>',
    text: 'List the versions of a workflow, newest first',
    options: PAGE_OPTIONS,
    run: (call) =>
      printList(call, path`/v1/workflows/${call.args[0]!}/versions`, {
        none: 'No versions.',
        columns: {
          VERSION: (version) => version.version,
          STATUS: (version) => version.status,
          NAME: (version) => version.name,
        },
      }),
  },
  {
    usage: 'workflows publish <workflow> [version]',
    text: 'Publish the newest version, or roll back to an earlier one',
    run: publish,
  },
  {
    usage: 'workflows test-step <workflow> <step> [version]',
    text: 'Test a step of the newest version and print its output; the action has its effect',
    options: [
      { flags: '--run <run>', text: 'use the trigger and outputs of this run' },
      { flags: '--trigger <json>', text: 'value that the step reads as trigger: JSON, @FILE, or -' },
      { flags: '--outputs <json>', text: 'outputs of other steps by step id' },
      { flags: '--item <json>', text: 'item for a step with for_each' },
      { flags: '--input <json>', text: 'replaces the input of the step' },
    ],
    run: testStep,
  },
];

async function update(call: Call): Promise<void> {
  const [name, file] = call.args as [string, string];
  const body = await readJsonArgument(call.shell, 'workflow', file === '-' ? '-' : `@${file}`);
  const isDraft = call.options.draft === true;
  const workflow = await call.client.call('PUT', path`/v1/workflows/${name}`, {
    body: isDraft ? { ...(body as object), publish: false } : body,
  });
  printAnswer(call, workflow, ({ latest }) => {
    print(
      call.shell,
      isDraft
        ? `Saved version ${latest} as a draft. Publish it with: npx penstock workflows publish ${name}`
        : `Published version ${latest} of ${workflow.name}.`,
    );
    printWarnings(call, workflow);
  });
}

async function publish(call: Call): Promise<void> {
  const version = versionOf(call.args[1]);
  const workflow = await call.client.call('POST', path`/v1/workflows/${call.args[0]!}/publish`, {
    body: version === undefined ? {} : { version },
  });
  printAnswer(call, workflow, () => print(call.shell, `${workflow.name} runs version ${workflow.version}.`));
}

async function testStep(call: Call): Promise<number> {
  const [name, step] = call.args as [string, string];
  const body: Record<string, unknown> = { step, version: versionOf(call.args[2]), run: option(call, 'run') };
  for (const field of ['trigger', 'outputs', 'item', 'input']) {
    const given = option(call, field);
    if (given !== undefined) body[field] = await readJsonArgument(call.shell, `--${field}`, given);
  }
  const run = await call.client.call('POST', path`/v1/workflows/${name}/test_step`, { headers: WAIT_HEADER, body });
  return printOutcome(call, await waitForEnd(call, run));
}

function versionOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const version = Number(text);
  if (Number.isInteger(version) && version >= FIRST_VERSION) return version;
  throw new UsageError(`the version is "${text}"; version numbers start at 1`);
}
