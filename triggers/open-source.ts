import { ConnectorError, type ErrorRecord } from '../connector/errors.ts';
import type { JsonObject, SourceManifest, Trigger } from '../connector/manifest.ts';
import type { GENERAL_READERS } from '../connector/sources.ts';
import { readPath } from '../connector/template.ts';
import { listing } from './listing.ts';
import { fingerprint, NO_BACKLOG, type Page } from './position.ts';
import { rows } from './rows.ts';
import type { Poll, Reader, Source } from './source.ts';

const READERS: Readonly<Record<string, Reader>> = { rows, listing } satisfies Record<
  (typeof GENERAL_READERS)[number],
  Reader
>;

/** The source that a trigger reads for this input; its positions carry what they are positions of. */
export function openSource(trigger: Trigger, input: JsonObject): Source {
  const manifest = chooseSource(trigger, input);
  const source = readerOf(trigger, manifest)(manifest, trigger, input);
  const of = fingerprint([manifest.action, ...(manifest.identity ?? []).map((name) => readPath(input, name) ?? null)]);
  const marked = (page: Page): Page => ({
    ...page,
    ...(page.to === null ? {} : { to: { ...page.to, of } }),
    ...backlogOf(page),
  });
  const { recover, count, accept } = source;
  return {
    hasMemory: source.hasMemory,
    ...(source.asksWithMemory === true ? { asksWithMemory: true } : {}),
    ...(source.hasRanges === true ? { hasRanges: true } : {}),
    ask(poll) {
      if (poll.position?.of !== undefined && poll.position.of !== of) throw moved(manifest);
      return source.ask(poll);
    },
    read: (poll, output) => moving(poll, marked(source.read(poll, output))),
    ...(recover === undefined
      ? {}
      : {
          recover(poll: Poll, error: ErrorRecord) {
            const found = recover(poll, error);
            return found === undefined || found instanceof ConnectorError ? found : moving(poll, marked(found));
          },
        }),
    ...(count === undefined ? {} : { count }),
    ...(accept === undefined ? {} : { accept: (given, current) => ({ ...accept(given, current), of }) }),
  };
}

/** The manifest entry for an input: the first whose `when` holds. */
export function chooseSource(trigger: Trigger, input: JsonObject): SourceManifest {
  const found = trigger.sources.find(({ when = {} }) =>
    Object.entries(when).every(([path, values]) => values.includes((readPath(input, path) ?? null) as never)),
  );
  if (found === undefined)
    throw new ConnectorError('ERR_TRIGGER_UNKNOWN', `the trigger "${trigger.id}" reads no source`);
  return found;
}

/** The service's own, else the general one; names were checked when the manifests were loaded. */
function readerOf({ connector }: Trigger, { reader = 'rows' }: SourceManifest): Reader {
  return (connector.service.readers?.[reader] ?? READERS[reader])!;
}

/** What is left beside a page, where its source does not count: nothing after the last page, and nobody knows after others. */
function backlogOf({ events, more, backlog }: Page): Pick<Page, 'backlog'> {
  if (backlog !== undefined) return { backlog };
  if (more && events.length === 0) return {};
  const before = { ...NO_BACKLOG, rows: more ? null : events.length, versions: null };
  return { backlog: { before, after: more ? { ...before } : NO_BACKLOG } };
}

/**
 * Stops a source that gives events, or wants to be asked at once, and stays where it was: it would do so forever.
 * @throws ConnectorError ERR_CURSOR_COLUMN
 */
function moving(poll: Poll, page: Page): Page {
  const { events, more, memory } = page;
  if (events.length === 0 && !more) return page;
  const isSame = page.to === null || fingerprint(page.to) === fingerprint(poll.position);
  if (!isSame || (memory !== undefined && memory !== poll.memory)) return page;
  throw new ConnectorError(
    'ERR_CURSOR_COLUMN',
    `the batch does not move the cursor forward: ${events.length} events, and the position stays at ${JSON.stringify(poll.position?.value ?? null)}`,
    {
      hint: 'The source returns the same records again. Check its cursor and key columns, and that its query has no limit of its own.',
    },
  );
}

function moved(manifest: SourceManifest): ConnectorError {
  const names = (manifest.identity ?? []).join(', ');
  return new ConnectorError(
    'ERR_CURSOR_COLUMN',
    `the cursor belongs to a different source: one of ${names} was changed since it was saved`,
    {
      hint: 'Reset the cursor to read the new source from its start, or set it to a value of the new cursor column.',
      errors: (manifest.identity ?? []).map((name) => ({
        pointer: `/trigger/input/${name}`,
        message: 'may have been changed',
      })),
    },
  );
}
