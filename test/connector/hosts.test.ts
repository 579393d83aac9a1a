import { describe, expect, test } from 'vitest';
import { compileBaseUrls } from '../../connector/base-urls.ts';
import { checkHost, normalizeHost as normalize } from '../../connector/hosts.ts';
import type { ConnectorManifest } from '../../connector/manifest.ts';
import { isToken, workspaceOfHost } from '../../services/databricks/address.ts';

const HOSTS = '^[a-z0-9.-]+\\.(cloud\\.databricks\\.com|azuredatabricks\\.net|gcp\\.databricks\\.com)$';
const manifest = {
  title: 'Databricks',
  base_urls: { api: { url: '{account.host}', hosts: HOSTS } },
} as unknown as ConnectorManifest;
const connector = { manifest, baseUrls: compileBaseUrls(manifest) };
const normalizeHost = (text: string) => normalize(text, { title: 'Workspace URL', isSecret: isToken });

describe('normalizeHost', () => {
  test.each([
    ['dbc-1.cloud.databricks.com', 'https://dbc-1.cloud.databricks.com'],
    ['https://dbc-1.cloud.databricks.com/', 'https://dbc-1.cloud.databricks.com'],
    ['  HTTPS://DBC-1.Cloud.Databricks.com/?o=123#notebook/4 ', 'https://dbc-1.cloud.databricks.com'],
    ['https://dbc-1.cloud.databricks.com:443/browse', 'https://dbc-1.cloud.databricks.com'],
    ['dbc-1.cloud.databricks.com.', 'https://dbc-1.cloud.databricks.com'],
    ['http://127.0.0.1:4010', 'http://127.0.0.1:4010'],
    ['localhost:4010', 'https://localhost:4010'],
  ])('reads %j', (text, origin) => {
    expect(normalizeHost(text)).toBe(origin);
  });

  test.each([
    ['', 'ERR_HOST_MISSING'],
    ['   ', 'ERR_HOST_MISSING'],
    ['ftp://dbc-1.cloud.databricks.com', 'ERR_HOST_INVALID'],
    ['https://user:pass@dbc-1.cloud.databricks.com', 'ERR_HOST_INVALID'],
    ['https://', 'ERR_HOST_INVALID'],
    ['a b', 'ERR_HOST_INVALID'],
    ['javascript:alert(1)', 'ERR_HOST_INVALID'],
    ['my_workspace', 'ERR_HOST_INVALID'],
  ])('refuses %j', (text, code) => {
    expect(() => normalizeHost(text)).toThrow(expect.objectContaining({ code }));
  });

  test.each([
    'https://user:canary@x.com',
    'user:canary@x.com',
    'https://user:a/canary@x.com',
    'https://user:a?canary@x.com',
    'https://user:a@canary@x.com',
    'https://x_y.com/?token=canary',
    `dapicacacacacacacacacacacacacacacaca`,
  ])('does not repeat a secret of %s in its error', (given) => {
    expect(() => normalizeHost(given)).toThrow(
      expect.objectContaining({ code: 'ERR_HOST_INVALID', message: expect.not.stringMatching(/canary|caca/) }),
    );
  });

  test('does not repeat a parameter in the error of another', () => {
    expect(() => workspaceOfHost('https://x.com/?token=canary&o=x')).toThrow(/^(?!.*canary)/s);
  });
});

describe('checkHost', () => {
  const allowedHosts = [
    'proxy.example.com:8443',
    'http://127.0.0.1:4010',
    'http://10.0.0.7:80',
    'https://mine.example.com',
    'http://localhost:*',
  ];

  test.each([
    'https://dbc-1.cloud.databricks.com',
    'https://adb-1.2.azuredatabricks.net',
    'https://proxy.example.com:8443',
    'http://127.0.0.1:4010',
    'http://localhost:1',
    'http://localhost:65535',
    'https://mine.example.com',
  ])('allows %j', (origin) => {
    expect(() => checkHost(origin, { connector, allowedHosts })).not.toThrow();
  });

  test.each([
    'http://dbc-1.cloud.databricks.com',
    'https://dbc-1.cloud.databricks.com:8443',
    'https://cloud.databricks.com.evil.example',
    'https://evil.example/.cloud.databricks.com',
    'https://evilcloud.databricks.com.example',
    'https://127.0.0.1:4010',
    'https://localhost:1',
    'http://127.0.0.1:4011',
    'http://10.0.0.7',
    'https://proxy.example.com',
    'https://169.254.169.254',
    'nonsense',
  ])('refuses %j', (origin) => {
    expect(() => checkHost(origin, { connector, allowedHosts })).toThrow(
      expect.objectContaining({ code: 'ERR_HOST_NOT_ALLOWED' }),
    );
  });
});

describe('workspaceOfHost', () => {
  test.each([
    ['https://acme.databricks.com/?o=1234567890123456', '1234567890123456'],
    ['acme.databricks.com/?w=12&x=1#job/3', '12'],
    ['https://acme.databricks.com/browse?workspace_id=7', '7'],
    ['https://acme.databricks.com/', undefined],
  ])('of %j is %j', (text, id) => {
    expect(workspaceOfHost(text)).toBe(id);
  });

  test.each(['https://a.databricks.com/?o=abc', 'https://a.databricks.com/?o=1&o=2', 'https://a.databricks.com/?o='])(
    'refuses %j',
    (text) => {
      expect(() => workspaceOfHost(text)).toThrow(expect.objectContaining({ code: 'ERR_HOST_INVALID' }));
    },
  );
});
