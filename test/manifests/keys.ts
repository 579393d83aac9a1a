import { globSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const SCHEMAS = `${ROOT}manifests/schema/`;

type Node = { [key: string]: unknown };

/** Every key that the meta-schemas know, as `action.json#/$defs/request/properties/base`, with the connectors that use it. */
export function usersOfKeys(): Map<string, Set<string>> {
  const schemas = new Map(readdirSync(SCHEMAS).map((name) => [name, JSON.parse(readFileSync(SCHEMAS + name, 'utf8'))]));
  const users = new Map<string, Set<string>>();
  for (const [file, schema] of schemas) declare(users, schema, `${file}#`);
  for (const folder of ['manifests', 'examples/connectors'])
    for (const path of globSync('*/{connector,actions/*,triggers/*}.json', { cwd: ROOT + folder })) {
      const [connector = '', part = ''] = path.split('/');
      const file = part === 'actions' ? 'action.json' : part === 'triggers' ? 'trigger.json' : 'connector.json';
      const manifest = JSON.parse(readFileSync(`${ROOT}${folder}/${path}`, 'utf8'));
      if (connector !== 'schema') visit({ schemas, users, connector }, { file, pointer: '' }, manifest);
    }
  return users;
}

/** Keys of closed objects; what an `if` asks for is no declaration. */
function declare(users: Map<string, Set<string>>, node: unknown, at: string): void {
  if (!isNode(node)) return;
  if (isNode(node.properties) && node.additionalProperties === false)
    for (const key of Object.keys(node.properties)) users.set(`${at}/properties/${key}`, new Set());
  for (const [key, inner] of Object.entries(node)) if (key !== 'if') declare(users, inner, `${at}/${key}`);
}

interface Visit {
  schemas: ReadonlyMap<string, Node>;
  users: Map<string, Set<string>>;
  connector: string;
}

interface Place {
  file: string;
  pointer: string;
}

function visit(of: Visit, { file, pointer }: Place, value: unknown): void {
  const schema = nodeAt(of.schemas.get(file)!, pointer);
  if (!isNode(schema)) return;
  const into = (step: string, inner: unknown) => visit(of, { file, pointer: `${pointer}/${step}` }, inner);
  if (typeof schema.$ref === 'string') {
    const [other, target = ''] = schema.$ref.split('#');
    visit(of, { file: other || file, pointer: target }, value);
  }
  for (const key of ['allOf', 'anyOf', 'oneOf'])
    for (const index of ((schema[key] as unknown[] | undefined) ?? []).keys()) into(`${key}/${index}`, value);
  for (const key of ['then', 'else']) into(key, value);
  if (Array.isArray(value)) for (const item of value) into('items', item);
  else if (isNode(value))
    for (const [key, inner] of Object.entries(value)) {
      if (isNode(schema.properties) && Object.hasOwn(schema.properties, key)) {
        of.users.get(`${file}#${pointer}/properties/${key}`)?.add(of.connector);
        into(`properties/${key}`, inner);
      } else if (isNode(schema.patternProperties)) {
        for (const pattern of Object.keys(schema.patternProperties))
          if (new RegExp(pattern).test(key)) into(`patternProperties/${pattern}`, inner);
      } else into('additionalProperties', inner);
    }
}

function nodeAt(schema: Node, pointer: string): unknown {
  let at: unknown = schema;
  for (const step of pointer.split('/').slice(1)) at = isNode(at) || Array.isArray(at) ? (at as Node)[step] : undefined;
  return at;
}

function isNode(value: unknown): value is Node {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
