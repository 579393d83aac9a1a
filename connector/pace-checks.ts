import type { ValidationError } from './errors.ts';
import type { JsonObject, TriggerManifest } from './manifest.ts';
import type { ManifestFile, ManifestFiles } from './manifest-files.ts';
import { at } from './references.ts';

/** As the triggers that are shipped. */
const MIN_POLL_SECONDS = 5;
const MIN_AWAIT_SECONDS = 1;
const MAX_PAGE = 10_000;

/** How often a tenant's connector asks, and how much at once: its requests are sent by workers that serve everybody. */
export function checkPace({ actions, triggers }: ManifestFiles): ValidationError[] {
  return [
    ...actions.flatMap((entry) => {
      const [first = MIN_AWAIT_SECONDS] = entry.manifest.await?.interval_seconds ?? [];
      if (first >= MIN_AWAIT_SECONDS) return [];
      const message = `begins with ${first} s; at least ${MIN_AWAIT_SECONDS} s is allowed between two requests`;
      return [at(entry, '/await/interval_seconds/0', message)];
    }),
    ...triggers.flatMap((entry) => [
      ...bounded(entry, { pointer: '/every_seconds', value: entry.manifest.every_seconds, min: MIN_POLL_SECONDS }),
      ...bounded(entry, { pointer: '/cursor/page_size', value: entry.manifest.cursor?.page_size, max: MAX_PAGE }),
      ...(entry.manifest.sources ?? []).flatMap(({ cursor }, index) =>
        bounded(entry, { pointer: `/sources/${index}/cursor/page_size`, value: cursor?.page_size, max: MAX_PAGE }),
      ),
    ]),
  ];
}

/** A number, or an input whose schema has the bound. */
function bounded(
  entry: ManifestFile<TriggerManifest>,
  of: { pointer: string; value: number | string | undefined; min?: number; max?: number },
): ValidationError[] {
  const { pointer, value, min, max } = of;
  if (value === undefined) return [];
  const name = typeof value === 'string' ? /^\$input\.([A-Za-z0-9_]+)$/.exec(value)?.[1] : undefined;
  const inputs = entry.manifest.input.properties as Record<string, JsonObject>;
  const schema = name === undefined ? undefined : inputs[name];
  const [low, high] = typeof value === 'number' ? [value, value] : [schema?.minimum, schema?.maximum];
  const isFine =
    (min === undefined || (typeof low === 'number' && low >= min)) &&
    (max === undefined || (typeof high === 'number' && high <= max));
  if (isFine) return [];
  const bound = min === undefined ? `at most ${max}` : `at least ${min}`;
  const keyword = min === undefined ? 'maximum' : 'minimum';
  const remedy = typeof value === 'number' ? 'change it' : `set "${keyword}" of the input`;
  return [at(entry, pointer, `must be ${bound}; ${remedy}`)];
}
