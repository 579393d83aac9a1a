import { expect, test } from 'vitest';
import { actionOf, callOf, openBench, runToEnd } from '../actions/harness.ts';
import { KEYS, openS3 } from '../services/s3/server.ts';
import { openExamples } from './setting.ts';

const ROWS = 500_000;

async function openBucket(before?: Parameters<typeof openS3>[0]) {
  const examples = await openExamples();
  const s3 = await openS3(before);
  const authentication = { kind: 'access_key', ...KEYS };
  await examples.link({ name: 'files', connector: 's3', endpoint: s3.origin, authentication });
  await examples.sql(
    `CREATE TABLE main.default.many AS SELECT i AS flight_id, 'AUS, the "city"' AS origin FROM range(0, ${ROWS}) t(i)`,
  );
  await examples.create('result-to-bucket.json', (text) =>
    text.replace('samples.flights.flights', 'main.default.many'),
  );
  const bench = openBench({ url: '', login: s3.access });
  const act = async (name: string, input: object) => {
    const action = await actionOf(`s3.${name}`);
    return (await runToEnd(action, callOf(action, { bucket: 'results', ...input }), bench)).output;
  };
  return {
    ...examples,
    requests: s3.requests,
    keys: async () => ((await act('list_objects', {})) as { objects: { key: string }[] }).objects.map(({ key }) => key),
    async read(key: string) {
      const { artifact } = (await act('get_object', { key })) as { artifact: { id: string } };
      return bench.artifact(artifact.id).toString();
    },
  };
}

test('writes a large result as one CSV file, in parts', async () => {
  const { penstock, keys, read, requests } = await openBucket();

  const { code, err } = await penstock(['workflows', 'run', 'result-to-bucket', '--wait']);

  expect({ code, err: err.match(/error.*/)?.[0] }).toEqual({ code: 0, err: undefined });
  const [key, ...others] = await keys();
  expect([key, others]).toEqual([expect.stringMatching(/^flights\/\d{4}-\d\d-\d\d\.csv$/), []]);
  expect(requests.filter(({ url = '' }) => url.includes('partNumber=')).length).toBeGreaterThan(1);
  const lines = (await read(key!)).trimEnd().split('\n');
  expect(lines).toHaveLength(ROWS + 1);
  expect([lines[0], lines[1], lines.at(-1)]).toEqual([
    'flight_id,origin',
    '0,"AUS, the ""city"""',
    `${ROWS - 1},"AUS, the ""city"""`,
  ]);
});

test('a bucket that refuses leaves no object, and the run says why', async () => {
  const { penstock, keys } = await openBucket(({ url = '' }, response) => {
    if (!url.includes('partNumber=2')) return false;
    response.writeHead(403).end('<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>');
    return true;
  });

  const { code, err } = await penstock(['workflows', 'run', 'result-to-bucket', '--wait']);

  expect(code).toBe(1);
  expect(err).toContain('AccessDenied');
  expect(await keys()).toEqual([]);
});
