import type { ValidationError } from './errors.ts';
import { pointerOf } from './json-pointer.ts';
import type { ActionManifest, Json, JsonObject, TriggerManifest } from './manifest.ts';
import type { ManifestFile } from './manifest-files.ts';
import { nearestNames } from './nearest.ts';
import { resolveRef } from './normalize.ts';
import { hasPath, schemaAtPath } from './schema-paths.ts';
import { referencesOf } from './template.ts';

interface Options {
  action: string;
  input?: JsonObject;
  items: string;
  where?: JsonObject;
  value: string;
  label?: string;
  search?: string;
}

interface Place {
  entry: ManifestFile<ActionManifest | TriggerManifest>;
  actions: ReadonlyMap<string, ActionManifest>;
  validationErrors: ValidationError[];
  /** The way to the schema that is looked at, from the root of the manifest. */
  steps: string[];
}

/** Checks what the fields of an input say about each other and about other actions: `x-options`, `x-ui.when`, `required`, `$ref`. */
export function checkFields(
  entry: ManifestFile<ActionManifest | TriggerManifest>,
  actions: ReadonlyMap<string, ActionManifest>,
): ValidationError[] {
  const place: Place = { entry, actions, validationErrors: [], steps: [] };
  within(place, ['input'], () => visit(place, entry.manifest.input));
  within(place, ['output'], () => visit(place, entry.manifest.output));
  return place.validationErrors;
}

function visit(place: Place, schema: Json): void {
  if (schema === null || typeof schema !== 'object' || Array.isArray(schema)) return;
  if (typeof schema.$ref === 'string') checkRef(place, schema.$ref);
  const options = schema['x-options'] as unknown as Options | undefined;
  if (options !== undefined) within(place, ['x-options'], () => checkOptions(place, options));
  const fields = (schema.properties ?? {}) as JsonObject;
  for (const name of (schema.required as string[] | undefined) ?? []) {
    // A part of an anyOf, or of an if, may require fields that its parent describes.
    const isWhole = schema.type === 'object' && schema.properties !== undefined;
    if (isWhole && !Object.hasOwn(fields, name))
      add(place, ['required'], `names "${name}", which is not a field; correct the name`);
  }
  for (const [name, field] of Object.entries(fields)) {
    within(place, ['properties', name], () => {
      checkWhen(place, field, fields);
      visit(place, field);
    });
  }
  for (const [name, definition] of Object.entries((schema.$defs ?? {}) as JsonObject)) {
    within(place, ['$defs', name], () => visit(place, definition));
  }
  for (const key of ['items', 'additionalProperties'] as const) {
    const part = schema[key];
    if (part !== undefined) within(place, [key], () => visit(place, part));
  }
}

function within(place: Place, steps: readonly string[], look: () => void): void {
  place.steps.push(...steps);
  look();
  place.steps.length -= steps.length;
}

function checkRef(place: Place, ref: string): void {
  const root = place.entry.manifest[place.steps[0] === 'input' ? 'input' : 'output'];
  if (resolveRef(root, ref) === undefined) add(place, ['$ref'], `leads nowhere: "${ref}"; add it to $defs`);
}

/** `when` names fields beside this one, or of the whole input, and values they can have. */
function checkWhen(place: Place, field: Json, beside: JsonObject): void {
  const when = ((field as JsonObject | null)?.['x-ui'] as JsonObject | undefined)?.when as JsonObject | undefined;
  for (const [name, values] of Object.entries(when ?? {})) {
    const other = (beside[name] ?? schemaAtPath(place.entry.manifest.input, name)) as JsonObject | undefined;
    if (other === undefined) {
      add(place, ['x-ui', 'when'], `names "${name}", which is no field of the input; correct the name`);
    } else if (Array.isArray(other.enum)) {
      const foreign = (values as Json[]).filter((value) => !(other.enum as Json[]).includes(value));
      if (foreign.length > 0)
        add(place, ['x-ui', 'when', name], `has ${JSON.stringify(foreign[0])}, which "${name}" cannot be`);
    }
  }
}

function checkOptions(place: Place, options: Options): void {
  const source = place.actions.get(options.action);
  if (source === undefined) {
    const near = nearestNames(options.action, [...place.actions.keys()]);
    const remedy = near.length === 0 ? 'write its manifest, or correct the name' : `did you mean "${near[0]}"?`;
    add(place, ['action'], `names no action: "${options.action}"; ${remedy}`);
    return;
  }
  if (source.effect !== 'safe')
    add(place, ['action'], `has the effect "${source.effect}"; choices must come from a safe action`);
  const items = schemaAtPath(source.output, options.items);
  if (items === undefined || (items !== true && items.type !== 'array')) {
    add(place, ['items'], `"${options.items}" is not a list in the output of ${source.id}; correct the path`);
    return;
  }
  const paths: [string, string | undefined][] = [
    ['value', options.value],
    ['label', options.label],
    ...Object.keys(options.where ?? {}).map((path): [string, string] => ['where', path]),
  ];
  for (const [key, path] of paths) {
    if (path === undefined || hasPath(source.output, `${options.items}.${path}`)) continue;
    add(place, [key], `"${path}" is not in "${options.items}" of the output of ${source.id}; correct the path`);
  }
  for (const name of [...Object.keys(options.input ?? {}), ...(options.search === undefined ? [] : [options.search])]) {
    if (!hasPath(source.input, name))
      add(place, ['input'], `gives "${name}", which is no input of ${source.id}; correct the name`);
  }
  for (const reference of referencesOf(options.input)) {
    const [scope, ...steps] = reference.split('.');
    if (scope === 'input' && hasPath(place.entry.manifest.input, steps.join('.'))) continue;
    add(place, ['input'], `refers to "$${reference}"; only fields of this input are known here ($input.name)`);
  }
}

function add({ entry, steps, validationErrors }: Place, inside: readonly string[], message: string): void {
  validationErrors.push({ pointer: `${entry.file}#${pointerOf([...steps, ...inside])}`, message });
}
