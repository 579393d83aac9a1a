/**
 * What Penstock is measured against, as a process of its own: a bare BullMQ worker. `empty` does nothing with a job (B0),
 * `post` sends the job's JSON with got over kept-alive connections (B1). Run: baseline.ts empty|post REDIS_URL CONCURRENCY URL
 */
import http from 'node:http';
import { Worker } from 'bullmq';
import got from 'got';

const [kind, redisUrl, concurrency, url] = process.argv.slice(2);
const agent = { http: new http.Agent({ keepAlive: true }) };
const headers = { authorization: 'Bearer token' };

const processors = {
  empty: async () => {},
  post: async (job: { data: unknown }) => {
    await got.post(url!, { json: job.data as object, headers, agent, retry: { limit: 0 } }).json();
  },
};

const worker = new Worker('baseline', processors[kind as keyof typeof processors], {
  connection: { url: redisUrl!, maxRetriesPerRequest: null },
  concurrency: Number(concurrency),
  removeOnComplete: { count: 0 },
});
await worker.waitUntilReady();
process.on('SIGTERM', () => void worker.close().then(() => process.exit(0)));
