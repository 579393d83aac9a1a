import { randomUUID } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import type { Access } from '../access.ts';
import { invalid } from '../errors.ts';
import type { Call, Route } from '../router.ts';
import type { Workspace } from '../workspace.ts';
import { checkName, commonFields, listPage, missing, taken } from './answers.ts';
import { type FullName, fullNameText, splitFullName } from './names.ts';
import type { Unity, VolumeMeta } from './registry.ts';
import type { VolumeFiles } from './volume-files.ts';

const PATH = '/api/2.1/unity-catalog/volumes';

/** Routes of volumes. */
export function volumeRoutes(workspace: Workspace, unity: Unity, access: Access, files: VolumeFiles): Route[] {
  const requireParent = async (catalog: string, schema: string) => {
    access.check('catalog', catalog, 'USE CATALOG');
    if (!unity.catalogs.has(catalog)) throw missing('CATALOG', catalog);
    access.check('schema', `${catalog}.${schema}`, 'USE SCHEMA');
    if (!(await unity.schemaNames(catalog)).includes(schema)) throw missing('SCHEMA', `${catalog}.${schema}`);
  };
  const find = async (name: unknown): Promise<{ full: FullName; meta: VolumeMeta }> => {
    const parts = splitFullName(String(name), 3);
    if (parts === undefined) throw invalid(`'${name}' is not a full volume name: give catalog.schema.volume.`);
    const full = { catalog: parts[0] as string, schema: parts[1] as string, name: parts[2] as string };
    await requireParent(full.catalog, full.schema);
    access.check('volume', fullNameText(full), 'READ VOLUME');
    const meta = unity.volumes.get(fullNameText(full));
    if (meta === undefined) throw missing('VOLUME', fullNameText(full));
    return { full, meta };
  };
  const describe = (key: string) => {
    const meta = unity.volumes.get(key) as VolumeMeta;
    const [catalog_name, schema_name] = key.split('.');
    const { volume_id, volume_type, storage_location } = meta;
    return {
      ...commonFields(meta),
      catalog_name,
      schema_name,
      full_name: key,
      volume_id,
      volume_type,
      storage_location,
      metastore_id: workspace.accountId,
    };
  };

  const list = async ({ query }: Call) => {
    const [catalog, schema] = [String(query.catalog_name).toLowerCase(), String(query.schema_name).toLowerCase()];
    await requireParent(catalog, schema);
    const keys = unity.volumes
      .keys()
      .filter((key) => key.startsWith(`${catalog}.${schema}.`))
      .sort();
    const page = listPage('volumes', keys, query, {
      list: `volumes ${catalog}.${schema}`,
      paged: true,
      visible: (key) => access.allows('volume', key),
    }) as { volumes: string[] };
    return { json: { ...page, volumes: page.volumes.map(describe) } };
  };

  const create = async ({ body, identity }: Call) => {
    const full = {
      catalog: String(body.catalog_name).toLowerCase(),
      schema: String(body.schema_name).toLowerCase(),
      name: checkName(String(body.name)),
    };
    await requireParent(full.catalog, full.schema);
    const key = fullNameText(full);
    if (unity.volumes.has(key)) throw taken('VOLUME', key);
    if (body.volume_type === 'EXTERNAL' && body.storage_location === undefined)
      throw invalid('Missing required field: storage_location (an EXTERNAL volume needs one)');
    if (body.volume_type === 'MANAGED' && body.storage_location !== undefined)
      throw invalid("'storage_location' cannot be given for a MANAGED volume.");
    const volume_id = randomUUID();
    unity.volumes.put(key, {
      ...unity.newMeta(full.name, identity.userName),
      ...(body.comment === undefined ? {} : { comment: String(body.comment) }),
      volume_id,
      volume_type: body.volume_type as VolumeMeta['volume_type'],
      storage_location: (body.storage_location as string | undefined) ?? `s3://emulator/volumes/${volume_id}`,
    });
    mkdirSync(files.folderOf(full), { recursive: true });
    return { json: describe(key) };
  };

  const update = async ({ params, body, identity }: Call) => {
    const { full, meta } = await find(params.name);
    const { new_name, ...fields } = body;
    const name = new_name === undefined ? meta.name : checkName(String(new_name));
    const to = { ...full, name };
    if (name !== meta.name) {
      if (unity.volumes.has(fullNameText(to))) throw taken('VOLUME', fullNameText(to));
      unity.volumes.delete(fullNameText(full));
    }
    unity.volumes.put(fullNameText(to), {
      ...meta,
      ...fields,
      name,
      updated_at: workspace.now(),
      updated_by: identity.userName,
    });
    return { json: describe(fullNameText(to)) };
  };

  const remove = async ({ params }: Call) => {
    const { full } = await find(params.name);
    rmSync(files.folderOf(full), { recursive: true, force: true });
    unity.volumes.delete(fullNameText(full));
    return {};
  };

  return [
    { method: 'GET', template: PATH, handle: list },
    { method: 'POST', template: PATH, handle: create },
    {
      method: 'GET',
      template: `${PATH}/{name}`,
      handle: async ({ params }) => ({ json: describe(fullNameText((await find(params.name)).full)) }),
    },
    { method: 'PATCH', template: `${PATH}/{name}`, handle: update },
    { method: 'DELETE', template: `${PATH}/{name}`, handle: remove },
  ];
}
