import { ApiError, invalid } from '../errors.ts';
import { route } from '../objects.ts';
import type { Route } from '../router.ts';
import type { Workspace } from '../workspace.ts';
import { missing } from './answers.ts';
import { columnsOf } from './columns.ts';
import { type FullName, fullNameText, splitFullName } from './names.ts';
import type { TableConstraint, Unity } from './registry.ts';

const PATH = '/api/2.1/unity-catalog/constraints';

/** Primary and foreign keys of tables; they inform, and are not enforced. */
export function constraintRoutes(workspace: Workspace, unity: Unity): Route[] {
  const find = async (given: unknown): Promise<FullName> => {
    const parts = splitFullName(String(given), 3) as [string, string, string] | undefined;
    if (parts === undefined) throw invalid(`'${given}' is not a full table name: give catalog.schema.table.`);
    const full = { catalog: parts[0], schema: parts[1], name: parts[2] };
    if ((await unity.kindOf(full)) !== 'table') throw missing('TABLE', fullNameText(full));
    return full;
  };
  const nameOf = (constraint: TableConstraint) => Object.values(constraint)[0]?.name;
  const checkColumns = async (full: FullName, names: string[]) => {
    const known = (await columnsOf(workspace, unity, full)) as { name: string }[];
    const wrong = names.find((name) => !known.some((column) => column.name.toLowerCase() === name.toLowerCase()));
    if (wrong !== undefined) throw invalid(`Table '${fullNameText(full)}' has no column '${wrong}'.`);
  };
  return [
    route('POST', PATH, async ({ body }) => {
      const full = await find(body.full_name_arg);
      const constraint = body.constraint as TableConstraint;
      const [key] = Object.values(constraint);
      if (Object.keys(constraint).length !== 1 || key === undefined)
        throw invalid(
          'Exactly one of primary_key_constraint, foreign_key_constraint, named_table_constraint must be given.',
        );
      await checkColumns(full, key.child_columns ?? []);
      if (constraint.foreign_key_constraint !== undefined) {
        const parent = await find(constraint.foreign_key_constraint.parent_table);
        await checkColumns(parent, constraint.foreign_key_constraint.parent_columns);
      }
      const meta = unity.tableMeta(full, false);
      const constraints = meta.table_constraints ?? [];
      if (constraints.some((item) => nameOf(item) === key.name))
        throw new ApiError(
          409,
          'CONSTRAINT_ALREADY_EXISTS',
          `Constraint '${key.name}' of table '${fullNameText(full)}' already exists`,
        );
      if (
        constraint.primary_key_constraint !== undefined &&
        constraints.some((item) => item.primary_key_constraint !== undefined)
      )
        throw invalid(`Table '${fullNameText(full)}' has a primary key already.`);
      unity.tables.put(fullNameText(full), { ...meta, table_constraints: [...constraints, constraint] });
      return { json: constraint };
    }),
    route('DELETE', `${PATH}/{full_name}`, async ({ params, query }) => {
      const full = await find(params.full_name);
      const meta = unity.tableMeta(full, false);
      const constraints = meta.table_constraints ?? [];
      const rest = constraints.filter((item) => nameOf(item) !== query.constraint_name);
      if (rest.length === constraints.length)
        throw new ApiError(
          404,
          'CONSTRAINT_DOES_NOT_EXIST',
          `Constraint '${query.constraint_name}' of table '${fullNameText(full)}' does not exist.`,
        );
      const isReferred = unity.tables
        .values()
        .some((table) =>
          table.table_constraints?.some((item) => item.foreign_key_constraint?.parent_table === fullNameText(full)),
        );
      if (isReferred && query.cascade !== true)
        throw new ApiError(
          400,
          'INVALID_STATE',
          `Constraint '${query.constraint_name}' is referred to by a foreign key; use cascade.`,
        );
      unity.tables.put(fullNameText(full), { ...meta, table_constraints: rest });
      return {};
    }),
  ];
}
