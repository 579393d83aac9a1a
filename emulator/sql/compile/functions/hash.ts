import { quoteName } from '../../../database.ts';
import { BIGINT, INT, type SparkType, typeText } from '../../spark-type.ts';
import type { Expr } from '../ast.ts';
import { refuse } from '../complaints.ts';
import { type Specials, typed } from './special.ts';

/** A letter and the value's text, or a list of such texts as JSON; `n` for NULL: what udf/hash.ts reads. */
function tagged(sql: string, type: SparkType, call: Expr): string {
  return `coalesce(${present(sql, type, call)}, 'n')`;
}

function present(sql: string, type: SparkType, call: Expr): string {
  switch (type.k) {
    case 'void':
      return 'NULL';
    case 'boolean':
      return `'i' || CAST(CAST(${sql} AS INTEGER) AS VARCHAR)`;
    case 'tinyint':
    case 'smallint':
    case 'int':
      return `'i' || CAST(${sql} AS VARCHAR)`;
    case 'date':
      return `'i' || CAST(${sql} - DATE '1970-01-01' AS VARCHAR)`;
    case 'bigint':
      return `'l' || CAST(${sql} AS VARCHAR)`;
    case 'timestamp':
    case 'timestamp_ntz':
      return `'l' || CAST(epoch_us(${sql}) AS VARCHAR)`;
    case 'float':
      return `'f' || CAST(${sql} AS VARCHAR)`;
    case 'double':
      return `'d' || CAST(${sql} AS VARCHAR)`;
    case 'decimal': {
      const digits = `replace(CAST(${sql} AS VARCHAR), '.', '')`;
      return type.p <= 18 ? `'l' || ${digits}` : `'b' || ${digits}`;
    }
    case 'string':
      return `'s' || ${sql}`;
    case 'binary':
      return `'x' || hex(${sql})`;
    case 'array':
      return `'a' || CAST(to_json(list_transform(${sql}, lambda _h: ${tagged('_h', type.e, call)})) AS VARCHAR)`;
    case 'struct': {
      const fields = type.fields.map((field) => tagged(`(${sql}).${quoteName(field.name)}`, field.type, call));
      return `CASE WHEN ${sql} IS NULL THEN NULL ELSE 'a' || CAST(to_json([${fields.join(', ')}]) AS VARCHAR) END`;
    }
    default:
      throw refuse(`the hash of ${typeText(type)}`, call);
  }
}

/** Hashes as Spark computes them: Murmur3 and xxHash64, both with the seed 42. */
export const HASH: Specials = {
  hash: [
    1,
    1000,
    (args, call) =>
      typed(`CAST(spark_hash(${args.map((arg) => tagged(arg.sql, arg.type, call)).join(', ')}) AS INTEGER)`, INT),
  ],
  xxhash64: [
    1,
    1000,
    (args, call) =>
      typed(`CAST(spark_xxhash64(${args.map((arg) => tagged(arg.sql, arg.type, call)).join(', ')}) AS BIGINT)`, BIGINT),
  ],
};
