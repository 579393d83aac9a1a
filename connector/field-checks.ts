import type { ValidationError } from './errors.ts';
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
}

/** Checks what the fields of an input say about each other and about other actions: `x-options`, `x-ui.when`, `required`, `$ref`. */
export function checkFields(
  entry: ManifestFile<ActionManifest | TriggerManifest>,
  actions: ReadonlyMap<string, ActionManifest>,
): ValidationError[] {
  const place: Place = { entry, actions, validationErrors: [] };
  visit(place, entry.manifest.input, '/input');
  visit(place, entry.manifest.output, '/output');
  return place.validationErrors;
}

function visit(place: Place, schema: Json, pointer: string): void {
  if (schema === null || typeof schema !== 'object' || Array.isArray(schema)) return;
  if (typeof schema.$ref === 'string') checkRef(place, schema.$ref, pointer);
  if (schema['x-options'] !== undefined)
    checkOptions(place, schema['x-options'] as unknown as Options, `${pointer}/x-options`);
  const fields = (schema.properties ?? {}) as JsonObject;
  for (const name of (schema.required as string[] | undefined) ?? []) {
    // A part of an anyOf, or of an if, may require fields that its parent describes.
    const isWhole = schema.type === 'object' && schema.properties !== undefined;
    if (isWhole && fields[name] === undefined)
      add(place, `${pointer}/required`, `names "${name}", which is not a field; correct the name`);
  }
  for (const [name, field] of Object.entries(fields)) {
    checkWhen(place, field, fields, `${pointer}/properties/${name}`);
    visit(place, field, `${pointer}/properties/${name}`);
  }
  for (const [name, definition] of Object.entries((schema.$defs ?? {}) as JsonObject)) {
    visit(place, definition, `${pointer}/$defs/${name}`);
  }
  for (const key of ['items', 'additionalProperties'] as const) {
    if (schema[key] !== undefined) visit(place, schema[key], `${pointer}/${key}`);
  }
}

function checkRef(place: Place, ref: string, pointer: string): void {
  const root = place.entry.manifest[pointer.startsWith('/input') ? 'input' : 'output'];
  if (resolveRef(root, ref) === undefined) add(place, `${pointer}/$ref`, `leads nowhere: "${ref}"; add it to $defs`);
}

/** `when` names fields beside this one, or of the whole input, and values they can have. */
function checkWhen(place: Place, field: Json, beside: JsonObject, pointer: string): void {
  const when = ((field as JsonObject | null)?.['x-ui'] as JsonObject | undefined)?.when as JsonObject | undefined;
  for (const [name, values] of Object.entries(when ?? {})) {
    const other = (beside[name] ?? schemaAtPath(place.entry.manifest.input, name)) as JsonObject | undefined;
    if (other === undefined) {
      add(place, `${pointer}/x-ui/when`, `names "${name}", which is no field of the input; correct the name`);
    } else if (Array.isArray(other.enum)) {
      const foreign = (values as Json[]).filter((value) => !(other.enum as Json[]).includes(value));
      if (foreign.length > 0)
        add(place, `${pointer}/x-ui/when/${name}`, `has ${JSON.stringify(foreign[0])}, which "${name}" cannot be`);
    }
  }
}

function checkOptions(place: Place, options: Options, pointer: string): void {
  const source = place.actions.get(options.action);
  if (source === undefined) {
    const near = nearestNames(options.action, [...place.actions.keys()]);
    const remedy = near.length === 0 ? 'write its manifest, or correct the name' : `did you mean "${near[0]}"?`;
    add(place, `${pointer}/action`, `names no action: "${options.action}"; ${remedy}`);
    return;
  }
  if (source.effect !== 'safe')
    add(place, `${pointer}/action`, `has the effect "${source.effect}"; choices must come from a safe action`);
  const items = schemaAtPath(source.output, options.items);
  if (items === undefined || (items !== true && items.type !== 'array')) {
    add(place, `${pointer}/items`, `"${options.items}" is not a list in the output of ${source.id}; correct the path`);
    return;
  }
  const paths: [string, string | undefined][] = [
    ['value', options.value],
    ['label', options.label],
    ...Object.keys(options.where ?? {}).map((path): [string, string] => ['where', path]),
  ];
  for (const [key, path] of paths) {
    if (path === undefined || hasPath(source.output, `${options.items}.${path}`)) continue;
    add(
      place,
      `${pointer}/${key}`,
      `"${path}" is not in "${options.items}" of the output of ${source.id}; correct the path`,
    );
  }
  for (const name of [...Object.keys(options.input ?? {}), ...(options.search === undefined ? [] : [options.search])]) {
    if (!hasPath(source.input, name))
      add(place, `${pointer}/input`, `gives "${name}", which is no input of ${source.id}; correct the name`);
  }
  for (const reference of referencesOf(options.input)) {
    const [scope, ...steps] = reference.split('.');
    if (scope === 'input' && hasPath(place.entry.manifest.input, steps.join('.'))) continue;
    add(place, `${pointer}/input`, `refers to "$${reference}"; only fields of this input are known here ($input.name)`);
  }
}

function add(place: Place, pointer: string, message: string): void {
  place.validationErrors.push({ pointer: `${place.entry.file}#${pointer}`, message });
}
