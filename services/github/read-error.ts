import {
  asFields,
  asText,
  type Fields,
  failure,
  readUpstream,
  reasonCode,
  type UpstreamFailure,
} from '../../connector/upstream.ts';

/** A request has few fields; a longer list is cut. */
const MAX_ERRORS = 10;

/**
 * Reads a refusal of GitHub: `message`, and `errors` with what is wrong with which field
 * (docs.github.com/rest/using-the-rest-api/troubleshooting-the-rest-api#validation-failed). Never throws.
 */
export function readError({ status, text }: { status: number; text: string }): UpstreamFailure {
  return readUpstream(status, text, readFields);
}

function readFields(fields: Fields, { phrase }: { phrase: string }): UpstreamFailure {
  const message = asText(fields.message) ?? asText(fields.error_description) ?? asText(fields.error) ?? phrase;
  const errors = Array.isArray(fields.errors) ? (fields.errors as unknown[]).slice(0, MAX_ERRORS) : [];
  const problems = errors.map(problemOf).filter((problem) => problem !== undefined);
  const code = asText(fields.error) ?? asText(asFields(errors[0])?.code);
  const words = problems.length === 0 ? message : `${message}: ${problems.join('; ')}`;
  const isCode = code !== undefined && /^[\w.:-]{1,100}$/.test(code);
  return { ...failure(isCode ? code : reasonCode(phrase), words), shape: 'json' };
}

/** `Issue.title missing_field`, or the sentence that GitHub gives. */
function problemOf(error: unknown): string | undefined {
  const fields = asFields(error);
  if (fields === undefined) return asText(error);
  const message = asText(fields.message);
  if (message !== undefined) return message;
  const where = [asText(fields.resource), asText(fields.field)].filter((part) => part !== undefined).join('.');
  return [where, asText(fields.code)].filter(Boolean).join(' ') || undefined;
}
