import type { ValidationError } from './errors.ts';
import type { ActionManifest, Json, RequestTemplate, TriggerManifest } from './manifest.ts';
import type { ManifestFile } from './manifest-files.ts';
import { nearestNames } from './nearest.ts';
import { hasPath } from './schema-paths.ts';

const PLACEHOLDER = /\{([^{}]*)\}/g;

/** What is wrong with one reference of a template. */
export function checkReference(
  entry: ManifestFile<ActionManifest | TriggerManifest>,
  { pointer, reference, scopes }: { pointer: string; reference: string; scopes: string[] },
): ValidationError[] {
  const [scope, ...steps] = reference.split('.');
  const path = steps.join('.');
  if (!scopes.includes(scope!)) {
    return [
      at(
        entry,
        pointer,
        `refers to "$${reference}"; here only ${scopes.map((name) => `$${name}`).join(', ')} are known`,
      ),
    ];
  }
  const { manifest } = entry;
  if (scope === 'input' && path !== '' && !hasPath(manifest.input, path)) {
    return [at(entry, pointer, unknownInput(manifest, path))];
  }
  if (scope === 'options' && !('options' in manifest && hasPath(manifest.options ?? {}, path))) {
    return [at(entry, pointer, `refers to "$${reference}", but "options" has no such field; add it there`)];
  }
  const isPathPart = pointer === '/request/path' && scope === 'input';
  if (isPathPart && !(manifest.input.required as string[] | undefined)?.includes(path)) {
    return [at(entry, pointer, `needs "${path}", which is not required; add it to "required" of the input`)];
  }
  return [];
}

/** Says that an action or trigger has no such input, and which is meant. */
export function unknownInput(manifest: { id: string; input: { [key: string]: Json } }, path: string): string {
  const known = Object.keys((manifest.input.properties as object | undefined) ?? {});
  return `refers to the input "${path}", which ${manifest.id} does not have${didYouMean(path, known)}`;
}

/** The end of a message about a wrong name. */
export function didYouMean(name: string, known: string[]): string {
  const near = nearestNames(name, known);
  return near.length === 0 ? '; correct the name' : `; did you mean ${near.map((item) => `"${item}"`).join(' or ')}?`;
}

/** A validation error at a location of a file. */
export function at(entry: { file: string }, pointer: string, message: string): ValidationError {
  return { pointer: `${entry.file}#${pointer}`, message };
}

/** The templates of a request, each with its location and the scopes that it may refer to; placeholders of the path as references. */
export function requestParts(
  pointer: string,
  request: RequestTemplate | undefined,
  scopes: string[],
): [string, Json | undefined, string[]][] {
  if (request === undefined) return [];
  const inPath = [...request.path.matchAll(PLACEHOLDER)].map((match) => `$${match[1]!.replace(/^\+/, '')}`);
  return [
    [`${pointer}/path`, inPath, scopes],
    [`${pointer}/query`, request.query, scopes],
    [`${pointer}/headers`, request.headers, scopes],
    [`${pointer}/body`, request.body, scopes],
  ];
}
