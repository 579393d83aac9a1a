import { ApiError, invalid } from '../errors.ts';
import { pageOf } from '../paging.ts';
import type { Meta } from './registry.ts';

/** Kinds of Unity Catalog objects, as error codes name them. */
export type Kind = 'CATALOG' | 'SCHEMA' | 'TABLE' | 'VOLUME';

/** 404 such as CATALOG_DOES_NOT_EXIST. */
export function missing(kind: Kind, name: string): ApiError {
  return new ApiError(404, `${kind}_DOES_NOT_EXIST`, `${titleOf(kind)} '${name}' does not exist.`, {
    details: [reason(`${kind}_DOES_NOT_EXIST`)],
  });
}

/** 400 such as SCHEMA_ALREADY_EXISTS. */
export function taken(kind: Kind, name: string): ApiError {
  return new ApiError(400, `${kind}_ALREADY_EXISTS`, `${titleOf(kind)} '${name}' already exists`, {
    details: [reason(`${kind}_ALREADY_EXISTS`)],
  });
}

/** 400 for an object that holds others and is deleted without `force`. */
export function notEmpty(kind: Kind, name: string, holds: string): ApiError {
  return new ApiError(
    400,
    'INVALID_STATE',
    `Cannot delete ${titleOf(kind).toLowerCase()} '${name}' because it is not empty: it has ${holds}. Use force to delete it with everything in it.`,
  );
}

/** Checks a new object's name. @throws ApiError INVALID_PARAMETER_VALUE */
export function checkName(name: string): string {
  if (name === '' || name.length > 255 || /[./\s\x00-\x1f\x7f]/.test(name)) {
    throw invalid(
      `Invalid input: '${name}' is not a valid name. Names must have 1 to 255 characters, and no period, space, slash or control character.`,
    );
  }
  return name.toLowerCase();
}

/** Page size when the request has 0, or none where lists are always paged. */
const SERVER_PAGE = 100;

/**
 * A page of a list. `max_results` left out gives everything, unless the list is always paged; 0 gives the server's own size.
 * What the caller may not see is taken out after the page was cut, so pages can be empty while a token follows.
 */
export function listPage<T>(
  key: string,
  items: T[],
  query: Record<string, unknown>,
  options: { list: string; paged?: boolean; visible(item: T): boolean },
): object {
  const asked = query.max_results as number | undefined;
  if (asked === undefined && !options.paged && query.page_token === undefined)
    return { [key]: items.filter(options.visible) };
  const size = asked === undefined || asked === 0 ? SERVER_PAGE : Math.min(asked, 10_000);
  const { items: page, next_page_token } = pageOf(items, { list: options.list, token: query.page_token, size });
  return { [key]: page.filter(options.visible), ...(next_page_token === undefined ? {} : { next_page_token }) };
}

/** The fields that every object has. */
export function commonFields(meta: Meta): object {
  const { name, owner, comment, properties, created_at, created_by, updated_at, updated_by } = meta;
  return {
    name,
    owner,
    ...(comment === undefined ? {} : { comment }),
    ...(properties === undefined ? {} : { properties }),
    created_at,
    created_by,
    updated_at,
    updated_by,
  };
}

function reason(code: string): object {
  return { '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: code, domain: 'unity-catalog.databricks.com' };
}

function titleOf(kind: Kind): string {
  return kind.charAt(0) + kind.slice(1).toLowerCase();
}
