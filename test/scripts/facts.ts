import { readDescription } from '../../scripts/openapi/description.ts';
import { factsOf } from '../../scripts/openapi/operation.ts';

/** The facts of the one operation of a description with these schemas. */
export function factsWith(operation: object, schemas: object = {}) {
  const description = readDescription(
    JSON.stringify({
      openapi: '3.0.3',
      info: {},
      paths: { '/things': { post: { responses: { 204: {} }, ...operation } } },
      components: { schemas },
    }),
  );
  const facts = factsOf(description, description.operations[0]!);
  if ('unusable' in facts) throw new Error(facts.unusable);
  return facts;
}

/** An operation that takes this schema. */
export const bodyOf = (schema: object) => ({ requestBody: { content: { 'application/json': { schema } } } });
/** An operation that answers with this schema. */
export const answerOf = (schema: object) => ({ responses: { 200: { content: { 'application/json': { schema } } } } });
