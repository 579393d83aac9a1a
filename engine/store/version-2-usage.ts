import type { Migration } from './migrate.ts';

/** Counts that version 1 did not keep. Quotas compare them, and what is removed is taken off them. */
type Counts = Record<'input_bytes' | 'workflow_versions' | 'workflow_bytes', number>;

/** What the tenants use, counted over all keys of the store. */
export interface Usage {
  countRuns(keys: readonly string[]): Promise<void>;
  /** Keys of anything; versions of workflows are counted. */
  countVersions(keys: readonly string[]): Promise<void>;
  /** Sets the counts, so that a repeat of the migration counts nothing twice. */
  write(): Promise<void>;
}

/** Begins to count. Redis may give a key more than once; each counts once. */
export function openUsage({ redis, keys, write }: Migration): Usage {
  const tenants = new Map<string, Counts>();
  const seen = new Set<string>();
  const unseen = (names: readonly string[]) => names.filter((name) => seen.size < seen.add(name).size);
  const countsOf = (tenant: string): Counts => {
    const known = tenants.get(tenant) ?? { input_bytes: 0, workflow_versions: 0, workflow_bytes: 0 };
    tenants.set(tenant, known);
    return known;
  };
  const versionPrefix = keys.object('workflow-version', '');

  return {
    async countRuns(names) {
      const runs = unseen(names);
      const reading = redis.pipeline();
      for (const key of runs) reading.hget(key, 'run').hstrlen(key, 'input');
      const answers = (await reading.exec()) ?? [];
      for (let i = 0; i + 1 < answers.length; i += 2) {
        const tenant = tenantIn(answerOf(answers[i]!) as string | null);
        if (tenant !== undefined) countsOf(tenant).input_bytes += answerOf(answers[i + 1]!) as number;
      }
    },
    async countVersions(names) {
      const versions = unseen(names.filter((key) => key.startsWith(versionPrefix)));
      const reading = redis.pipeline();
      for (const key of versions) {
        const [workflow = ''] = key.slice(versionPrefix.length).split('.');
        reading.get(keys.object('workflow', workflow)).strlen(key);
      }
      const answers = (await reading.exec()) ?? [];
      for (let i = 0; i + 1 < answers.length; i += 2) {
        const tenant = tenantIn(answerOf(answers[i]!) as string | null);
        if (tenant === undefined) continue;
        countsOf(tenant).workflow_versions += 1;
        countsOf(tenant).workflow_bytes += answerOf(answers[i + 1]!) as number;
      }
    },
    async write() {
      for (const [tenant, counts] of tenants)
        await write([], [['HSET', keys.usage(tenant), ...Object.entries(counts).flat()]]);
    },
  };
}

function answerOf([error, value]: [Error | null, unknown]): unknown {
  if (error !== null) throw error;
  return value;
}

/** Of a record that cannot be read: none. It counts for nobody, and lists tell of it. */
function tenantIn(text: string | null): string | undefined {
  try {
    const { tenant } = JSON.parse(text ?? '') as { tenant?: unknown };
    return typeof tenant === 'string' ? tenant : undefined;
  } catch {
    return undefined;
  }
}
