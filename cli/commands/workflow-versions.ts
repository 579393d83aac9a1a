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
    text: 'stores a new version of a workflow; runs in hand keep theirs',
    options: [{ flags: '--draft', text: 'only keep it: what is published stays' }],
    run: update,
  },
  {
    usage: 'workflows versions <workflow>',
    text: 'lists the versions of a workflow, newest first',
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
    text: 'makes the newest version the one that runs use; an earlier one that is named comes back',
    run: publish,
  },
  {
    usage: 'workflows test-step <workflow> <step> [version]',
    text: 'runs one step of the newest version by itself, for real, and prints what came of it',
    options: [
      { flags: '--run <run>', text: 'with the trigger and outputs that this run recorded' },
      { flags: '--trigger <json>', text: 'what the step reads as trigger: JSON, @FILE, or -' },
      { flags: '--outputs <json>', text: 'outputs of other steps, by step' },
      { flags: '--item <json>', text: 'the item of a step with for_each' },
      { flags: '--input <json>', text: "in place of the step's own input" },
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
        ? `Kept version ${latest} as a draft. Publish it with: npx penstock workflows publish ${name}`
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
  throw new UsageError(`the version is "${text}"; versions are numbered from 1`);
}
