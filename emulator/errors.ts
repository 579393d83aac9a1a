/** The payload shapes in which Databricks answers errors. */
export type ErrorShape = 'standard' | 'scim' | 'oauth';

/** An error as it is sent: HTTP status, Databricks' code and message, in one of its payload shapes. */
export class ApiError extends Error {
  readonly status: number;
  /** Databricks' error code; the gateway's own are numbers. */
  readonly code: string | number;
  readonly headers: Record<string, string>;
  readonly details: object[];
  shape: ErrorShape = 'standard';

  constructor(
    status: number,
    code: string | number,
    message: string,
    extra: { headers?: Record<string, string>; details?: object[] } = {},
  ) {
    super(message);
    this.status = status;
    this.code = code;
    this.headers = extra.headers ?? {};
    this.details = extra.details ?? [];
  }
}

/** A request that names a value which is missing, unknown, or not allowed (400 INVALID_PARAMETER_VALUE). */
export function invalid(message: string): ApiError {
  return new ApiError(400, 'INVALID_PARAMETER_VALUE', message);
}

/** A body that cannot be read as the expected message (400 MALFORMED_REQUEST). */
export function malformed(message: string): ApiError {
  return new ApiError(400, 'MALFORMED_REQUEST', message);
}

/** An object that is not there (404 RESOURCE_DOES_NOT_EXIST). */
export function notFound(message: string): ApiError {
  return new ApiError(404, 'RESOURCE_DOES_NOT_EXIST', message);
}

/** An action that the object's present state does not allow (400 INVALID_STATE). */
export function invalidState(message: string): ApiError {
  return new ApiError(400, 'INVALID_STATE', message);
}

/** An object that the caller may not use (403 PERMISSION_DENIED). */
export function denied(message: string): ApiError {
  return new ApiError(403, 'PERMISSION_DENIED', message);
}

const SCIM_TYPES: Record<string | number, string> = {
  INVALID_PARAMETER_VALUE: 'invalidValue',
  MALFORMED_REQUEST: 'invalidSyntax',
  INVALID_FILTER: 'invalidFilter',
  RESOURCE_ALREADY_EXISTS: 'uniqueness',
};

/** Writes an error in its payload shape. */
export function errorBody(error: ApiError): object {
  switch (error.shape) {
    case 'scim':
      return {
        schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'],
        detail: error.message,
        status: String(error.status),
        ...(SCIM_TYPES[error.code] === undefined ? {} : { scimType: SCIM_TYPES[error.code] }),
      };
    case 'oauth':
      return { error: error.code, error_description: error.message };
    case 'standard':
      return {
        error_code: error.code,
        message: error.message,
        ...(error.details.length > 0 ? { details: error.details } : {}),
      };
    default:
      return error.shape satisfies never;
  }
}
