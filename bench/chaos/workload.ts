import { createRandom, type Random } from './random.ts';

/** One run to be made: its body, and whether somebody cancels it a little later. */
export interface Order {
  kind: string;
  body: object;
  cancelAfterMs?: number;
}

/** Of a hundred runs. */
const SHARES: [count: number, kind: string][] = [
  [15, 'safe'],
  [15, 'idempotent'],
  [25, 'token'],
  [10, 'token, waiting'],
  [20, 'once, waiting'],
  [10, 'once'],
  [5, 'webhook'],
];
const CANCELED = 0.02;

/** The orders of a seed, the same at every call. */
export function createOrders(
  seed: number,
  count: number,
  of: { accounts: string[]; webhook: string; webhookSecret: string },
): Order[] {
  const random = createRandom(seed);
  return Array.from({ length: count }, (_, i) => {
    const kind = pickKind(random);
    const order = { kind, body: bodyOf(kind, i, { ...of, account: random.pick(of.accounts) }) };
    return random.next() < CANCELED ? { ...order, cancelAfterMs: random.between(0, 3000) } : order;
  });
}

function bodyOf(kind: string, i: number, of: { account: string; webhook: string; webhookSecret: string }): object {
  const { account: linked_account } = of;
  switch (kind) {
    case 'safe':
      return { action: 'databricks.retrieve_warehouse', linked_account, input: { id: `w${i}` } };
    case 'idempotent':
      return { action: 'databricks.create_directory', linked_account, input: { path: `/d${i}` } };
    case 'token':
      return { action: 'databricks.run_job', linked_account, input: { job_id: String(i + 1) } };
    case 'token, waiting':
      return {
        action: 'databricks.run_job',
        linked_account,
        input: { job_id: String(i + 1) },
        options: { wait_for_completion: true },
      };
    case 'once, waiting':
      return {
        action: 'databricks.execute_statement',
        linked_account,
        input: { warehouse_id: 'w', statement: `SELECT ${i}` },
      };
    case 'once':
      return { action: 'databricks.create_schema', linked_account, input: { catalog_name: 'main', name: `s${i}` } };
    default:
      return { action: 'core.webhook', input: { url: of.webhook, secret: of.webhookSecret, body: { i } } };
  }
}

function pickKind(random: Random): string {
  let at = random.between(0, 99);
  for (const [count, kind] of SHARES) {
    at -= count;
    if (at < 0) return kind;
  }
  return 'safe';
}
