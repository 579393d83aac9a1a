import { parseType } from '../../read-type.ts';
import { castSql } from '../cast.ts';
import { ARRAY } from './array.ts';
import { CONDITION } from './condition.ts';
import type { Build, Library } from './define.ts';
import { HASH } from './hash.ts';
import { JSON_FUNCTIONS } from './json.ts';
import { MAP } from './map.ts';
import { NUMBER } from './number.ts';
import { at, typed } from './special.ts';
import { TEXT } from './text.ts';
import { TIME } from './time.ts';

/** Functions whose result depends on the types of their arguments. */
export function addSpecials(library: Library): void {
  for (const [names, [least, most, build]] of Object.entries({
    ...TEXT,
    ...CONDITION,
    ...NUMBER,
    ...HASH,
    ...TIME,
    ...ARRAY,
    ...MAP,
    ...JSON_FUNCTIONS,
  }))
    for (const name of names.split('|')) {
      const known = library.get(name);
      if (known === undefined || known.build === undefined || least <= known.least) {
        if (
          known === undefined ||
          (least === known.least && most === known.most) ||
          name === 'replace' ||
          name === 'map_keys' ||
          name.startsWith('array')
        )
          library.set(name, { kind: 'scalar', least, most, build });
        else library.set(name, both(known, { kind: 'scalar', least, most, build }));
      } else library.set(name, both(known, { kind: 'scalar', least, most, build }));
    }
  for (const [name, type] of Object.entries({
    string: 'STRING',
    int: 'INT',
    bigint: 'BIGINT',
    smallint: 'SMALLINT',
    tinyint: 'TINYINT',
    double: 'DOUBLE',
    float: 'FLOAT',
    boolean: 'BOOLEAN',
    date: 'DATE',
    timestamp: 'TIMESTAMP',
    binary: 'BINARY',
    decimal: 'DECIMAL(10,0)',
  }))
    library.set(name, {
      kind: 'scalar',
      least: 1,
      most: 1,
      build: (args) => typed(castSql(at(args, 0).sql, at(args, 0).type, parseType(type)), parseType(type)),
    });
}

type Entry = NonNullable<ReturnType<Library['get']>>;
function both(known: Entry, made: Entry): Entry {
  const build: Build = (args, call, tools, scope) =>
    (args.length >= made.least && args.length <= made.most ? made.build : known.build)(args, call, tools, scope);
  return { kind: known.kind, least: Math.min(known.least, made.least), most: Math.max(known.most, made.most), build };
}
