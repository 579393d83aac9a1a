import type { SparkType } from '../spark-type.ts';

/** A column of a query's result. */
export interface OutputColumn {
  name: string;
  type: SparkType;
}
