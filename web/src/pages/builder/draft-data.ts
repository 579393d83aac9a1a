import type { QueryClient } from '@tanstack/react-query';
import { getWorkflow, getWorkflowDraft, saveWorkflowDraft, type Workflow } from 'penstock-client';
import { isObject, type JsonObject } from '../../builder/document.ts';
import { maskSecrets } from '../../builder/mask.ts';
import { createSaver, isShownAs, type Kept, type Saver, type Stored } from '../../builder/saver.ts';
import { ApiError, ask } from '../../data/api-error.ts';
import { keepDraft, readKept } from './kept-drafts.ts';

/** What the builder begins with. */
export interface LoadedDraft {
  workflow: Workflow;
  stored: Stored;
  /** What this browser has of it and the server has not. */
  kept: Kept | undefined;
}

/** Properties of a workflow that are of its record and not of its definition. */
const OF_RECORD = ['id', 'version', 'latest', 'enabled', 'created_at', 'updated_at', 'warnings', 'url'];

/** The definition of a workflow, or of one of its versions, as the API shows it. */
export function definitionOf(shown: object): JsonObject {
  return Object.fromEntries(Object.entries(shown).filter(([name]) => !OF_RECORD.includes(name) && name !== 'status'));
}

/** The draft of a workflow; where it has none, its newest definition. */
export async function loadDraft(id: string, signal: AbortSignal): Promise<LoadedDraft> {
  const workflow = await ask(getWorkflow({ path: { id }, signal }));
  const draft = await readDraft(workflow, signal);
  return { workflow, stored: draft ?? publishedOf(workflow), kept: await readKept(workflow.id) };
}

function publishedOf(workflow: Workflow): Stored {
  return { document: definitionOf(workflow), etag: undefined, version: workflow.version };
}

async function readDraft({ id, version }: Workflow, signal?: AbortSignal): Promise<Stored | undefined> {
  try {
    const draft = await ask(getWorkflowDraft({ path: { id }, ...(signal && { signal }) }));
    return { document: draft.definition, etag: draft.etag, version: draft.base_version ?? version };
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return undefined;
    throw error;
  }
}

/** Another version was published than the one that the document was made from. */
class OtherVersion extends Error {
  override message = 'Somebody else published a version meanwhile.';
}

/** A saver of the draft, with what was kept of it before a reload or a crash; `document` is what the editor begins with. */
export function openDraft(
  { workflow, stored, kept }: LoadedDraft,
  queries: QueryClient,
): { saver: Saver; document: JsonObject } {
  const { id } = workflow;
  const isNews = kept !== undefined && !isShownAs(kept.document, stored.document);
  const keep = (next: Kept | undefined) =>
    keepDraft(id, next && { ...next, document: maskSecrets(next.document, (uses) => inputSchema(queries, uses)) });
  const saver = createSaver(isNews ? { ...stored, etag: kept.base, version: kept.version } : stored, {
    async put(document, { etag, version }) {
      const query = { base_version: version };
      if (etag !== undefined) {
        return ask(saveWorkflowDraft({ path: { id }, query, body: document, headers: { 'If-Match': `"${etag}"` } }));
      }
      const now = await ask(getWorkflow({ path: { id } }));
      if (now.version !== version) throw new OtherVersion();
      return ask(saveWorkflowDraft({ path: { id }, query, body: document, headers: { 'If-None-Match': '*' } }));
    },
    async read(version) {
      const now = await ask(getWorkflow({ path: { id } }));
      return (await readDraft(now)) ?? (now.version === version ? undefined : publishedOf(now));
    },
    failureOf(error) {
      if (error instanceof OtherVersion) return { status: 412, message: error.message };
      if (!(error instanceof ApiError)) return { status: 0, message: String(error) };
      return { status: error.status, message: [error.problem.detail, error.problem.hint].filter(Boolean).join(' ') };
    },
    keep,
    later(act, ms) {
      const timer = setTimeout(act, ms);
      return () => clearTimeout(timer);
    },
  });
  if (!isNews) {
    keep(undefined);
    return { saver, document: stored.document };
  }
  saver.change(kept.document);
  return { saver, document: kept.document };
}

/** The schema of an action's or trigger's input, where it was loaded: what is typed into its form. */
function inputSchema(queries: QueryClient, uses: string): JsonObject | undefined {
  const known =
    queries.getQueryData<{ input?: unknown }>(['action', uses]) ??
    queries.getQueryData<{ input?: unknown }>(['trigger', uses]);
  return isObject(known?.input) ? known.input : undefined;
}
