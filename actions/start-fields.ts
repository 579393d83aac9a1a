import type { Action, ActionManifest, RequestTemplate } from '../connector/manifest.ts';
import { readPath, referencesOf } from '../connector/template.ts';

/** Paths under `$start` that a manifest refers to. */
interface StartPaths {
  /** Anywhere: what a state has to keep. */
  all: readonly string[];
  /** By the requests that follow the start: what the first answer must have. */
  needed: readonly string[];
}

/** Derived from frozen manifests, once for each. */
const pathsOf = new WeakMap<ActionManifest, StartPaths>();
const PLACEHOLDER = /\{\+?start\.([A-Za-z0-9_.]+)\}/g;

/** Of the first answer, only the fields that the manifest refers to, in their places; everything when it refers to the whole. */
export function keepStart(action: Action, body: unknown): unknown {
  const { all } = startPaths(action.manifest);
  if (all.includes('')) return body;
  const kept: Record<string, unknown> = {};
  for (const path of all) {
    const value = readPath(body, path);
    if (value !== undefined) place(kept, path.split('.'), value);
  }
  return kept;
}

/** The first path that a later request needs and the first answer does not have. */
export function missingStart(action: Action, body: unknown): string | undefined {
  return startPaths(action.manifest).needed.find((path) => path !== '' && readPath(body, path) === undefined);
}

/** Whether anything of the output comes from an answer of the service. */
export function readsAnswer(manifest: ActionManifest): boolean {
  if (manifest.await !== undefined || manifest.pages !== undefined) return true;
  if (manifest.result === undefined)
    return Array.isArray(manifest.output.required) && manifest.output.required.length > 0;
  return referencesOf(manifest.result).some((reference) => /^(start|last|items)(\.|$)/.test(reference));
}

function startPaths(manifest: ActionManifest): StartPaths {
  const known = pathsOf.get(manifest);
  if (known !== undefined) return known;
  const needed = [...pathsIn(manifest.await?.request), ...pathsIn(manifest.await?.cancel)];
  const all = new Set([...needed, ...referencesOf(manifest.result).flatMap(startPath)]);
  const found = { all: [...all], needed };
  pathsOf.set(manifest, found);
  return found;
}

function pathsIn(request: RequestTemplate | undefined): string[] {
  if (request === undefined) return [];
  const inPath = [...request.path.matchAll(PLACEHOLDER)].map((match) => match[1]!);
  const query = request.query === '*' ? undefined : request.query;
  const references = [...referencesOf(query), ...referencesOf(request.headers), ...referencesOf(request.body)];
  return [...inPath, ...references.flatMap(startPath)];
}

function startPath(reference: string): string[] {
  if (reference === 'start') return [''];
  return reference.startsWith('start.') ? [reference.slice('start.'.length)] : [];
}

function place(target: Record<string, unknown>, steps: string[], value: unknown): void {
  const [step, ...rest] = steps as [string, ...string[]];
  if (rest.length === 0) {
    target[step] = value;
    return;
  }
  const inner = Object.hasOwn(target, step) ? target[step] : {};
  // A longer path beneath one that is kept whole is there already.
  if (inner === null || typeof inner !== 'object') return;
  target[step] = inner;
  place(inner as Record<string, unknown>, rest, value);
}
