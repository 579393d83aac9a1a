import {
  asFields,
  asText,
  type Fields,
  failure,
  MAX_RETRY_AFTER_MS,
  readUpstream,
  reasonCode,
  type UpstreamFailure,
} from '../../connector/upstream.ts';

const DETAIL_TYPE = /^type\.googleapis\.com\/google\.rpc\.([A-Za-z]+)$/;

/**
 * Reads every error payload Databricks is known to send: standard, API 1.2, SCIM, OAuth, plain text, HTML, empty, and
 * whatever a gateway puts in between. Never throws. Facts: databricks-sdk-py errors/deserializer.py, sdk-go apierr.
 */
export function readError({ status, text }: { status: number; text: string }): UpstreamFailure {
  return readUpstream(status, text, readFields);
}

function readFields(fields: Fields, { status, phrase }: { status: number; phrase: string }): UpstreamFailure {
  const read =
    fields.schemas !== undefined || fields.scimType !== undefined || fields.detail !== undefined ? scim : standard;
  const { code, message } = read(fields, status);
  const details = readDetails(fields.details ?? asFields(fields.error)?.details);
  const {
    RequestInfo: [requestInfo] = [],
    RetryInfo: [retryInfo] = [],
    ErrorInfo: [errorInfo] = [],
  } = details as {
    [type: string]: Fields[];
  };
  const nested = asFields(fields.error);
  const requestId = asText(requestInfo?.request_id) ?? asText(fields.request_id) ?? asText(nested?.request_id);
  const metadata = asFields(errorInfo?.metadata);
  const sqlState = asText(fields.sql_state) ?? asText(nested?.sql_state) ?? asText(metadata?.sql_state);
  const retryDelayMs = readDelay(retryInfo?.retry_delay);
  return {
    ...failure(code ?? asText(errorInfo?.reason) ?? reasonCode(phrase), message ?? phrase),
    details,
    shape: 'json',
    ...(requestId === undefined ? {} : { request_id: requestId }),
    ...(sqlState === undefined ? {} : { sql_state: sqlState }),
    ...(retryDelayMs === undefined ? {} : { retryDelayMs }),
  };
}

/** A google.protobuf.Duration, as text such as `3.5s` or as an object. */
function readDelay(delay: unknown): number | undefined {
  const text = typeof delay === 'string' ? /^(\d+(?:\.\d+)?)s$/.exec(delay.trim())?.[1] : undefined;
  if (text !== undefined) return Math.min(Math.ceil(Number(text) * 1000), MAX_RETRY_AFTER_MS);
  const { seconds = 0, nanos = 0 } = asFields(delay) ?? {};
  const ms = Math.ceil(Number(seconds) * 1000 + Number(nanos) / 1e6);
  return ms > 0 ? Math.min(ms, MAX_RETRY_AFTER_MS) : undefined;
}

function standard(fields: Fields): { code: string | undefined; message: string | undefined } {
  // `error` is the message of API 1.2, but the code of an OAuth answer, which then has a description.
  const oauthText = asText(fields.error_description) ?? asText(fields.errorSummary);
  if (oauthText !== undefined) {
    return { code: asText(fields.error) ?? asText(fields.errorCode) ?? asText(fields.error_code), message: oauthText };
  }
  const nested = asFields(fields.error);
  return {
    code: asText(fields.error_code) ?? asText(fields.errorCode) ?? asText(nested?.status) ?? asText(nested?.code),
    message: asText(fields.message) ?? asText(fields.error) ?? asText(nested?.message),
  };
}

function scim(fields: Fields, status: number): { code: string; message: string | undefined } {
  const detail = asText(fields.detail);
  // An internal SCIM error of Databricks comes as the text "null".
  const text = detail === 'null' ? 'an internal error of the SCIM service' : (detail ?? asText(fields.message));
  const type = asText(fields.scimType);
  return {
    code: asText(fields.error_code) ?? `SCIM_${asText(fields.status) ?? status}`,
    message: type === undefined || text === undefined ? (text ?? type) : `${type} ${text}`,
  };
}

function readDetails(details: unknown): { [type: string]: unknown[] } {
  if (!Array.isArray(details)) return {};
  return Object.groupBy(
    details as unknown[],
    (detail) => DETAIL_TYPE.exec(String((detail as Fields | null)?.['@type']))?.[1] ?? 'other',
  ) as { [type: string]: unknown[] };
}
