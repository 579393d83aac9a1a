import { constraintOf, keysOf, tableOf } from './information-rows.ts';
import { int, text, type View, values } from './information-values.ts';

const CONSTRAINT = text('constraint_catalog', 'constraint_schema', 'constraint_name');
const TABLE = text('table_catalog', 'table_schema', 'table_name');

/** Views of information_schema: keys of tables. */
export const KEY_VIEWS: Record<string, View> = {
  table_constraints: {
    columns: [
      ...CONSTRAINT,
      ...TABLE,
      ...text('constraint_type', 'is_deferrable', 'initially_deferred', 'enforced', 'comment'),
    ],
    from: (parts, columns) =>
      values(
        columns,
        keysOf(parts).map(({ place, key, type }) => ({
          ...constraintOf(place, key.name),
          ...tableOf(place),
          constraint_type: type,
          is_deferrable: 'NO',
          initially_deferred: 'NO',
          enforced: 'NO',
        })),
      ),
  },
  key_column_usage: {
    columns: [
      ...CONSTRAINT,
      ...TABLE,
      ...text('column_name'),
      int('ordinal_position'),
      int('position_in_unique_constraint'),
    ],
    from: (parts, columns) =>
      values(
        columns,
        keysOf(parts).flatMap(({ place, key, type }) =>
          key.child_columns.map((column_name, index) => ({
            ...constraintOf(place, key.name),
            ...tableOf(place),
            column_name,
            ordinal_position: index + 1,
            position_in_unique_constraint: type === 'FOREIGN KEY' ? index + 1 : null,
          })),
        ),
      ),
  },
  constraint_column_usage: {
    columns: [...TABLE, ...text('column_name'), ...CONSTRAINT],
    from: (parts, columns) =>
      values(
        columns,
        keysOf(parts).flatMap(({ place, key, parent, parentColumns }) =>
          parentColumns.map((column_name) => ({ ...tableOf(parent), column_name, ...constraintOf(place, key.name) })),
        ),
      ),
  },
  constraint_table_usage: {
    columns: [...TABLE, ...CONSTRAINT],
    from: (parts, columns) =>
      values(
        columns,
        keysOf(parts).map(({ place, key, parent }) => ({ ...tableOf(parent), ...constraintOf(place, key.name) })),
      ),
  },
  referential_constraints: {
    columns: [
      ...CONSTRAINT,
      ...text(
        'unique_constraint_catalog',
        'unique_constraint_schema',
        'unique_constraint_name',
        'match_option',
        'update_rule',
        'delete_rule',
      ),
    ],
    from: (parts, columns) =>
      values(
        columns,
        keysOf(parts)
          .filter(({ type }) => type === 'FOREIGN KEY')
          .map(({ place, key, parent }) => {
            const own = keysOf(parts).find(
              (other) => other.type === 'PRIMARY KEY' && other.place.join('.') === parent.join('.'),
            );
            const [unique_constraint_catalog, unique_constraint_schema] = parent;
            return {
              ...constraintOf(place, key.name),
              unique_constraint_catalog,
              unique_constraint_schema,
              unique_constraint_name: own?.key.name,
              match_option: 'FULL',
              update_rule: 'NO ACTION',
              delete_rule: 'NO ACTION',
            };
          }),
      ),
  },
};
