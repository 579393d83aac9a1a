import { constantRows } from '../results/rows.ts';
import { relationText } from './compile/relation-text.ts';
import { syntaxError } from './error.ts';
import type { Token } from './lexer.ts';
import { createReader } from './reader.ts';
import { type Environment, type Plan, tableName } from './session.ts';
import { requireWritable, writeChecked } from './writes.ts';

/** Plans RESTORE TABLE t TO VERSION AS OF 1 or TIMESTAMP AS OF '…', which is a commit of its own. */
export function planRestore(tokens: Token[], environment: Environment): Plan {
  const reader = createReader(tokens, 1);
  reader.eat('TABLE');
  const parts = reader.readName();
  const full = tableName(parts, environment);
  reader.eat('TO');
  const kind = reader.eat('VERSION') ? 'VERSION' : reader.eat('TIMESTAMP') ? 'TIMESTAMP' : undefined;
  if (kind === undefined) reader.fail();
  reader.expect('AS', 'OF');
  const given = reader.take();
  if (given.kind !== 'number' && given.kind !== 'string' && given.kind !== 'raw')
    throw syntaxError(given.text, { offset: given.start, length: 1 });
  reader.end();
  return {
    verb: 'RESTORE',
    async run(session) {
      await requireWritable(full, session);
      const at = { kind: 'table', parts: [full.catalog, full.schema, full.name], columns: [], at: 0 };
      const text = relationText(
        { ...at, k: 'table', version: { kind: kind as string, value: given.value } },
        session,
      ) as string;
      const table = session.unity.duckTable(full);
      return writeChecked(session, full, 'change', async () => {
        await session.connection.run(`CREATE OR REPLACE TEMP TABLE __restored AS SELECT * FROM ${text}`);
        const removed = (await session.connection.run(`DELETE FROM ${table}`)).rowsChanged;
        const restored = (
          await session.connection.run(`INSERT INTO ${table} BY NAME SELECT * FROM temp.main.__restored`)
        ).rowsChanged;
        await session.connection.run('DROP TABLE temp.main.__restored');
        const names = [
          'table_size_after_restore',
          'num_of_files_after_restore',
          'num_removed_files',
          'num_restored_files',
          'removed_files_size',
          'restored_files_size',
        ];
        const values = [restored, restored > 0 ? 1 : 0, removed > 0 ? 1 : 0, restored > 0 ? 1 : 0, removed, restored];
        const result = constantRows(
          names.map((name) => ({ name, type: 'BIGINT' })),
          [values],
        );
        const parameters = {
          version: kind === 'VERSION' ? given.value : '',
          timestamp: kind === 'VERSION' ? '' : given.value,
        };
        return {
          result,
          commit: {
            userName: session.userName,
            operation: 'RESTORE',
            parameters,
            metrics: { numRestoredFiles: '1', numRemovedFiles: '1' },
          },
        };
      });
    },
  };
}
