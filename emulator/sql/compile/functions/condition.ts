import { quoteText } from '../../../database.ts';
import { BOOLEAN, catalogText, INT, STRING } from '../../spark-type.ts';
import type { Typed } from '../scope.ts';
import { at, type Specials, typed } from './special.ts';

/** Conditions, and what is told of a value. */
export const CONDITION: Specials = {
  'if|iff': [
    3,
    3,
    (args, call, tools) => {
      const [then, otherwise] = tools.unify([at(args, 1), at(args, 2)], call.name) as [Typed, Typed];
      return typed(
        `CASE WHEN ${tools.coerce(at(args, 0), BOOLEAN).sql} THEN ${then.sql} ELSE ${otherwise.sql} END`,
        then.type,
      );
    },
  ],
  nullif: [
    2,
    2,
    (args, call, tools) => {
      const [a, b] = tools.unify([at(args, 0), at(args, 1)], call.name) as [Typed, Typed];
      return typed(`CASE WHEN ${a.sql} = ${b.sql} THEN NULL ELSE ${at(args, 0).sql} END`, at(args, 0).type);
    },
  ],
  nullifzero: [
    1,
    1,
    (args) => typed(`CASE WHEN ${at(args, 0).sql} = 0 THEN NULL ELSE ${at(args, 0).sql} END`, at(args, 0).type),
  ],
  zeroifnull: [
    1,
    1,
    (args, call, tools) => {
      const zero: Typed = { sql: 'CAST(0 AS INTEGER)', type: INT, ast: call };
      const [value, none] = tools.unify([at(args, 0), zero], call.name) as [Typed, Typed];
      return typed(`coalesce(${value.sql}, ${none.sql})`, value.type);
    },
  ],
  nvl2: [
    3,
    3,
    (args, call, tools) => {
      const [then, otherwise] = tools.unify([at(args, 1), at(args, 2)], call.name) as [Typed, Typed];
      return typed(`CASE WHEN ${at(args, 0).sql} IS NOT NULL THEN ${then.sql} ELSE ${otherwise.sql} END`, then.type);
    },
  ],
  equal_null: [
    2,
    2,
    (args, call, tools) => {
      const [a, b] = tools.unify(args, call.name) as [Typed, Typed];
      return typed(`(${a.sql} IS NOT DISTINCT FROM ${b.sql})`, BOOLEAN);
    },
  ],
  typeof: [1, 1, (args) => typed(quoteText(catalogText(at(args, 0).type)), STRING)],
};
