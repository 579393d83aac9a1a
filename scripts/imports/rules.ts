import type { IFlattenedRuleSet } from 'dependency-cruiser';
import { APART, APP, CREDENTIAL_FLOORS, FLOORS, HOMES, LAYERS } from './floors.ts';

type Rule = NonNullable<IFlattenedRuleSet['forbidden']>[number];

/** What may not be imported, for dependency-cruiser. Imports of types count as those of values. */
export const RULES: IFlattenedRuleSet = {
  forbidden: [
    // What is generated has circles of types.
    { name: 'no-circle', from: { pathNot: '^client/generated/' }, to: { circular: true }, severity: 'error' },
    ...upward('layer', '', LAYERS),
    ...upward('floor', 'engine/', FLOORS),
    ...upward('inner-floor', 'engine/credentials/', CREDENTIAL_FLOORS),
    rule('known-folder', '^engine/', `^engine/(?!(${FLOORS.join('|')})/|[^/]+$)`),
    rule('engine-roof', `^engine/(${FLOORS.join('|')})/`, '^engine/[^/]+$'),
    ...LAYERS.map((layer) =>
      rule(`${layer}-knows-no-program`, `^${layer}/`, `^(${APART.join('|')}|${APP}|test|scripts)/`),
    ),
    ...APART.map((folder) => rule(`${folder}-apart`, `^${folder}/`, `^(?!${folder}/)(${everything()})/`)),
    rule(
      'app-apart',
      `^${APP}/`,
      `^(?!${APP}/|client/|engine/expressions/|connector/json-pointer[.]ts$)(${everything()})/`,
    ),
    rule('expressions-in-a-browser', '^engine/expressions/', '^(?!engine/expressions/|connector/|actions/)', {
      pathNot: '(^|node_modules/)jsonata(/|$)',
      reachable: true,
    }),
    ...Object.entries(HOMES).map(([library, home]) => ({
      name: `home-of-${library}`,
      severity: 'error' as const,
      // test/ and bench/ use libraries bare.
      from: { path: `^(${[...LAYERS, 'emulator'].join('|')})/`, pathNot: home },
      to: { path: `(^|node_modules/)${library}(/|$)` },
    })),
    {
      name: 'declared-dependency',
      severity: 'error',
      from: { path: `^(${[...LAYERS, ...APART, APP].join('|')})/` },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown', 'unknown'], couldNotResolve: false },
    },
    { name: 'found', from: {}, to: { couldNotResolve: true }, severity: 'error' },
  ],
};

/** No folder imports one that stands after it. */
function upward(kind: string, parent: string, folders: readonly string[]): Rule[] {
  return folders.slice(0, -1).map((folder, i) => {
    const higher = folders.slice(i + 1).join('|');
    return rule(`${kind}-${folder}`, `^${parent}${folder}/`, `^${parent}(${higher})/`);
  });
}

function rule(name: string, from: string, to: string, more: Record<string, unknown> = {}): Rule {
  return { name, severity: 'error', from: { path: from }, to: { path: to, ...more } } as Rule;
}

function everything(): string {
  return [...LAYERS, ...APART, APP, 'test', 'scripts'].join('|');
}
