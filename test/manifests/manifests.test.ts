import { readdir, readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { ERROR_CODES } from '../../connector/errors.ts';
import { loadManifests } from '../../connector/load-manifests.ts';
import type { JsonObject } from '../../connector/manifest.ts';
import { referencePages } from '../../scripts/docs/pages.ts';
import { SERVICES } from '../../services/registry.ts';

const MANIFESTS = new URL('../../manifests/', import.meta.url);
const manifests = await loadManifests(MANIFESTS, { checks: 'all', services: SERVICES });
const entries = [...manifests.actions.values(), ...manifests.triggers.values()];

/** What a workspace's users of other connectors know by these names. */
const NAMES = `query_catalogs create_catalog retrieve_catalog update_catalog delete_catalog
  create_cluster list_clusters get_cluster_info query_clusters start_cluster restart_cluster terminate_cluster delete_cluster
  list_groups create_group update_group delete_group
  create_job query_jobs show_job update_job delete_job run_job get_job_run cancel_run
  query_schemas create_schema retrieve_schema update_schema delete_schema
  execute_statement retrieve_statement retrieve_statement_result_chunk cancel_statement_execution
  query_tables retrieve_table check_table_exists query_table_summaries delete_table
  list_users create_user get_user update_user delete_user
  query_volumes create_volume retrieve_volume update_volume delete_volume
  query_warehouses create_warehouse retrieve_warehouse update_warehouse start_warehouse stop_warehouse delete_warehouse
  import_workspace export_workspace list_workspace retrieve_object_status delete_workspace query_directories create_directory
  http_request`.split(/\s+/);

test('every action of the list is there, and the trigger', () => {
  expect(NAMES).toHaveLength(64);
  expect(NAMES.filter((name) => !manifests.actions.has(`databricks.${name}`))).toEqual([]);
  expect(manifests.triggers.has('databricks.incremental_sync')).toBe(true);
  expect([...manifests.actions.keys()]).toEqual(expect.arrayContaining(['core.webhook', 'core.file']));
});

test('a manifest cannot be changed once it is loaded', () => {
  const { manifest } = manifests.actions.get('databricks.run_job')!;

  expect(() => Object.assign(manifest.input.properties as JsonObject, { extra: {} })).toThrow(TypeError);
});

describe.each(entries)('$id', ({ manifest }) => {
  test('has a title in Title Case and one sentence of description', () => {
    expect(manifest.title).toMatch(/^([A-Z][A-Za-z]*|to|HTTP)( ([A-Z][A-Za-z]*|to|of))*$/);
    expect(manifest.description).toMatch(/^[A-Z].*\.$/);
    expect(manifest.description).not.toMatch(/this action|\. [A-Z]/i);
  });

  test('describes each of its fields', () => {
    const silent = Object.entries(manifest.input.properties as JsonObject)
      .filter(([, field]) => typeof (field as JsonObject).description !== 'string')
      .map(([name]) => name);

    expect(silent).toEqual([]);
  });

  test('shows its first fields without a further click, and every required one', () => {
    const fields = Object.entries(manifest.input.properties as JsonObject);
    const hidden = fields.filter(
      ([, field]) => ((field as JsonObject)['x-ui'] as JsonObject | undefined)?.level === 'advanced',
    );
    const required = (manifest.input.required ?? []) as string[];

    expect(hidden.map(([name]) => name).filter((name) => required.includes(name))).toEqual([]);
    if (hidden.length > 0) expect(hidden.length).toBeLessThan(fields.length);
  });
});

// Of the description and the client the tests beside them say so; CI runs `npm run docs -- --check` itself.
test('the reference pages are those of the manifests; if not, run `npm run docs`', async () => {
  const folder = new URL('../../docs/reference/actions/', import.meta.url);
  const pages = referencePages(manifests);

  const names = (await readdir(folder)).sort();
  const stale: string[] = [];
  for (const name of names) if ((await readFile(new URL(name, folder), 'utf8')) !== pages.get(name)) stale.push(name);

  expect(names).toEqual([...pages.keys()].sort());
  expect(stale).toEqual([]);
});

test('every error code has a section that says what to do, and no section is left over', async () => {
  const page = await readFile(new URL('../../docs/reference/errors.md', import.meta.url), 'utf8');

  const sections = page.split(/^## /m).slice(1);
  expect(sections.map((section) => section.split('\n')[0]).sort()).toEqual(Object.keys(ERROR_CODES).sort());
  for (const section of sections) expect(section.trim().split('\n').length, section.slice(0, 40)).toBeGreaterThan(2);
});
