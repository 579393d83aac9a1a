import { ApiError } from '../errors.ts';

/** 401 for a request without a usable credential. */
export function credentialMissing(): ApiError {
  return new ApiError(401, 401, 'Credential was not sent or was of an unsupported type for this API.');
}

/** 403 for a token that is wrong, revoked or expired: Databricks answers 403, not 401. */
export function invalidToken(): ApiError {
  return new ApiError(403, 403, 'Invalid access token.');
}

/** An error of the token endpoint, such as `invalid_client`. */
export function oauthError(status: number, code: string, message: string): ApiError {
  const challenge: Record<string, string> = status === 401 ? { 'www-authenticate': 'Basic' } : {};
  return new ApiError(status, code, message, { headers: { 'cache-control': 'no-store', ...challenge } });
}
