import { quoteName } from '../../database.ts';
import { SqlError } from '../error.ts';
import { INT, STRING, VOID } from '../spark-type.ts';
import type { Call } from './ast.ts';
import { refuse } from './complaints.ts';
import { generatedName } from './name.ts';
import type { Compiled } from './output-column.ts';
import type { Scope, Typed } from './scope.ts';
import type { Tools } from './tools.ts';

/** The rows that explode, inline, stack and their like make. */
export function generator(call: Call, scope: Scope, tools: Tools): Compiled {
  const args = call.args.map((arg) => tools.compile(arg, scope));
  const [first] = args as [Typed];
  const name = call.name.replace(/_outer$/, '');
  if (args.length === 0)
    throw new SqlError(
      'WRONG_NUM_ARGS.WITHOUT_SUGGESTION',
      '42605',
      `The \`${call.name}\` requires 1 parameters but the actual number is 0.`,
    );
  switch (name) {
    case 'explode':
    case 'posexplode': {
      const pos = name === 'posexplode' ? [{ name: 'pos', type: INT }] : [];
      if (first.type.k === 'array') {
        const index = pos.length === 0 ? '' : `CAST(generate_subscripts(${first.sql}, 1) - 1 AS INTEGER), `;
        return { sql: `SELECT ${index}unnest(${first.sql})`, columns: [...pos, { name: 'col', type: first.type.e }] };
      }
      if (first.type.k !== 'map')
        throw new SqlError(
          'DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE',
          '42K09',
          `Cannot resolve "${generatedName(call)}" due to data type mismatch: The first parameter requires the ("ARRAY" or "MAP") type, however "${generatedName(first.ast)}" has another type.`,
        );
      const index = pos.length === 0 ? '' : '_p, ';
      return {
        sql: `SELECT ${index}_e.key, _e.value FROM (SELECT CAST(generate_subscripts(map_entries(${first.sql}), 1) - 1 AS INTEGER) AS _p, unnest(map_entries(${first.sql})) AS _e)`,
        columns: [...pos, { name: 'key', type: first.type.key }, { name: 'value', type: first.type.value }],
      };
    }
    case 'inline': {
      if (first.type.k !== 'array' || first.type.e.k !== 'struct')
        throw refuse('inline of something else than ARRAY<STRUCT>', call);
      return {
        sql: `SELECT ${first.type.e.fields.map((field) => `_e.${quoteName(field.name)}`).join(', ')} FROM (SELECT unnest(${first.sql}) AS _e)`,
        columns: first.type.e.fields,
      };
    }
    case 'stack': {
      const count = call.args[0]?.k === 'literal' ? Number(call.args[0].value) : Number.NaN;
      if (!(count > 0)) throw refuse('stack with a number that is no literal', call);
      const values = args.slice(1);
      const width = Math.ceil(values.length / count);
      const rows: Typed[][] = Array.from({ length: count }, (_, row) =>
        Array.from(
          { length: width },
          (_unused, column) => values[row * width + column] ?? { sql: 'NULL', type: VOID, ast: call },
        ),
      );
      const columns = Array.from({ length: width }, (_, column) =>
        tools.unify(
          rows.map((row) => row[column] as Typed),
          'stack',
        ),
      );
      return {
        sql: rows
          .map((_, row) => `SELECT ${columns.map((column) => (column[row] as Typed).sql).join(', ')}`)
          .join(' UNION ALL '),
        columns: columns.map((column, index) => ({ name: `col${index}`, type: (column[0] as Typed).type })),
      };
    }
    case 'json_tuple': {
      const text = tools.coerce(first, STRING).sql;
      return {
        sql: `SELECT ${args
          .slice(1)
          .map((arg) => `spark_json_path(${text}, '$.' || ${tools.coerce(arg, STRING).sql})`)
          .join(', ')}`,
        columns: args.slice(1).map((_, index) => ({ name: `c${index}`, type: STRING })),
      };
    }
    default:
      throw refuse(`the function ${call.name}`, call);
  }
}
