import type { ValidationError } from './errors.ts';
import type { Manifests, SetupStep } from './manifest.ts';
import { didYouMean } from './references.ts';

/** Checks the setup of one example of `id`: its actions exist, their inputs fit, and no example comes before itself. */
export function checkSetup(
  { actions }: Manifests,
  of: { id: string; setup: readonly SetupStep[]; pointer: string },
): ValidationError[] {
  return of.setup.flatMap((step, index) => {
    const pointer = `${of.pointer}/setup/${index}`;
    const id = typeof step === 'string' ? step : step.action;
    const action = actions.get(id);
    if (action === undefined)
      return [{ pointer, message: `names no action: "${id}"${didYouMean(id, [...actions.keys()])}` }];
    if (typeof step !== 'string') {
      const wrong = action.input.validationErrors(step.input);
      return wrong.map((error) => ({ ...error, pointer: `${pointer}/input${error.pointer}` }));
    }
    if (!leadsTo({ actions }, id, of.id)) return [];
    return [
      { pointer, message: `"${id}" needs an example of "${of.id}" itself; name an action with its input instead` },
    ];
  });
}

/** Whether the first example of an action needs, by its setup, that of another. */
function leadsTo({ actions }: Pick<Manifests, 'actions'>, from: string, to: string): boolean {
  const open = [from];
  const seen = new Set<string>();
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (id === to) return true;
    if (seen.has(id)) continue;
    seen.add(id);
    const steps = actions.get(id)?.manifest.examples[0]?.setup ?? [];
    open.push(...steps.filter((step) => typeof step === 'string'));
  }
  return false;
}
