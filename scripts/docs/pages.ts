import type { Action, ActionManifest, Manifests, Trigger } from '../../connector/manifest.ts';
import { fieldTables } from './fields.ts';

type Manifest = Action['manifest'] | Trigger['manifest'];

const EFFECTS: { [effect in ActionManifest['effect']]: string } = {
  safe: 'It only reads: after a failure on the way it is sent again.',
  idempotent: 'Sent twice it comes to the same: after a failure on the way it is sent again.',
  token:
    'Each launch carries a token with which the service recognizes a retry: after a lost response it is sent again with the same token, and happens once.',
  once: 'It is never sent again when it is not known whether it arrived: after a lost answer the run ends with ERR_OUTCOME_UNKNOWN, and a person decides.',
};

const DESTRUCTIVE = '\n\n`destructive`: it can delete, reset or overwrite what was there before.';

/** The generated pages by file name: one for each action and trigger, and `index.md`. */
export function referencePages(manifests: Manifests): Map<string, string> {
  const pages = new Map<string, string>();
  for (const action of manifests.actions.values()) pages.set(`${action.id}.md`, actionPage(action));
  for (const trigger of manifests.triggers.values()) pages.set(`${trigger.id}.md`, triggerPage(trigger));
  pages.set('index.md', indexPage(manifests));
  return pages;
}

function actionPage(action: Action): string {
  const { manifest } = action;
  return page(manifest, [
    section('Input', fieldTables(manifest.input, 'It takes no input.')),
    section('Options', manifest.options === undefined ? '' : fieldTables(manifest.options, '')),
    section('Output', fieldTables(manifest.output, 'It gives an empty object.')),
    section(
      'Effect',
      `\`${manifest.effect}\`. ${EFFECTS[manifest.effect]}${manifest.destructive === true ? DESTRUCTIVE : ''}`,
    ),
    section('Needs', needs(manifest)),
    section('Errors', errors(manifest)),
    section('Examples', manifest.examples.map((example) => actionExample(action, example)).join('\n\n')),
  ]);
}

function triggerPage(trigger: Trigger): string {
  const { manifest } = trigger;
  return page(manifest, [
    section('Input', fieldTables(manifest.input, 'It takes no input.')),
    section('Events', manifest.output.description === undefined ? '' : String(manifest.output.description)),
    section('Reads with', readsWith(trigger)),
    section('Needs', needs(manifest)),
    section(
      'Examples',
      manifest.examples
        .map(
          ({ title, input, output }) =>
            `${title}:\n\n${json({ id: trigger.id, input })}\n\ngives events such as\n\n${json(output)}`,
        )
        .join('\n\n'),
    ),
  ]);
}

function readsWith({ sources }: Trigger): string {
  const actions = new Set(sources.map(({ action }) => action).filter((action) => !action.startsWith('$')));
  return [...actions].map((action) => `[${action}](${action}.md)`).join(', ');
}

function page(manifest: Manifest, sections: string[]): string {
  const link = manifest.docs === undefined ? '' : ` [REST reference](${manifest.docs}).`;
  const head = `# ${manifest.title}\n\n\`${manifest.id}\`, version ${manifest.version}. ${manifest.description}${link}`;
  return `${NOTICE}\n\n${[head, ...sections.filter((text) => text !== '')].join('\n\n')}\n`;
}

const NOTICE = '<!-- Made by `npm run docs` from manifests/; edit the manifest instead. -->';

function section(title: string, text: string): string {
  return text === '' ? '' : `## ${title}\n\n${text}`;
}

function needs(manifest: Manifest): string {
  const { scopes = [], grants = [] } = manifest.requires ?? {};
  const lines = grants.map((grant) => `- ${grant}`);
  if (scopes.length > 0) lines.push(`- OAuth scope \`${scopes.join(' ')}\``);
  return lines.join('\n');
}

function errors(manifest: ActionManifest): string {
  const lines = (manifest.errors ?? []).flatMap(({ when, kind, hint, result }) => {
    const status = when.status === undefined ? [] : [`status ${when.status.join(' or ')}`];
    const code = when.code === undefined ? [] : [when.code.map((item) => `\`${item}\``).join(' or ')];
    const message = when.message === undefined ? [] : [`a message like \`${when.message}\``];
    const what = [...status, ...code, ...message].join(' with ');
    if (result !== undefined) return [`- ${what}: is an answer, not a failure: \`${JSON.stringify(result)}\`.`];
    return [`- ${what}: \`${kind}\`.${hint === undefined ? '' : ` ${hint}`}`];
  });
  return lines.join('\n');
}

function actionExample(action: Action, { title, input, output }: ActionManifest['examples'][number]): string {
  const account = action.connector.id === 'core' ? {} : { linked_account: 'demo' };
  return `${title}:\n\n${json({ action: action.id, ...account, input })}\n\ngives\n\n${json(output)}`;
}

function json(value: unknown): string {
  return `\`\`\`json\n${JSON.stringify(value, null, 2)}\n\`\`\``;
}

function indexPage(manifests: Manifests): string {
  const groups = new Map<string, string[]>();
  const add = (kind: string, { manifest }: Action | Trigger) => {
    const lines = groups.get(manifest.group) ?? [];
    lines.push(`| [${manifest.title}](${manifest.id}.md) | \`${manifest.id}\` | ${kind} | ${manifest.description} |`);
    groups.set(manifest.group, lines);
  };
  for (const action of manifests.actions.values())
    add(`${action.manifest.effect}${action.manifest.destructive === true ? ', destructive' : ''}`, action);
  for (const trigger of manifests.triggers.values()) add('trigger', trigger);
  const tables = [...groups.keys()]
    .sort()
    .map((group) => `## ${group}\n\n| | id | effect | |\n|---|---|---|---|\n${groups.get(group)!.join('\n')}`);
  const head = `# Actions and triggers\n\n${manifests.actions.size} actions and ${manifests.triggers.size} ${manifests.triggers.size === 1 ? 'trigger' : 'triggers'}. The effects are explained in [manifests.md](../manifests.md#effects).`;
  return `${NOTICE}\n\n${[head, ...tables].join('\n\n')}\n`;
}
