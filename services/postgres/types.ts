import { parseJson, stringifyAtEdge } from '../../connector/json.ts';

/** What of a type decides how its values are shown. */
export interface TypeInfo {
  /** In SQL; the length, precision and scale come with a column. */
  name: string;
  /** Of an array, the type of its items. */
  of?: TypeInfo;
}

type Read = (text: string) => unknown;

/** Numbers of the types that every server has (src/include/catalog/pg_type.dat), with those of their arrays. */
const BUILT_IN: [name: string, oid: number, array: number][] = [
  ['boolean', 16, 1000],
  ['bytea', 17, 1001],
  ['"char"', 18, 1002],
  ['name', 19, 1003],
  ['bigint', 20, 1016],
  ['smallint', 21, 1005],
  ['integer', 23, 1007],
  ['text', 25, 1009],
  ['oid', 26, 1028],
  ['json', 114, 199],
  ['xml', 142, 143],
  ['cidr', 650, 651],
  ['real', 700, 1021],
  ['double precision', 701, 1022],
  ['macaddr', 829, 1040],
  ['inet', 869, 1041],
  ['character', 1042, 1014],
  ['character varying', 1043, 1015],
  ['date', 1082, 1182],
  ['time without time zone', 1083, 1183],
  ['timestamp without time zone', 1114, 1115],
  ['timestamp with time zone', 1184, 1185],
  ['interval', 1186, 1187],
  ['time with time zone', 1266, 1270],
  ['bit', 1560, 1561],
  ['bit varying', 1562, 1563],
  ['numeric', 1700, 1231],
  ['uuid', 2950, 2951],
  ['jsonb', 3802, 3807],
  ['void', 2278, 0],
  ['record', 2249, 2287],
  ['pg_lsn', 3220, 3221],
  ['xid8', 5069, 271],
];
const TYPES: ReadonlyMap<number, TypeInfo> = new Map(
  BUILT_IN.flatMap(([name, oid, array]): [number, TypeInfo][] => {
    const type: TypeInfo = Object.freeze({ name });
    return [
      [oid, type],
      [array, Object.freeze({ name: `${name}[]`, of: type })],
    ];
  }),
);
/** Of digits that JavaScript may round. */
const MAY_BE_LARGE = /\d{16}/;
const NO_MODIFIER = -1;
/** Added to every length and precision (VARHDRSZ). */
const HEADER = 4;
const SCALE_BITS = 0x7ff;
const SCALE_SIGN = 0x400;

/** A type that every server has. */
export function builtIn(oid: number): TypeInfo | undefined {
  return TYPES.get(oid);
}

/** A type as SQL writes it, such as `numeric(12,2)` or `character varying(80)[]`. */
export function typeName({ name, of }: TypeInfo, modifier: number = NO_MODIFIER): string {
  if (of !== undefined) return `${typeName(of, modifier)}[]`;
  if (modifier < HEADER) return name;
  if (name === 'numeric') {
    const scale = (((modifier - HEADER) & SCALE_BITS) ^ SCALE_SIGN) - SCALE_SIGN;
    return `numeric(${((modifier - HEADER) >> 16) & 0xffff},${scale})`;
  }
  return name.startsWith('character') ? `${name}(${modifier - HEADER})` : name;
}

/** The type in the notation in which results tell expressions which texts are numbers. */
export function typeText(type: TypeInfo, modifier: number = NO_MODIFIER): string {
  return type.of === undefined ? typeName(type, modifier) : `ARRAY<${typeText(type.of, modifier)}>`;
}

/**
 * How the text of a value becomes JSON: 64-bit integers and numerics stay text, so that no digit is lost, as does a number that JSON
 * cannot write; times are ISO 8601 in UTC; bytes are base64; JSON and arrays are JSON whose values follow the same rules.
 */
export function readerOf({ name, of }: TypeInfo, parseArray: (text: string, read: Read) => unknown): Read {
  if (of !== undefined) {
    const readItem = readerOf(of, parseArray);
    return (text) => parseArray(text, readItem);
  }
  switch (name) {
    case 'smallint':
    case 'integer':
    case 'real':
    case 'double precision':
      return (text) => (Number.isFinite(Number(text)) ? Number(text) : text);
    case 'boolean':
      return (text) => text === 't';
    case 'json':
    case 'jsonb':
      return (text) => (MAY_BE_LARGE.test(text) ? JSON.parse(stringifyAtEdge(parseJson(text))) : JSON.parse(text));
    case 'bytea':
      return (text) => Buffer.from(text.slice(2), 'hex').toString('base64');
    case 'timestamp without time zone':
      return (text) => text.replace(' ', 'T');
    case 'timestamp with time zone':
      return (text) => text.replace(' ', 'T').replace(/\+00$/, 'Z');
    default:
      return (text) => text;
  }
}
