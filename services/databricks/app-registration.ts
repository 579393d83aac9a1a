/**
 * The Databricks CLI command that registers an app; it answers with the client id, and for a confidential app the secret.
 * Redirect URLs must be registered letter by letter (RFC 9700 section 2.1).
 */
export function registrationCommand(app: {
  name: string;
  redirectUrls: readonly string[];
  scopes: readonly string[];
  confidential: boolean;
}): string {
  const body = JSON.stringify({ name: app.name, redirect_urls: app.redirectUrls, scopes: app.scopes });
  const quoted = `'${body.replaceAll("'", `'\\''`)}'`;
  return `databricks account custom-app-integration create ${app.confidential ? '--confidential ' : ''}--json ${quoted}`;
}
