import { stringifyAtEdge } from '../connector/json.ts';
import type { JsonObject } from '../connector/manifest.ts';
import type { ExpressionScope } from '../engine/expressions/scope.ts';
import { occurrencesOf } from '../engine/expressions/template.ts';
import { newId } from '../engine/store/ids.ts';
import { MAX_INPUT_BYTES } from './http/body.ts';
import { type Route, route } from './http/route.ts';
import { COUNT, object, ref, TEXT } from './http/schemas.ts';
import type { Serving } from './http/serving.ts';

/** Characters of JSON that an answer shows; a preview is for reading. */
const MAX_VALUE_CHARACTERS = 262_144;
const CUT_CHARACTERS = 65_536;

const ANYTHING: JsonObject = { type: 'object', additionalProperties: true };

const BODY: JsonObject = {
  type: 'object',
  required: ['expression'],
  additionalProperties: false,
  properties: {
    expression: {
      title: 'Expression',
      type: 'string',
      minLength: 1,
      maxLength: 40_000,
      description: 'An expression with or without its braces, or text with expressions in it.',
    },
    scope: {
      title: 'Scope',
      type: 'object',
      description: 'What the expression reads, as in a step.',
      additionalProperties: false,
      properties: {
        trigger: { title: 'Trigger' },
        steps: { ...ANYTHING, title: 'Steps', description: 'Step -> {output, status, error}.' },
        variables: { ...ANYTHING, title: 'Variables' },
        secrets: { ...ANYTHING, title: 'Secrets', description: 'Sample values; real secrets are never read here.' },
        run: { ...ANYTHING, title: 'Run' },
        item: { title: 'Item' },
        index: { title: 'Index', type: 'integer', minimum: 0 },
      },
    },
  },
};

export const expressionPreviewSchemas: JsonObject = {
  ExpressionPreview: object(
    {
      type: {
        type: 'string',
        enum: ['string', 'number', 'boolean', 'null', 'array', 'object', 'nothing'],
        description: 'nothing: there is no value, and a field that it fills is left out.',
      },
    },
    {
      value: { description: 'The value; left out when there is none, or when it is too large to be shown.' },
      truncated: {
        ...object({ text: { ...TEXT, description: 'The beginning of its JSON.' }, characters: COUNT }),
        description: `Of a value whose JSON has more than ${MAX_VALUE_CHARACTERS} characters.`,
      },
    },
  ),
};

/** `POST /v1/expressions/preview`: what an expression gives. */
export function expressionPreviewRoutes({ ctx }: Serving): Route[] {
  return [
    route<unknown, { expression: string; scope?: Partial<ExpressionScope> }>({
      method: 'POST',
      path: '/v1/expressions/preview',
      operation: 'preview_expression',
      maxBodyBytes: MAX_INPUT_BYTES,
      tag: 'Workflows',
      summary: 'Evaluate an expression with sample values.',
      description:
        'It is evaluated as in a step, under the same limits. One that fails answers ERR_EXPRESSION with `position`, where it is known.',
      body: BODY,
      answers: { 200: { description: 'What it gives.', schema: ref('ExpressionPreview') } },
      async handle({ caller, body: { expression, scope = {} } }) {
        const template = [...occurrencesOf(expression)].length > 0 ? expression : `{{${expression}}}`;
        const owner = { tenant: caller.tenant, run: newId('run', ctx.clock.now()) };
        const value = await ctx.expressions.evaluate(
          template,
          { trigger: {}, steps: {}, variables: {}, ...scope },
          { owner, pointer: '/expression' },
        );
        return { status: 200, body: preview(value) };
      },
    }),
  ];
}

function preview(value: unknown): object {
  const type = typeOf(value);
  if (value === undefined) return { type };
  const text = stringifyAtEdge(value);
  if (text.length <= MAX_VALUE_CHARACTERS) return { type, value };
  return { type, truncated: { text: text.slice(0, CUT_CHARACTERS), characters: text.length } };
}

function typeOf(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return typeof value === 'bigint' ? 'number' : typeof value;
}
