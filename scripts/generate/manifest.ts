import type { ActionManifest, Json, JsonObject, RequestTemplate } from '../../connector/manifest.ts';
import type { Fact, FactGroup } from './facts.ts';
import { inputSchema } from './input.ts';
import { outputSchema } from './output.ts';
import type { FieldTexts, Overlay, OverlayGroup } from './overlay.ts';

const DOCS = 'https://docs.databricks.com/api/workspace/';

/** Where the words of a manifest come from, and where the fields without words are noted. */
export interface Words {
  common: FieldTexts;
  missing: Set<string>;
}

/** One manifest: the facts' fields, the overlay's words. */
export function actionManifest(facts: FactGroup, group: OverlayGroup, overlay: Overlay, words: Words): ActionManifest {
  const fact = findFact(facts, overlay);
  const texts = [group.fields ?? {}, words.common];
  const manifest = {
    $schema: '../../schema/action.json',
    id: `databricks.${overlay.name}`,
    version: 1,
    title: overlay.title,
    group: group.group,
    description: overlay.description,
    docs: DOCS + overlay.docs,
    effect: overlay.effect,
    requires: { scopes: ['all-apis'], ...(overlay.grants === undefined ? {} : { grants: overlay.grants }) },
    input: inputSchema(fact, facts, { overlay, texts, missing: words.missing }),
    options: overlay.options,
    request: overlay.code === true ? undefined : request(fact, overlay),
    await: overlay.await,
    pages: overlay.pages,
    result: overlay.result,
    shape: overlay.shape,
    output: outputSchema(fact, facts, overlay),
    errors: overlay.errors,
    examples: overlay.examples,
  };
  return Object.fromEntries(
    Object.entries(manifest).filter(([, value]) => value !== undefined),
  ) as unknown as ActionManifest;
}

/** The operation, with the body fields of the one beside it. */
export function findFact(facts: FactGroup, overlay: Overlay): Fact {
  const fact = facts.operations.get(overlay.op);
  if (fact === undefined) throw new Error(`${overlay.name}: the facts have no operation "${overlay.op}"`);
  const other = overlay.also === undefined ? undefined : facts.operations.get(overlay.also);
  if (other === undefined) return fact;
  return { ...fact, body: { ...fact.body, properties: { ...other.body?.properties, ...fact.body?.properties } } };
}

/** `*` where every input is a field of the one part that the request has; else each field by name. */
function request(fact: Fact, overlay: Overlay): RequestTemplate {
  const path = fact.path.replace(/\{([a-z_]+)\}/g, '{input.$1}');
  if (overlay.body !== undefined) return { method: fact.method, path, body: overlay.body };
  const template: RequestTemplate = { method: fact.method, path };
  const isOwn = overlay.own !== undefined || overlay.send !== undefined;
  const query = [...new Set(fact.query.map((parameter) => parameter.name))];
  const body = Object.keys(fact.body?.properties ?? {}).filter(
    (name) => !fact.pathParams.some((item) => item.name === name),
  );
  if (query.length > 0) template.query = isOwn || body.length > 0 ? listed(query, overlay.send) : '*';
  if (fact.body !== null) template.body = body.length === 0 ? {} : isOwn ? listed(body, overlay.send) : '*';
  return template;
}

function listed(names: string[], send: JsonObject = {}): JsonObject {
  const roots = [...new Set(names.map((name) => name.split('.')[0]!))];
  return Object.fromEntries(roots.map((name): [string, Json] => [name, send[name] ?? `$input.${name}`]));
}
