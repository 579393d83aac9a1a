import type { JsonObject } from './document.ts';
import type { Template } from './templates.ts';

/** All of examples/ but the one for the connector that a guide writes: no server has it by itself. */
const FILES = import.meta.glob<JsonObject>(['../../../examples/*.json', '!**/new-tickets.json'], {
  eager: true,
  import: 'default',
});
const SECRET = /^(?:signing_)?secret$/;

/** The workflows of examples/, with the accounts that they name: a person chooses others, and types the secrets. */
export const EXAMPLES: readonly Template[] = Object.values(FILES).map((document) => {
  const id = String(document.name);
  return {
    id,
    title: `${id.charAt(0).toUpperCase()}${id.slice(1).replaceAll('-', ' ')}`,
    description: String(document.description),
    document: withoutSecrets(document),
  };
});

/** The secrets of the examples are public: what they sign, everybody can sign. */
function withoutSecrets(document: JsonObject): JsonObject {
  const read = (name: string, value: unknown) => (SECRET.test(name) ? undefined : value);
  return JSON.parse(JSON.stringify(document), read) as JsonObject;
}
