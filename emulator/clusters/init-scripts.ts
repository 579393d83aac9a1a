import { invalid } from '../errors.ts';
import { requireObject, route } from '../objects.ts';
import type { Route } from '../router.ts';
import { hexId, type Workspace } from '../workspace.ts';

interface Script {
  script_id: string;
  name: string;
  /** Base64. */
  script: string;
  enabled: boolean;
  created_at: number;
  created_by: string;
  updated_at: number;
  updated_by: string;
}

const PATH = '/api/2.0/global-init-scripts';
const MAX_BYTES = 64 * 1024;

/** Global init scripts, in the order in which they run; no cluster here runs them. */
export function initScriptRoutes(workspace: Workspace): Route[] {
  const all = workspace.store.collection<Script>('init_scripts');
  const order = workspace.store.collection<string[]>('init_script_order');
  const ids = () => order.get('ids') ?? [];
  const find = (id: unknown) => requireObject(all, id, `The global init script with ID ${id} does not exist.`);
  const describe = ({ script: _script, ...facts }: Script) => ({ ...facts, position: ids().indexOf(facts.script_id) });
  const check = (script: string) => {
    const bytes = Buffer.from(script, 'base64').length;
    if (!/^[A-Za-z0-9+/]*={0,2}$/.test(script)) throw invalid("'script' must be base64-encoded.");
    if (bytes > MAX_BYTES) throw invalid(`'script' has ${bytes} bytes; at most ${MAX_BYTES} are allowed.`);
  };
  const move = (id: string, position: unknown) => {
    const rest = ids().filter((item) => item !== id);
    const to = position === undefined ? rest.length : Math.min(Number(position), rest.length);
    order.put('ids', [...rest.slice(0, to), id, ...rest.slice(to)]);
  };
  return [
    route('POST', PATH, ({ body, identity }) => {
      const { name, script, enabled = false } = body as { name: string; script: string; enabled?: boolean };
      check(script);
      const script_id = hexId(16).toUpperCase();
      const [now, by] = [workspace.now(), identity.userName];
      all.put(script_id, {
        script_id,
        name,
        script,
        enabled,
        created_at: now,
        created_by: by,
        updated_at: now,
        updated_by: by,
      });
      move(script_id, body.position);
      return { json: { script_id } };
    }),
    route('GET', PATH, () => ({ json: { scripts: ids().map((id) => describe(find(id))) } })),
    route('GET', `${PATH}/{script_id}`, ({ params }) => {
      const script = find(params.script_id);
      return { json: { ...describe(script), script: script.script } };
    }),
    route('PATCH', `${PATH}/{script_id}`, ({ params, body, identity }) => {
      const old = find(params.script_id);
      const { position, ...fields } = body as Partial<Script> & { position?: number };
      if (fields.script !== undefined) check(fields.script);
      all.put(old.script_id, { ...old, ...fields, updated_at: workspace.now(), updated_by: identity.userName });
      if (position !== undefined) move(old.script_id, position);
      return {};
    }),
    route('DELETE', `${PATH}/{script_id}`, ({ params }) => {
      const { script_id } = find(params.script_id);
      all.delete(script_id);
      order.put(
        'ids',
        ids().filter((id) => id !== script_id),
      );
      return {};
    }),
  ];
}
