import { expect, test } from 'vitest';
import type { Action, JsonObject } from '../../connector/manifest.ts';
import { shippedManifests } from '../shipped-manifests.ts';

const manifests = await shippedManifests();

const DESTROYS =
  /\.(delete|remove|drop|purge|reset|restart|terminate|overwrite|replace|update|upsert|set|put|edit|move|rename|import|upload|revoke|archive)_/;

/** Actions that look destructive and are not, with the reason. */
const SPARED: { [id: string]: string } = {
  'slack.upload_file': 'adds a file beside those of the same name',
};

/** Actions that a caller can make destructive by what they are given, whatever their name. */
const BY_INPUT = ['databricks.execute_statement', 'databricks.http_request', 'http.request', 'slack.http_request'];

test('what deletes, resets or overwrites is destructive, or is listed with a reason', () => {
  const silent = [...manifests.actions.values()]
    .filter(looksDestructive)
    .filter(({ manifest }) => !manifest.destructive);

  expect(silent.map(({ id }) => id).filter((id) => SPARED[id] === undefined)).toEqual([]);
});

test('nothing is spared that does not look destructive, and nothing without a reason', () => {
  const idle = Object.entries(SPARED).filter(([id, reason]) => {
    const action = manifests.actions.get(id);
    return action === undefined || !looksDestructive(action) || action.manifest.destructive === true || reason === '';
  });

  expect(idle).toEqual([]);
});

test('what runs any statement or request can destroy', () => {
  expect(BY_INPUT.filter((id) => manifests.actions.get(id)!.manifest.destructive !== true)).toEqual([]);
});

test('creating, reading and starting are not', () => {
  const marked = [...manifests.actions.values()].filter(({ manifest }) => manifest.destructive).map(({ id }) => id);

  expect(marked.filter((id) => /\.(create|list|get|query|retrieve|show|start|run|submit|insert)_/.test(id))).toEqual(
    [],
  );
  expect(marked.length).toBeGreaterThan(20);
});

/** By its method, its name, or an input that overwrites. */
function looksDestructive({ id, manifest }: Action): boolean {
  const fields = Object.keys(manifest.input.properties as JsonObject);
  return manifest.request?.method === 'DELETE' || DESTROYS.test(id) || fields.includes('overwrite');
}
