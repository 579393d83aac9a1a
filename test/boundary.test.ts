import { globSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
/** The layers that know no service. cli/start/ starts a demo against the emulator, and says of what. */
const LAYERS = ['connector', 'actions', 'triggers', 'engine', 'api', 'cli'];
const EXEMPT = /^cli\/start\//;
/** Ids of connectors that are words of infrastructure; of these only the ids of their actions and triggers count. */
const INFRASTRUCTURE = new Set(['core', 'http', 'postgres', 's3', 'azure_blob', 'email', 'teams']);

/** What names a service: known names, ids of connectors, and `"id.action"` of the others. */
function patterns(): RegExp[] {
  const folders = readdirSync(`${ROOT}manifests`, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const ids = folders.map(({ name }) => name).filter((name) => name !== 'schema' && name !== 'core');
  const names = [
    'databricks',
    'slack',
    'github',
    'gitlab',
    'shopify',
    'pagerduty',
    ...ids.filter((id) => !INFRASTRUCTURE.has(id)),
  ];
  const infrastructure = ids.filter((id) => INFRASTRUCTURE.has(id));
  return [
    new RegExp([...new Set(names)].join('|'), 'i'),
    ...infrastructure.map((id) => new RegExp(`['"\`]${id}\\.[a-z_]+['"\`]`)),
  ];
}

function namesIn(file: string, text: string): string[] {
  const found = patterns();
  return text
    .split('\n')
    .flatMap((line, index) =>
      found.some((pattern) => pattern.test(line)) ? [`${file}:${index + 1}: ${line.trim()}`] : [],
    );
}

test('no general layer names a service', () => {
  const files = LAYERS.flatMap((layer) => globSync(`${layer}/**/*.{ts,mjs}`, { cwd: ROOT })).filter(
    (file) => !EXEMPT.test(file),
  );

  expect(files.length).toBeGreaterThan(300);
  expect(files.flatMap((file) => namesIn(file, readFileSync(ROOT + file, 'utf8')))).toEqual([]);
});

test.each([
  ['/** As Databricks does. */', 1],
  ["if (action.id === 'slack.post_message') return;", 1],
  ["'x-github-event'", 1],
  ['const services = 1;', 0],
])('%s is found %i times', (line, times) => {
  expect(namesIn('x.ts', line)).toHaveLength(times);
});
