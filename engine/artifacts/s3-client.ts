import http from 'node:http';
import https from 'node:https';
import type { S3Client, S3ClientConfig } from '@aws-sdk/client-s3';
import { ConnectorError } from '../../connector/errors.ts';
import type { AwsSettings } from '../process/config.ts';

type Sdk = typeof import('@aws-sdk/client-s3');

/** One bucket. The AWS SDK is loaded with the first request: it takes memory that a store of files does not need. */
export interface Bucket {
  name: string;
  /** Prefix of all keys: empty, or with a slash at its end. */
  folder: string;
  /**
   * Sends one request, or several with a paginator.
   * @throws ConnectorError ERR_CONFIG when no credentials are found; errors of the service as the SDK has them
   */
  ask<T>(request: (sdk: Sdk, client: S3Client) => Promise<T>): Promise<T>;
}

/** Until a connection is there. A host that does not answer is tried again by the SDK. */
const CONNECT_MS = 10_000;
/** Until the head of an answer; not while a body is read, which is as slow as its reader. */
const ANSWER_MS = 60_000;

/**
 * Opens the bucket of an `s3://bucket[/prefix][?endpoint=URL&region=NAME]` URL. Without AWS_ACCESS_KEY_ID, credentials come from the
 * SDK's default chain: a profile, a web identity, the role of a container or of an instance; they are renewed before they expire.
 * @throws ConnectorError ERR_CONFIG for a URL without a bucket and for half a key
 */
export function openBucket(url: string, aws: AwsSettings): Bucket {
  const parsed = new URL(url);
  const name = parsed.hostname;
  if (name === '') {
    throw new ConnectorError(
      'ERR_CONFIG',
      `PENSTOCK_ARTIFACTS "${url}" does not contain a bucket; use s3://bucket/prefix`,
    );
  }
  const endpoint = parsed.searchParams.get('endpoint') ?? aws.AWS_ENDPOINT_URL_S3;
  const settings: S3ClientConfig = {
    region: parsed.searchParams.get('region') ?? aws.AWS_REGION ?? 'us-east-1',
    ...credentialsOf(aws),
    // Services other than AWS rarely have a host name for each bucket.
    ...(endpoint === undefined ? {} : { endpoint, forcePathStyle: true }),
    // Other services do not know the SDK's own checksums. Both directions are checked by TLS and by the length.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  };
  let opened: Promise<{ sdk: Sdk; client: S3Client }> | undefined;
  const open = async () => {
    const sdk = await import('@aws-sdk/client-s3');
    // The agents of the process know its proxies; ones that the SDK makes do not.
    const requestHandler = {
      httpAgent: http.globalAgent,
      httpsAgent: https.globalAgent,
      connectionTimeout: CONNECT_MS,
      requestTimeout: ANSWER_MS,
      throwOnRequestTimeout: true,
    };
    return { sdk, client: new sdk.S3Client({ ...settings, requestHandler }) };
  };
  const path = parsed.pathname.replace(/^\/+|(?<!\/)\/+$/g, '');
  return {
    name,
    folder: path === '' ? '' : `${path}/`,
    async ask(request) {
      opened ??= open();
      const { sdk, client } = await opened;
      try {
        return await request(sdk, client);
      } catch (error) {
        throw explain(error);
      }
    },
  };
}

/** @throws ConnectorError ERR_CONFIG */
function credentialsOf(aws: AwsSettings): Pick<S3ClientConfig, 'credentials'> {
  const {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
  } = aws;
  if (accessKeyId === undefined && secretAccessKey === undefined) return {};
  if (accessKeyId === undefined || secretAccessKey === undefined) {
    const [given, missing] =
      accessKeyId === undefined
        ? ['AWS_SECRET_ACCESS_KEY', 'AWS_ACCESS_KEY_ID']
        : ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'];
    throw new ConnectorError('ERR_CONFIG', `${given} is set and ${missing} is not`, {
      hint: `Set ${missing} too, or neither of them to use a profile or a role.`,
    });
  }
  return { credentials: { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) } };
}

/** Of what the SDK throws, the one error that only the operator can resolve and whose text does not say how. */
function explain(error: unknown): unknown {
  if (!(error instanceof Error) || error.name !== 'CredentialsProviderError') return error;
  return new ConnectorError('ERR_CONFIG', 'PENSTOCK_ARTIFACTS is an s3: URL, and no AWS credentials were found', {
    hint: 'Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, AWS_PROFILE, or give the container or machine a role.',
    cause: error,
  });
}
