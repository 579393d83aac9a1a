import type { JsonObject } from './document.ts';
import type { Template } from './templates.ts';

const FILES = import.meta.glob<JsonObject>('../../../examples/*.json', { eager: true, import: 'default' });
/** For the connector that a guide writes: no server has it by itself. */
const OF_A_GUIDE = 'new-tickets';
const SECRET = /^(?:signing_)?secret$/;

/** The workflows of examples/, with the accounts that they name: a person chooses others, and types the secrets. */
export const EXAMPLES: readonly Template[] = Object.values(FILES)
  .filter(({ name }) => name !== OF_A_GUIDE)
  .map((document) => {
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
