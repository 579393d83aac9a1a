import { quoteText } from '../database.ts';
import { KEY_VIEWS } from './information-keys.ts';
import { OBJECT_VIEWS } from './information-objects.ts';
import { ROUTINE_VIEWS } from './information-routines.ts';
import type { View } from './information-values.ts';
import type { Environment } from './session.ts';

const VIEWS: Record<string, View> = { ...OBJECT_VIEWS, ...ROUTINE_VIEWS, ...KEY_VIEWS };

/** The query behind `catalog.information_schema.view`, or undefined for any other name; `system.information_schema` covers every catalog. */
export function informationSchema(names: string[], environment: Environment): string | undefined {
  const [view, schema, catalog] = names.map((name) => name.toLowerCase()).reverse();
  if (schema !== 'information_schema' || view === undefined || names.length > 3) return undefined;
  const found = Object.hasOwn(VIEWS, view) ? VIEWS[view] : undefined;
  const wanted = catalog ?? environment.catalog;
  const known = [...environment.unity.duckNames()].filter(([name]) => wanted === 'system' || name === wanted);
  if (found === undefined || known.length === 0) return undefined;
  const pairs = known.map(([name, duck]) => `(${quoteText(duck)}, ${quoteText(name)})`).join(', ');
  const parts = { environment, catalogs: known.map(([name]) => name), names: `(VALUES ${pairs}) AS m(duck, name)` };
  return `(${found.from(parts, found.columns)})`;
}
