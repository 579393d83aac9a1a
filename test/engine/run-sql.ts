import type { Emulator } from '../../emulator/server.ts';

/** Runs SQL at the emulator itself, and not as a run: for what is there before a test looks. */
export async function runSql(emulator: Emulator, statement: string): Promise<void> {
  const answer = await fetch(`${emulator.url}/api/2.0/sql/statements`, {
    method: 'POST',
    headers: { authorization: `Bearer ${emulator.token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ warehouse_id: emulator.warehouseId, statement, wait_timeout: '30s' }),
  });
  const { status } = (await answer.json()) as { status?: { state: string } };
  if (status?.state !== 'SUCCEEDED') throw new Error(`${statement}: ${JSON.stringify(status)}`);
}
