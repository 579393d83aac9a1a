import { ConnectorError } from '../connector/errors.ts';
import type { JsonObject, SourceManifest, Trigger } from '../connector/manifest.ts';
import { readPath, resolveTemplate, type Scopes } from '../connector/template.ts';
import { eventId, type Position, type TriggerEvent } from './position.ts';
import type { Poll, Source } from './source.ts';

/**
 * Reads a list that the source action gives in the order of (value, key) after the cursor, or in the reverse order with all that is
 * after it. Everything about it is in the manifest.
 */
export function rows(manifest: SourceManifest, trigger: Trigger): Source {
  const cursor = manifest.cursor!;
  return {
    hasMemory: false,
    ask(poll) {
      const input = resolveTemplate(manifest.input, scopes(poll)) as JsonObject;
      return { action: manifest.action, input };
    },
    read(poll, output) {
      const size = Number(resolveTemplate(cursor.page_size, { input: poll.input }));
      const isReversed = cursor.order === 'newest_first';
      const given = readList(output, cursor.items, trigger.id);
      // The oldest would be missing, which come first.
      if (isReversed && readPath(output, 'more') === true) throw isCut(given.length);
      const list = isReversed ? given.toReversed().slice(0, size) : given;
      const events: TriggerEvent[] = [];
      let to: Position | null = null;
      for (const row of list) {
        const next = positionOf(row, poll);
        if (to !== null && next.value === to.value && next.key === to.key) throw repeated(poll.input, next);
        to = next;
        events.push({ id: eventId(poll.owner, next.value, next.key), data: row });
      }
      // A start that is "now" is written down at once: the next look must not begin at its own now.
      if (to === null && poll.position === null && cursor.start?.startsWith('$cursor.now') === true) {
        to = { value: startOf(poll), key: null };
      }
      return { events, to, more: isReversed ? given.length > list.length : list.length > 0 && list.length >= size };
    },
  };

  function scopes(poll: Poll): Scopes {
    const at = poll.position;
    return {
      input: poll.input,
      cursor: {
        ...nowOf(poll),
        value: at === null ? startOf(poll) : (at.value ?? undefined),
        key: at?.key ?? undefined,
      },
    };
  }

  function startOf(poll: Poll): string | null {
    if (cursor.start === undefined) return null;
    const start = resolveTemplate(cursor.start, { input: poll.input, cursor: nowOf(poll) });
    return start === undefined || start === null ? null : String(start);
  }

  function positionOf(row: JsonObject, poll: Poll): { value: string; key: string } {
    const value = readPath(row, cursor.value!);
    const key = readPath(row, cursor.key);
    if (value === null || value === undefined) throw missing('cursor', poll.input);
    if (key === null || key === undefined) throw missing('key', poll.input);
    return { value: String(value), key: String(key) };
  }
}

function nowOf({ now }: Poll): { now: string; now_seconds: string } {
  return { now: String(now), now_seconds: String(Math.floor(now / 1000)) };
}

function isCut(count: number): ConnectorError {
  return new ConnectorError(
    'ERR_CURSOR_COLUMN',
    `there is more after the cursor than the ${count} items that were read, and the oldest would never be delivered`,
    { hint: 'Reset the cursor to continue from now on, and check more often.' },
  );
}

/** The list at a path of an action's output. @throws ConnectorError ERR_RESPONSE_INVALID */
export function readList(output: unknown, path: string, trigger: string): JsonObject[] {
  const list = readPath(output, path);
  if (Array.isArray(list)) return list as JsonObject[];
  throw new ConnectorError('ERR_RESPONSE_INVALID', `the source of ${trigger} returned no list at "${path}"`, {
    hint: 'Check the output of the action, and set the path of its list.',
  });
}

/** A row that cannot be placed. */
export function missing(role: 'cursor' | 'key', input: JsonObject): ConnectorError {
  const column = String(input[`${role}_column`] ?? role);
  return new ConnectorError('ERR_CURSOR_COLUMN', `a row has no value in the ${role} column "${column}"`, {
    hint: `Choose a ${role} column that is never null, or sync a view without such rows.`,
    errors: [{ pointer: `/trigger/input/${role}_column`, message: 'has a null' }],
  });
}

/** Two rows that cannot be told apart: of such rows one would be lost where a page ends between them. */
export function repeated(input: JsonObject, at: { value: string; key: string }): ConnectorError {
  const columns = [input.key_columns ?? input.key_column].flat().join(', ');
  return new ConnectorError(
    'ERR_CURSOR_COLUMN',
    `two rows share the cursor value "${at.value}" and the key "${at.key}" (${columns})`,
    {
      hint: 'Choose key columns that are unique among rows with the same cursor value.',
      errors: [
        {
          pointer: `/trigger/input/${input.key_columns === undefined ? 'key_column' : 'key_columns'}`,
          message: 'is not unique',
        },
      ],
    },
  );
}
