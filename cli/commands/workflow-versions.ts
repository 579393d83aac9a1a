import { indentedJson, PAGE_OPTIONS, printAnswer, printList } from '../answer.ts';
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
    options: [{ flags: '--draft', text: 'store it as the draft, which can be incomplete; no version is created' }],
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
    usage: 'workflows draft <workflow>',
    text: 'Show the draft of a workflow',
    options: [{ flags: '--discard', text: 'delete the draft instead' }],
    run: draft,
  },
  {
    usage: 'workflows publish <workflow> [version]',
    text: 'Publish the newest version, an earlier one again, or the draft',
    options: [{ flags: '--draft', text: 'publish the draft as the next version' }],
    run: publish,
  },
  {
    usage: 'workflows test-step <workflow> <step> [version]',
    text: 'Test a step of the newest version and print its output; the action has its effect',
    options: [
      { flags: '--draft', text: 'test the step of the draft' },
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
  if (call.options.draft === true) {
    const saved = await call.client.call('PUT', path`/v1/workflows/${name}/draft`, { body });
    printAnswer(call, saved, () =>
      print(call.shell, `Saved the draft. Publish it with: npx penstock workflows publish ${name} --draft`),
    );
    return;
  }
  const workflow = await call.client.call('PUT', path`/v1/workflows/${name}`, { body });
  printAnswer(call, workflow, ({ latest }) => {
    print(call.shell, `Published version ${latest} of ${workflow.name}.`);
    printWarnings(call, workflow);
  });
}

async function draft(call: Call): Promise<void> {
  const where = path`/v1/workflows/${call.args[0]!}/draft`;
  if (call.options.discard === true) {
    await call.client.call('DELETE', where);
    return printAnswer(call, {}, () => print(call.shell, `${call.args[0]} has no draft.`));
  }
  const found = await call.client.call('GET', where);
  printAnswer(call, found, () => print(call.shell, indentedJson(found.definition)));
}

async function publish(call: Call): Promise<void> {
  const version = versionOf(call.args[1]);
  if (call.options.draft === true) {
    if (version !== undefined) throw new UsageError('give a version or --draft, not both');
    const published = await call.client.call('POST', path`/v1/workflows/${call.args[0]!}/draft/publish`);
    return printAnswer(call, published, () => {
      print(call.shell, `Published version ${published.version} of ${published.name}.`);
      printWarnings(call, published);
    });
  }
  const workflow = await call.client.call('POST', path`/v1/workflows/${call.args[0]!}/publish`, {
    body: version === undefined ? {} : { version },
  });
  printAnswer(call, workflow, () => print(call.shell, `${workflow.name} runs version ${workflow.version}.`));
}

async function testStep(call: Call): Promise<number> {
  const [name, step] = call.args as [string, string];
  const body: Record<string, unknown> = {
    step,
    version: versionOf(call.args[2]),
    draft: call.options.draft,
    run: option(call, 'run'),
  };
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
