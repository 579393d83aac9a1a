import type { ValidationError } from '../connector/errors.ts';
import { ERROR_CODES, type ErrorCode } from '../connector/errors.ts';
import type { JsonObject } from '../connector/manifest.ts';
import { reportOn } from '../engine/workflows/check-report.ts';
import { workflowSchema } from '../engine/workflows/workflow-schema.ts';
import { getWorkflow } from '../engine/workflows/workflows.ts';
import { MAX_DEFINITION_BYTES } from './http/body.ts';
import { hintFor } from './http/hints.ts';
import { type Route, route } from './http/route.ts';
import { COUNT, object, ref, TEXT } from './http/schemas.ts';
import type { Serving } from './http/serving.ts';

const QUERY: JsonObject = {
  workflow: {
    title: 'Workflow',
    type: 'string',
    minLength: 1,
    maxLength: 200,
    description: 'Id or name of the workflow that the definition would replace.',
  },
};

export const workflowCheckSchemas: JsonObject = {
  WorkflowCheck: object(
    {
      valid: { type: 'boolean' },
      errors: {
        type: 'array',
        items: object(
          {
            pointer: { ...TEXT, description: 'JSON pointer into the definition.' },
            code: { type: 'string', enum: Object.keys(ERROR_CODES) },
            message: TEXT,
            hint: { ...TEXT, description: 'What to do about it.' },
          },
          {
            allowed: { description: 'Allowed values.' },
            position: { ...COUNT, description: 'In an expression: the character at which it went wrong, from 0.' },
          },
        ),
      },
      warnings: {
        type: 'array',
        description: 'What would be accepted, and may not do what one expects.',
        items: object({ pointer: TEXT, code: TEXT, message: TEXT }),
      },
    },
    { error_count: { ...COUNT, description: 'How many errors there are, where `errors` does not hold all of them.' } },
  ),
};

/** `POST /v1/workflows/check`: what saving would say. */
export function workflowCheckRoutes({ ctx }: Serving): Route[] {
  return [
    route<{ workflow?: string }>({
      method: 'POST',
      path: '/v1/workflows/check',
      operation: 'check_workflow',
      failures: [404],
      maxBodyBytes: MAX_DEFINITION_BYTES,
      tag: 'Workflows',
      summary: 'Check a workflow as saving it would, and save nothing.',
      description: 'The answer is 200 also when there are errors. Quotas are not looked at.',
      query: QUERY,
      body: workflowSchema.schema,
      bodyCheck: 'engine',
      answers: { 200: { description: 'Errors and warnings.', schema: ref('WorkflowCheck') } },
      async handle({ caller, query, body }) {
        const workflow =
          query.workflow === undefined ? undefined : await getWorkflow(ctx, caller.tenant, query.workflow);
        const report = await reportOn(ctx, caller.tenant, { body: body ?? {}, workflow });
        return {
          status: 200,
          body: {
            valid: report.valid,
            errors: report.errors.map(withHint),
            ...(report.errorCount === undefined ? {} : { error_count: report.errorCount }),
            warnings: report.warnings,
          },
        };
      },
    }),
  ];
}

function withHint(error: ValidationError): object {
  const code: ErrorCode = error.code ?? 'ERR_INPUT_INVALID';
  return { ...error, code, hint: error.hint ?? hintFor({ code, kind: ERROR_CODES[code].kind }) };
}
