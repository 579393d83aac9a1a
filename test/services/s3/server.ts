import { randomUUID } from 'node:crypto';
import { onTestFinished } from 'vitest';
import type { Access } from '../../../connector/access.ts';
import { createHttp } from '../../../connector/http.ts';
import { startS3 } from '../../engine/artifacts/s3-server.ts';
import { readBody, startHttpServer } from '../../servers.ts';

/** The keys that `s3rver` knows. It checks their names alone; signatures are checked in addressing.test.ts. */
export const KEYS = { access_key_id: 'S3RVER', secret_access_key: 'S3RVER' };

/** A server with the bucket `results`, and an access to it as the engine gives it. */
export async function openS3(
  before?: Parameters<typeof startS3>[0],
): Promise<{ origin: string; access: Access; requests: { method?: string; url?: string }[] }> {
  const { url, requests } = await startS3(before);
  const origin = new URL(url).searchParams.get('endpoint')!;
  const http = createHttp({ allowPrivate: () => true });
  onTestFinished(() => http.close());
  const access: Access = {
    hostname: '127.0.0.1',
    origin,
    http,
    rules: [],
    account: { region: 'us-east-1', endpoint: origin, access_key_id: KEYS.access_key_id },
    secrets: KEYS,
    isListed: true,
  };
  return { origin, access, requests };
}

/**
 * A token service that gives the keys of a role to a signed and complete request only, and says what is wrong with another. It gives the
 * keys that `s3rver` knows, which takes no session token.
 */
export async function startSts(lifeSeconds = 3600) {
  const asked: URLSearchParams[] = [];
  const server = await startHttpServer(async (request, response) => {
    const form = new URLSearchParams(await readBody(request));
    const send = (status: number, xml: string) =>
      response.writeHead(status, { 'content-type': 'text/xml' }).end(`<?xml version="1.0"?>${xml}`);
    const { authorization = '' } = request.headers;
    const isSigned =
      /^AWS4-HMAC-SHA256 Credential=AKIDUSER\/\d{8}\/us-east-1\/sts\/aws4_request, SignedHeaders=[^,]*host[^,]*, Signature=[0-9a-f]{64}$/.test(
        authorization,
      );
    if (!isSigned || form.get('Action') !== 'AssumeRole' || form.get('Version') !== '2011-06-15')
      return send(
        400,
        `<ErrorResponse><Error><Code>InvalidAction</Code><Message>${authorization}</Message></Error></ErrorResponse>`,
      );
    if (form.get('ExternalId') !== 'acme')
      return send(
        403,
        '<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>User is not authorized to perform: sts:AssumeRole</Message></Error></ErrorResponse>',
      );
    asked.push(form);
    const end = new Date(Date.now() + lifeSeconds * 1000).toISOString();
    return send(
      200,
      `<AssumeRoleResponse><AssumeRoleResult><AssumedRoleUser><Arn>arn:aws:sts::123456789012:assumed-role/penstock/penstock</Arn></AssumedRoleUser>
       <Credentials><AccessKeyId>${KEYS.access_key_id}</AccessKeyId><SecretAccessKey>${KEYS.secret_access_key}</SecretAccessKey>
       <SessionToken>session-canary-${randomUUID()}</SessionToken><Expiration>${end}</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`,
    );
  });
  return { origin: server.origin, asked };
}
