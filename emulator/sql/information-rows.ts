import type { FunctionMeta } from './compile/user-functions.ts';
import { CHANGES, changes, type Parts, placed, type Row, text, values } from './information-values.ts';

export function tableRows({ environment, catalogs }: Parts): string {
  return values(
    [
      ...text('c', 's', 't', 'table_type', 'table_owner', 'comment'),
      ...CHANGES,
      ...text('data_source_format', 'storage_path', 'view_definition'),
    ],
    placed(environment.unity.tables, catalogs).map(({ place: [c, s, t], meta }) => ({
      c,
      s,
      t,
      table_type: meta.table_type,
      table_owner: meta.owner,
      comment: meta.comment,
      ...changes(meta),
      data_source_format: meta.data_source_format,
      storage_path: meta.storage_location,
      view_definition: meta.view_definition,
    })),
  );
}

export function functionsOf({ environment, catalogs }: Parts): FunctionMeta[] {
  return environment.unity.functions
    .values()
    .filter((meta) => catalogs.includes(String(meta.catalog_name))) as FunctionMeta[];
}

export const specific = (meta: FunctionMeta): Row => ({
  specific_catalog: meta.catalog_name,
  specific_schema: meta.schema_name,
  specific_name: meta.name,
});

export function routineRow(meta: FunctionMeta): Row {
  return {
    ...specific(meta),
    routine_catalog: meta.catalog_name,
    routine_schema: meta.schema_name,
    routine_name: meta.name,
    routine_owner: meta.owner,
    routine_type: 'FUNCTION',
    data_type: meta.return_params === undefined ? meta.full_data_type.replace(/[(<].*/, '') : 'TABLE_TYPE',
    full_data_type: meta.full_data_type.toLowerCase(),
    routine_body: meta.routine_body,
    routine_definition: meta.routine_definition,
    parameter_style: 'S',
    is_deterministic: 'YES',
    sql_data_access: 'CONTAINS',
    is_null_call: 'NO',
    security_type: 'DEFINER',
    as_locator: 'NO',
    comment: meta.comment,
    ...changes(meta),
  };
}

export interface KeyRow {
  place: string[];
  key: { name: string; child_columns: string[] };
  type: 'PRIMARY KEY' | 'FOREIGN KEY';
  /** Where the columns are that the key stands for: the table itself, or the parent's. */
  parent: string[];
  parentColumns: string[];
}

export function keysOf({ environment, catalogs }: Parts): KeyRow[] {
  return placed(environment.unity.tables, catalogs).flatMap(({ place, meta }) =>
    (meta.table_constraints ?? []).flatMap(
      ({ primary_key_constraint: primary, foreign_key_constraint: foreign }): KeyRow[] => {
        if (primary !== undefined)
          return [{ place, key: primary, type: 'PRIMARY KEY', parent: place, parentColumns: primary.child_columns }];
        if (foreign === undefined) return [];
        return [
          {
            place,
            key: foreign,
            type: 'FOREIGN KEY',
            parent: foreign.parent_table.split('.'),
            parentColumns: foreign.parent_columns,
          },
        ];
      },
    ),
  );
}

export const tableOf = ([table_catalog, table_schema, table_name]: string[]): Row => ({
  table_catalog,
  table_schema,
  table_name,
});
export const constraintOf = ([constraint_catalog, constraint_schema]: string[], constraint_name: string): Row => ({
  constraint_catalog,
  constraint_schema,
  constraint_name,
});
