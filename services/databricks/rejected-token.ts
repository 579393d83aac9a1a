/**
 * Databricks answers an expired token with 400, 401 or 403 (databricks-vscode#583, splunk-integration#55, n8n#34147), and one
 * of another directory or for another audience with 400 and a page in the words of its JWT library.
 */
const TOKEN_REJECTED =
  /invalid (access )?token|token (is |has )?expir|token expired|io\.jsonwebtoken\.|ExpiredJwtException|IncorrectClaimException|Expected (iss|aud|tid) claim/i;

/** Whether the 400 or 403 of an expired or foreign token. */
export function isTokenRejected(status: number, message: string): boolean {
  return (status === 403 || status === 400) && TOKEN_REJECTED.test(message);
}
