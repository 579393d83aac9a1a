import type { Access } from '../../connector/access.ts';
import type { Service } from '../../connector/service.ts';
import { openClient, toFailure } from './client.ts';
import { advanceDelete, advanceGet, advanceList, advanceListBuckets } from './objects.ts';
import { advancePresign } from './presign.ts';
import { advancePut } from './put-object.ts';

const TEST_MS = 20_000;

/** Buckets of Amazon S3 and of services that speak it: they answer in XML, and large objects take several requests. */
export const s3: Service = Object.freeze({
  actions: {
    's3.delete_object': { advance: advanceDelete },
    's3.get_object': { advance: advanceGet },
    's3.list_buckets': { advance: advanceListBuckets },
    's3.list_objects': { advance: advanceList },
    // With temporary keys, the session token is part of the URL.
    's3.presign_url': { advance: advancePresign, givesOn: true },
    's3.put_object': { advance: advancePut, takes: 'rows' },
  },
  identify,
} satisfies Service);

/** Lists the buckets, which needs a signature that the service accepts. Keys that may not do this are accepted. */
async function identify(access: Access, signal: AbortSignal): Promise<{ user_name?: string }> {
  try {
    const { sdk, client } = await openClient(access, { timeoutMs: TEST_MS, signal });
    const { Owner } = await client.send(new sdk.ListBucketsCommand({}));
    return Owner?.DisplayName === undefined ? {} : { user_name: Owner.DisplayName };
  } catch (error) {
    const failure = toFailure(error, access);
    if (failure.kind === 'permission') return {};
    throw failure;
  }
}
