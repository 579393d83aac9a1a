import { ConnectorError } from '../connector/errors.ts';
import type { Action, JsonObject } from '../connector/manifest.ts';
import { findAction, submitAction } from '../engine/runs/submit.ts';
import { type ChoiceQuestion, choiceSource, listingInput, readChoices } from './choices.ts';
import { MAX_DEFINITION_BYTES } from './http/body.ts';
import { decodeCursor, encodeCursor, listOfCall } from './http/list-cursor.ts';
import { type Call, type Route, route } from './http/route.ts';
import { NEXT_CURSOR, object, PAGING, type Paging, ref, TEXT } from './http/schemas.ts';
import type { Serving } from './http/serving.ts';
import { endLookup } from './lookups.ts';

const BODY: JsonObject = {
  type: 'object',
  required: ['field'],
  additionalProperties: false,
  properties: {
    field: {
      title: 'Field',
      type: 'string',
      minLength: 1,
      maxLength: 300,
      description: 'A field of the input: its name, a dotted path, or a JSON pointer.',
    },
    linked_account: { title: 'Linked account', type: 'string', description: 'Id or name.' },
    authentication: { title: 'Authentication', type: 'string' },
    input: {
      title: 'Input',
      type: 'object',
      default: {},
      description: 'Input entered so far. Choices can depend on it.',
    },
    search: {
      title: 'Search',
      type: 'string',
      minLength: 1,
      maxLength: 200,
      description: 'Return only choices that contain this text.',
    },
    ...PAGING,
  },
};

interface OptionsBody extends Omit<ChoiceQuestion, 'after'>, Paging {
  field: string;
  linked_account?: string;
  authentication?: string;
}

export const optionSchemas: JsonObject = {
  Options: object({
    items: { type: 'array', items: object({ value: { description: 'The value for the field.' }, label: TEXT }) },
    next_cursor: NEXT_CURSOR,
  }),
};

/** `POST /v1/actions/{id}/options`, and the same for triggers: the choices for a field of an input. */
export function optionRoutes(serving: Serving): Route[] {
  const { ctx } = serving;
  const options = (kind: 'action' | 'trigger', schemaOf: (id: string) => JsonObject) =>
    route<unknown, OptionsBody>({
      method: 'POST',
      path: `/v1/${kind}s/{id}/options`,
      operation: `list_${kind}_options`,
      maxBodyBytes: MAX_DEFINITION_BYTES,
      tag: 'Connectors',
      summary: `List the choices for one field of the input of ${kind === 'action' ? 'an action' : 'a trigger'}.`,
      description:
        'The choices are read from the workspace of the linked account with the action that the field names in x-options.',
      body: BODY,
      answers: { 200: { description: 'A page of choices.', schema: ref('Options') } },
      async handle(call) {
        const source = choiceSource(schemaOf(call.params.id!), call.body.field);
        const listing = findAction(ctx, source.action);
        const list = listOfCall(call, `list_${kind}_options`, call.body);
        const { cursor } = call.body;
        const question = { ...call.body, after: cursor === undefined ? undefined : decodeCursor(list, cursor) };
        const output = await lookUp(serving, call, { listing, input: listingInput(listing, source, question) });
        const { items, next } = readChoices(listing, source, { output, question });
        return { status: 200, body: { items, next_cursor: next === undefined ? null : encodeCursor(list, next) } };
      },
    });
  return [
    options('action', (id) => findAction(ctx, id).manifest.input),
    options('trigger', (id) => {
      const trigger = ctx.manifests.triggers.get(id);
      if (trigger !== undefined) return trigger.manifest.input;
      throw new ConnectorError('ERR_TRIGGER_UNKNOWN', `there is no trigger "${id}" with fields`, {
        hint: 'GET /v1/triggers lists them.',
      });
    }),
  ];
}

/** Runs the listing action as any other, so that it has its throttle and its authentication, and keeps nothing of it. */
async function lookUp(
  serving: Serving,
  { caller, body }: Call<unknown, OptionsBody>,
  { listing, input }: { listing: Action; input: JsonObject },
): Promise<unknown> {
  const { linked_account, authentication } = body;
  const { id } = await submitAction(serving.ctx, caller.tenant, {
    request: { action: listing.id, linked_account, authentication, input },
    origin: { purpose: 'lookup' },
  });
  return endLookup(serving, id, {
    what: listing.id,
    told: `the choices could not be read with ${listing.id}`,
  });
}
