/**
 * Checks who imports what: no circle, no import up a layer or a floor, each library in its one home. The order is in floors.ts.
 *
 *   node scripts/imports/check.ts [FOLDER]
 *
 * dependency-cruiser uses the JavaScript API of TypeScript, which TypeScript 7 no longer has: it is given version 6.
 */
import { existsSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { APART, APP, LAYERS } from './floors.ts';
import { RULES } from './rules.ts';

registerHooks({
  resolve: (specifier, context, next) => next(specifier.replace(/^typescript(?=$|\/)/, 'typescript6'), context),
});
const { cruise } = await import('dependency-cruiser');

const root = process.argv[2] ?? fileURLToPath(new URL('../..', import.meta.url));
const folders = [...LAYERS, ...APART, APP, 'scripts', 'test'].filter((folder) => existsSync(join(root, folder)));

const { output } = await cruise(folders, {
  baseDir: root,
  validate: true,
  ruleSet: RULES,
  tsPreCompilationDeps: true,
  doNotFollow: { path: 'node_modules' },
  exclude: { path: '^web/(dist|node_modules)' },
  enhancedResolveOptions: { conditionNames: ['node', 'import', 'require', 'default'], exportsFields: ['exports'] },
});
if (typeof output === 'string') throw new Error(output);
const { violations, totalCruised, totalDependenciesCruised = 0 } = output.summary;
for (const { rule, from, to, cycle } of violations) {
  console.log(
    `${rule.name}: ${from} imports ${cycle === undefined ? to : cycle.map(({ name }) => name).join(', which imports ')}`,
  );
}
console.log(`${totalDependenciesCruised} imports of ${totalCruised} files: ${violations.length} that may not be`);
process.exitCode = violations.length === 0 ? 0 : 1;
