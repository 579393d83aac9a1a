import { indentedJson, printAnswer } from '../answer.ts';
import { type Json, path } from '../client.ts';
import { type Call, type CommandSpec, option } from '../command.ts';
import { ApiProblem } from '../problem.ts';
import { print } from '../shell.ts';
import { table } from '../table.ts';

/** What there is to run. */
export const MANIFEST_COMMANDS: readonly CommandSpec[] = [
  {
    usage: 'actions',
    heading: 'Connectors',
    text: 'List actions',
    options: [{ flags: '--search <text>', text: 'only items with this text in id, title or description' }],
    run: (call) => listManifests(call, '/v1/actions'),
  },
  {
    usage: 'describe <id>',
    heading: 'Connectors',
    text: 'Show an action or trigger: input, required permissions, example',
    examples: ['npx penstock describe core.file'],
    run: describe,
  },
];

/** All actions or triggers, or those with a text in them. */
export async function listManifests(call: Call, where: string): Promise<void> {
  const items: Json[] = [];
  for (let cursor: string | undefined; ; ) {
    const page = await call.client.call('GET', where, { query: { cursor } });
    items.push(...page.items);
    if (!page.next_cursor) break;
    cursor = page.next_cursor;
  }
  const wanted = option(call, 'search')?.toLowerCase() ?? '';
  const found = items.filter((item) => `${item.id} ${item.title} ${item.description}`.toLowerCase().includes(wanted));
  printAnswer(call, { items: found, next_cursor: null }, () => {
    if (found.length === 0) return print(call.shell, 'None.');
    for (const line of table(
      call.shell,
      ['ID', 'TITLE', 'EFFECT'],
      found.map((item) => [item.id, item.title, effectOf(item)]),
    ))
      print(call.shell, line);
  });
}

async function describe(call: Call): Promise<void> {
  const { shell } = call;
  const id = call.args[0]!;
  const item = await readEither(call, id);
  printAnswer(call, item, () => {
    print(shell, `${item.title} (${item.id}, version ${item.version})`);
    print(shell, item.description);
    if (item.effect) print(shell, `Effect: ${effectOf(item)}`);
    for (const grant of item.requires?.grants ?? []) print(shell, `Requires: ${grant}`);
    print(shell, '\nInput (* required)');
    printProperties(call, item.input);
    if (item.options) {
      print(shell, '\nRun options (--option NAME=VALUE, or "options" next to "input")');
      printProperties(call, item.options);
    }
    printEvents(call, item.events ?? []);
    const example = item.examples?.[0];
    if (example) print(shell, `\nExample: ${example.title ?? ''}\n${indentedJson(example.input)}`);
    if (item.docs) print(shell, `\n${item.docs}`);
  });
}

/** What events of a trigger look like, by mode. */
function printEvents({ shell }: Call, events: Json[]): void {
  for (const { when, skeleton } of events) {
    const mode = Object.entries<string[]>(when ?? {}).map(([name, values]) => `${name} is ${values.join(' or ')}`);
    print(shell, `\nEvent${mode.length > 0 ? ` if ${mode.join(' and ')}` : ''}\n${indentedJson(skeleton)}`);
  }
}

/** What a person must know before running it. */
function effectOf({ effect, destructive }: Json): string | undefined {
  return destructive ? `${effect}, destructive` : effect;
}

function printProperties({ shell }: Call, { properties = {}, required = [] }: Json): void {
  const rows = Object.entries<Json>(properties).map(([name, schema]) => [
    required.includes(name) ? `${name}*` : name,
    typeOf(schema),
    schema.default,
    schema.description ?? schema.title,
  ]);
  for (const line of table(shell, ['FIELD', 'TYPE', 'DEFAULT', 'MEANING'], rows)) print(shell, line);
}

/** An action or a trigger. An id of neither is explained by the answer that names near ones. */
async function readEither({ client }: Call, id: string): Promise<Json> {
  const failures: ApiProblem[] = [];
  for (const where of [path`/v1/actions/${id}`, path`/v1/triggers/${id}`]) {
    try {
      return await client.call('GET', where);
    } catch (error) {
      if (!(error instanceof ApiProblem) || error.problem.status !== 404) throw error;
      failures.push(error);
    }
  }
  throw failures.find(({ problem }) => problem.errors?.some(({ allowed }) => allowed !== undefined)) ?? failures[0];
}

function typeOf(schema: Json): string {
  if (schema.enum) return schema.enum.join(' | ');
  if (schema.format === 'int64') return '64-bit integer';
  return [schema.type ?? 'any'].flat().join(' or ');
}
