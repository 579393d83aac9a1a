import type { Json, JsonObject } from '../../connector/manifest.ts';
import type { FormRule } from './choices.ts';
import type { Conversion } from './conversion.ts';
import { isNode, type Node, resolved } from './description.ts';
import { convertSchema } from './schemas.ts';
import { fieldName } from './words.ts';

export const JSON_TYPE = /^application\/(?:[\w.+-]*\+)?json(?: *;.*)?$/i;
const FORM_TYPE = 'application/x-www-form-urlencoded';

export interface Body {
  schema: unknown;
  isRequired: boolean;
  isForm: boolean;
}

/** The body that is sent; undefined for none, a sentence for one that cannot be. */
export function bodyOf(root: Node, node: Node): Body | undefined | string {
  const body = resolved(root, node.requestBody);
  if (body === undefined) return node.requestBody === undefined ? undefined : 'the body refers to what is not there.';
  const content = isNode(body.content) ? body.content : {};
  const types = Object.keys(content);
  const json = types.find((type) => JSON_TYPE.test(type) || type === '*/*');
  const form = types.find((type) => type.split(';')[0]!.trim() === FORM_TYPE);
  const chosen = json ?? form;
  if (chosen === undefined) {
    if (types.length === 0) return undefined;
    return body.required === true
      ? `its body is ${types.slice(0, 3).join(' or ')}, which a manifest cannot send.`
      : undefined;
  }
  const media = content[chosen];
  return {
    schema: isNode(media) ? media.schema : undefined,
    isRequired: body.required === true,
    isForm: json === undefined,
  };
}

/** Puts the fields of the body beside the parameters, or the whole body in one. */
export function addBody(of: { conversion: Conversion; body: Body; properties: JsonObject; required: string[] }): {
  body: Json;
  rules?: Json;
} {
  const { conversion, body, properties, required } = of;
  const whole = convertSchema(conversion, body.schema);
  const fields = whole.properties as JsonObject | undefined;
  const names = Object.keys(fields ?? {});
  const isPlain =
    whole.type === 'object' &&
    whole.additionalProperties === false &&
    names.length > 0 &&
    !names.some((name) => name.startsWith('$'));
  if (!isPlain) {
    const name = freeName(properties, 'body');
    properties[name] = { title: 'Body', ...whole };
    if (body.isRequired) required.push(name);
    return { body: `$input.${name}` };
  }
  const template: JsonObject = {};
  const fieldOf = new Map<string, string>();
  for (const name of names) {
    const field = freeName(properties, fieldName(name));
    fieldOf.set(name, field);
    properties[field] = fields![name]!;
    template[name] = `$input.${field}`;
  }
  const renamed = (name: string) => fieldOf.get(name) ?? name;
  for (const field of fieldOf.values()) properties[field] = withWhen(properties[field] as JsonObject, renamed);
  if (body.isRequired) required.push(...((whole.required as string[] | undefined) ?? []).map(renamed));
  const rules = (whole.allOf as unknown as FormRule[] | undefined)?.map((rule) => withNames(rule, renamed));
  return { body: template, ...(rules === undefined ? {} : { rules: rules as unknown as Json }) };
}

/** A field that is shown for some values of another, under the name that the other has in the input. */
function withWhen(field: JsonObject, renamed: (name: string) => string): JsonObject {
  const shown = field['x-ui'] as { when?: JsonObject } | undefined;
  if (shown?.when === undefined) return field;
  return { ...field, 'x-ui': { ...shown, when: withKeys(shown.when, renamed) } };
}

function withNames(rule: FormRule, renamed: (name: string) => string): FormRule {
  return {
    if: { properties: withKeys(rule.if.properties, renamed), required: rule.if.required.map(renamed) },
    then: { required: rule.then.required.map(renamed) },
  };
}

function withKeys(given: JsonObject, renamed: (name: string) => string): JsonObject {
  return Object.fromEntries(Object.entries(given).map(([name, value]) => [renamed(name), value]));
}

/** The name, or with a number when a field has it. */
export function freeName(properties: JsonObject, name: string): string {
  if (!Object.hasOwn(properties, name)) return name;
  for (let count = 2; ; count += 1) if (!Object.hasOwn(properties, `${name}_${count}`)) return `${name}_${count}`;
}
