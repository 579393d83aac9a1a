/**
 * `node scripts/generate-manifests.ts FACTS [--missing]`: writes the manifests of the Databricks REST operations from a folder of facts
 * (fields, types, enums of each operation) and the overlays in scripts/overlays/. A maintainer's tool: the manifests
 * are checked in, and nothing else reads the facts.
 */
import { writeFile } from 'node:fs/promises';
import { type Coverage, requestCoverage } from './generate/coverage.ts';
import { readFacts } from './generate/facts.ts';
import { actionManifest, findFact } from './generate/manifest.ts';
import { readOperations } from './generate/operations.ts';
import { printJson } from './generate/print.ts';
import { catalogs } from './overlays/catalogs.ts';
import { clusters } from './overlays/clusters.ts';
import { groups } from './overlays/groups.ts';
import { jobs } from './overlays/jobs.ts';
import { schemas } from './overlays/schemas.ts';
import { statements } from './overlays/statements.ts';
import { withSubmit } from './overlays/submit.ts';
import { tables } from './overlays/tables.ts';
import { users } from './overlays/users.ts';
import { volumes } from './overlays/volumes.ts';
import { warehouses } from './overlays/warehouses.ts';
import { workspace } from './overlays/workspace.ts';

const GROUPS = [catalogs, clusters, groups, jobs, schemas, statements, tables, users, volumes, warehouses, workspace];
const MANIFESTS = new URL('../manifests/databricks/actions/', import.meta.url);
const OPERATIONS = new URL('../manifests/databricks/operations.json', import.meta.url);
const COVERAGE = new URL('../test/manifests/rest-fields.json', import.meta.url);

const folder = process.argv[2];
if (folder === undefined) throw new Error('usage: node scripts/generate-manifests.ts FACTS [--missing]');

const missing = new Set<string>();
const coverage: { [id: string]: Coverage } = {};
for (const group of GROUPS) {
  const read = await readFacts(folder, group.facts);
  const facts = group === jobs ? withSubmit(read) : read;
  for (const overlay of group.actions) {
    const manifest = actionManifest(facts, group, overlay, { common: {}, missing });
    await writeFile(new URL(`${overlay.name}.json`, MANIFESTS), printJson(manifest));
    coverage[manifest.id] = requestCoverage(findFact(facts, overlay), facts);
  }
}
await writeFile(COVERAGE, printJson(coverage));
await writeFile(OPERATIONS, printJson(await readOperations(folder)));

const fields = Object.values(coverage).reduce(
  (sum, { in_path, query, body }) => sum + in_path.length + query.length + body.length,
  0,
);
console.log(`${Object.keys(coverage).length} manifests, ${fields} request fields`);
if (process.argv.includes('--missing')) console.log(`without words of their own:\n${[...missing].sort().join('\n')}`);
else if (missing.size > 0)
  console.log(`${missing.size} fields have only a title made from their name; --missing lists them`);
