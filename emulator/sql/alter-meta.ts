import { type FullName, fullNameText } from '../unity/names.ts';
import type { Change } from './alter-checks.ts';
import { type Reader, readProperties } from './reader.ts';
import type { Session } from './session.ts';

/** SET and UNSET TBLPROPERTIES, OWNER TO; undefined when none comes next. */
export function readMetaChange(reader: Reader): Change | undefined {
  if (reader.eat('SET', 'TBLPROPERTIES')) {
    const properties = readProperties(reader);
    return async (session, full) => {
      const old = session.unity.tableMeta(full, false).properties ?? {};
      patchTable(session, full, { properties: { ...old, ...properties } });
      return 'SET TBLPROPERTIES';
    };
  }
  if (reader.eat('UNSET', 'TBLPROPERTIES')) {
    reader.eat('IF', 'EXISTS');
    const names = reader
      .readBrackets()
      .filter((token) => token.text !== ',')
      .map((token) => token.value);
    return async (session, full) => {
      const old = session.unity.tableMeta(full, false).properties ?? {};
      patchTable(session, full, {
        properties: Object.fromEntries(Object.entries(old).filter(([name]) => !names.includes(name))),
      });
      return 'UNSET TBLPROPERTIES';
    };
  }
  if (reader.eat('SET', 'OWNER', 'TO') || reader.eat('OWNER', 'TO')) {
    const owner = reader.peek()?.kind === 'string' ? reader.readText() : reader.readWord();
    return async (session, full) => {
      patchTable(session, full, { owner });
      return undefined;
    };
  }
  return undefined;
}

/** Keeps other facts of a table. */
export function patchTable(session: Session, full: FullName, fields: object): void {
  const meta = session.unity.tableMeta(full, false);
  session.unity.tables.put(fullNameText(full), {
    ...meta,
    ...fields,
    updated_at: session.now,
    updated_by: session.userName,
  });
}
