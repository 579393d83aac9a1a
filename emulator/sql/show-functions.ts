import { constantRows } from '../results/rows.ts';
import { FUNCTIONS, GENERATORS } from './compile/call.ts';
import { findFunction } from './compile/user-functions.ts';
import { routineNotFound } from './drop.ts';
import type { Reader } from './reader.ts';
import { type Environment, type Plan, type Session, tableName } from './session.ts';

/** SHOW [USER | SYSTEM | ALL] FUNCTIONS [IN schema] [LIKE 'a*']; `kind` is the word before FUNCTIONS. */
export function showFunctions(
  kind: 'USER' | 'SYSTEM' | 'ALL',
  at: { catalog: string; schema: string },
  like: RegExp | undefined,
): (session: Session) => Promise<string> {
  return async (session) => {
    const prefix = `${at.catalog}.${at.schema}.`;
    const own = session.unity.functions.keys().filter((key) => key.startsWith(prefix));
    const builtin = [...new Set([...FUNCTIONS, ...GENERATORS])];
    const all = [...(kind === 'USER' ? [] : builtin), ...(kind === 'SYSTEM' ? [] : own)];
    const found = all.filter(
      (name) => like === undefined || like.test(name.startsWith(prefix) ? name.slice(prefix.length) : name),
    );
    return constantRows(
      [{ name: 'function', type: 'VARCHAR' }],
      found.sort().map((name) => [name]),
    );
  };
}

/** DESCRIBE FUNCTION [EXTENDED] name. */
export function describeFunction(reader: Reader, environment: Environment): Plan {
  const extended = reader.eat('EXTENDED');
  const parts = reader.readName();
  reader.end();
  return {
    verb: 'DESCRIBE',
    async run(session) {
      const meta = findFunction(parts.join('.').toLowerCase(), session);
      const name = parts.join('.').toLowerCase();
      const isBuiltin = FUNCTIONS.has(name) || GENERATORS.has(name);
      if (meta === undefined && !isBuiltin) throw routineNotFound(tableName(parts, environment));
      const rows: string[] =
        meta === undefined
          ? [`Function: ${name}`, 'Class: builtin', 'Usage: see the SQL language manual.']
          : [
              `Function: ${meta.full_name}`,
              `Type:     ${meta.return_params === undefined ? 'SCALAR' : 'TABLE'}`,
              ...meta.input_params.parameters.map(
                (param, index) =>
                  `${index === 0 ? 'Input:   ' : '         '} ${param.name} ${param.type_text}${param.parameter_default === undefined ? '' : ` DEFAULT ${param.parameter_default}`}`,
              ),
              ...(meta.return_params === undefined
                ? [`Returns:  ${meta.full_data_type}`]
                : meta.return_params.parameters.map(
                    (column, index) => `${index === 0 ? 'Returns: ' : '         '} ${column.name} ${column.type_text}`,
                  )),
              ...(extended
                ? [
                    `Comment:  ${meta.comment ?? ''}`,
                    'Deterministic: true',
                    'Data Access: CONTAINS SQL',
                    `Owner:    ${meta.owner}`,
                    `Body:     ${meta.routine_definition}`,
                  ]
                : []),
            ];
      return constantRows(
        [{ name: 'function_desc', type: 'VARCHAR' }],
        rows.map((row) => [row]),
      );
    },
  };
}
