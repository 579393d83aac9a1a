import { readFileSync } from 'node:fs';

const GUIDE = readFileSync(new URL('../docs/guides/three-workflows.md', import.meta.url), 'utf8');

export type GuideWorkflow = 'totals' | 'regions' | 'large-orders';

/** A workflow of the guide as its JSON, with other names where several tests share a server. */
export function guideText(name: GuideWorkflow, names: { [name: string]: string } = {}): string {
  const text = new RegExp(`\`${name}\\.json\`:\\n\\n\`\`\`json\\n([\\s\\S]*?)\\n\`\`\``).exec(GUIDE)?.[1];
  if (text === undefined) throw new Error(`the guide has no ${name}.json`);
  return Object.entries(names).reduce((all, [from, to]) => all.replaceAll(`"${from}"`, JSON.stringify(to)), text);
}

// biome-ignore lint/suspicious/noExplicitAny: a test reads what it expects
export function guideWorkflow(name: GuideWorkflow, names: { [name: string]: string } = {}): any {
  return JSON.parse(guideText(name, names));
}

/** Every command of the guide, in its order. */
export function guideCommands(): string[] {
  return [...GUIDE.matchAll(/^```sh\n([\s\S]*?)\n```$/gm)].flatMap(([, block]) => block!.split('\n'));
}
