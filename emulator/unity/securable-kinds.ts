import { ApiError, invalid } from '../errors.ts';
import type { Meta } from './registry.ts';
import type { SecurableKind } from './securables.ts';

const IDENTITIES = [
  'aws_iam_role',
  'azure_managed_identity',
  'azure_service_principal',
  'cloudflare_api_token',
  'databricks_gcp_service_account',
];

function checkIdentity(object: Record<string, unknown>): void {
  const given = IDENTITIES.filter((name) => object[name] !== undefined);
  if (given.length !== 1)
    throw invalid(`Exactly one of ${IDENTITIES.join(', ')} must be given; got ${given.join(', ') || 'none'}.`);
  const role = object.aws_iam_role as { role_arn?: string } | undefined;
  if (role !== undefined && !/^arn:aws(-[\w-]+)?:iam::\d{12}:role\/.+/.test(role.role_arn ?? ''))
    throw invalid(
      `aws_iam_role.role_arn must be an ARN such as arn:aws:iam::123456789012:role/name; got '${role.role_arn}'.`,
    );
}

// the service adds whom the role must trust
function withExternalId({ aws_iam_role }: Meta): Record<string, unknown> {
  if (aws_iam_role === undefined) return {};
  const trust = {
    unity_catalog_iam_arn: 'arn:aws:iam::414351767826:role/unity-catalog-prod-UCMasterRole-14S5ZJVKOTYTL',
    external_id: '6f0c1a52-4b7e-4d2a-9c3f-0e5d8b7a6c91',
  };
  return { aws_iam_role: { ...(aws_iam_role as object), ...trust } };
}

/** What lies directly in a metastore besides catalogs. */
export const SECURABLE_KINDS: SecurableKind[] = [
  {
    path: 'storage-credentials',
    type: 'storage_credential',
    title: 'Storage credential',
    param: 'name',
    id: 'id',
    check: checkIdentity,
    describe: (object) => ({
      full_name: object.name,
      isolation_mode: object.isolation_mode ?? 'ISOLATION_MODE_OPEN',
      ...withExternalId(object),
    }),
    usedBy: (name, all) => {
      const user = all('external_location').find((location) => location.credential_name === name);
      return user === undefined ? undefined : `the external location '${user.name}'`;
    },
  },
  {
    path: 'external-locations',
    type: 'external_location',
    title: 'External location',
    param: 'name',
    check(location, has) {
      if (!has('storage_credential', String(location.credential_name)))
        throw new ApiError(
          404,
          'STORAGE_CREDENTIAL_DOES_NOT_EXIST',
          `Storage credential '${location.credential_name}' does not exist.`,
        );
      if (!/^(s3|abfss|gs|r2):\/\/[^/]+/.test(String(location.url)))
        throw invalid(`'url' must be a cloud storage URL such as s3://bucket/path; got '${location.url}'.`);
    },
    describe: (object) => ({
      isolation_mode: object.isolation_mode ?? 'ISOLATION_MODE_OPEN',
      read_only: object.read_only ?? false,
    }),
  },
  {
    path: 'credentials',
    type: 'credential',
    title: 'Credential',
    param: 'name_arg',
    id: 'id',
    describe: (object) => ({ full_name: object.name, purpose: object.purpose ?? 'SERVICE', ...withExternalId(object) }),
  },
  {
    path: 'connections',
    type: 'connection',
    title: 'Connection',
    param: 'name',
    id: 'connection_id',
    describe(object) {
      const hidden = ['password', 'token', 'client_secret', 'personalAccessToken', 'bearer_token'];
      const options = Object.entries((object.options ?? {}) as Record<string, string>).filter(
        ([name]) => !hidden.includes(name),
      );
      return {
        options: Object.fromEntries(options),
        secrets: undefined,
        full_name: object.name,
        securable_type: 'CONNECTION',
        credential_type: 'USERNAME_PASSWORD',
        provisioning_info: { state: 'ACTIVE' },
      };
    },
  },
];
