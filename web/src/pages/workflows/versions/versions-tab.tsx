import { useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { listWorkflowVersions, publishWorkflow, type Workflow, type WorkflowVersionSummary } from 'penstock-client';
import { lazy, Suspense, useEffect, useRef, useState } from 'react';
import { Button } from '../../../components/button.tsx';
import { Dialog } from '../../../components/dialog.tsx';
import { ErrorState, Skeleton } from '../../../components/states.tsx';
import { StatusBadge } from '../../../components/status-badge.tsx';
import { useAct } from '../../../data/act.ts';
import { ask } from '../../../data/api-error.ts';
import { useList } from '../../../data/list.ts';
import { useCan } from '../../../data/me.ts';
import { DraftNotice, draftQuery } from './draft-notice.tsx';
import { RestoreDialog } from './restore-dialog.tsx';

const VersionDiff = lazy(() => import('./version-diff.tsx'));
const route = getRouteApi('/frame/workflows/$id');
type Act = { name: 'restore' | 'publish'; version: number };

/** Every version, what changed from one to another, and the way back. */
export function VersionsTab({ workflow }: { workflow: Workflow }) {
  const { id } = workflow;
  const { version, against } = route.useSearch();
  const navigate = useNavigate();
  const [act, setAct] = useState<Act>();
  const canRestore = useCan('PUT /v1/workflows/{id}/draft');
  const canPublish = useCan('POST /v1/workflows/{id}/publish');
  const draft = useQuery(draftQuery(id));
  const { rows, hasMore, loadMore, query } = useList(['workflow', id, 'versions'], (cursor, signal) =>
    ask(listWorkflowVersions({ path: { id }, query: { cursor }, signal })),
  );
  const chosen = numberOf(version);
  const place = useRef<HTMLElement>(null);
  useEffect(() => {
    if (chosen !== undefined) place.current?.focus();
  }, [chosen]);
  const show = (shown: number | undefined, other?: number) =>
    navigate({
      to: '.',
      search: (before) => ({ ...before, version: shown?.toString(), against: other?.toString() }),
    });
  return (
    <>
      <DraftNotice workflow={workflow} draft={draft.data} />
      {draft.isError && <ErrorState error={draft.error} onRetry={() => draft.refetch()} />}
      {query.isPending && <Skeleton />}
      {query.isError && <ErrorState error={query.error} onRetry={() => query.refetch()} />}
      <ul className="versions" aria-label="Versions">
        {rows.map((each) => (
          <VersionRow
            key={each.version}
            summary={each}
            isShown={each.version === chosen}
            onShow={() => show(each.version, each.version > 1 ? each.version - 1 : undefined)}
            onRestore={
              canRestore && each.status !== 'published'
                ? () => setAct({ name: 'restore', version: each.version })
                : undefined
            }
            onPublish={
              canPublish && each.status !== 'published'
                ? () => setAct({ name: 'publish', version: each.version })
                : undefined
            }
          />
        ))}
      </ul>
      {hasMore && (
        <Button kind="quiet" onPress={loadMore}>
          Show more
        </Button>
      )}
      {chosen !== undefined && (
        <section ref={place} className="section" aria-label={`Version ${chosen}`} tabIndex={-1}>
          <Suspense fallback={<Skeleton lines={8} />}>
            <VersionDiff
              workflow={workflow}
              version={chosen}
              against={numberOf(against)}
              onAgainst={(other) => show(chosen, other)}
              onClose={() => show(undefined)}
            />
          </Suspense>
        </section>
      )}
      {act?.name === 'restore' && (
        <RestoreDialog
          workflow={workflow}
          version={act.version}
          draft={draft.data ?? undefined}
          onClose={() => setAct(undefined)}
        />
      )}
      {act?.name === 'publish' && (
        <PublishDialog workflow={workflow} version={act.version} onClose={() => setAct(undefined)} />
      )}
      {workflow.version === 0 && rows.length > 0 && (
        <p className="soft">
          Nothing is published: the trigger does not run yet. <Link to="/workflows">All workflows</Link>
        </p>
      )}
    </>
  );
}

interface RowProps {
  summary: WorkflowVersionSummary;
  isShown: boolean;
  onShow(): void;
  onRestore: (() => void) | undefined;
  onPublish: (() => void) | undefined;
}

function VersionRow({ summary: { version, name, status }, isShown, onShow, onRestore, onPublish }: RowProps) {
  return (
    <li className="version" data-shown={isShown || undefined}>
      <strong className="version-number">{version}</strong>
      <StatusBadge status={status} word={status === 'draft' ? 'Not published' : undefined} />
      <bdi className="clip soft">{name}</bdi>
      <div className="row">
        <Button kind="quiet" onPress={onShow}>
          {version > 1 ? 'Changes' : 'Show'}
        </Button>
        {onRestore !== undefined && (
          <Button kind="quiet" onPress={onRestore}>
            Restore…
          </Button>
        )}
        {onPublish !== undefined && (
          <Button kind="quiet" onPress={onPublish}>
            Publish…
          </Button>
        )}
      </div>
    </li>
  );
}

interface PublishProps {
  workflow: Workflow;
  version: number;
  onClose: () => void;
}

/** Makes a version that is kept the one that new runs use. */
function PublishDialog({ workflow, version, onClose }: PublishProps) {
  const queries = useQueryClient();
  const publish = useAct(
    (number: number, headers) =>
      ask(publishWorkflow({ path: { id: workflow.id }, body: { version: number }, headers })),
    async () => {
      await queries.invalidateQueries({ queryKey: ['workflow'] });
      await queries.invalidateQueries({ queryKey: ['workflows'] });
      onClose();
    },
  );
  return (
    <Dialog
      title={`Publish version ${version}`}
      onClose={publish.isPending ? undefined : onClose}
      actions={
        <>
          <Button onPress={onClose} isDisabled={publish.isPending}>
            Close
          </Button>
          <Button kind="primary" isPending={publish.isPending} onPress={() => publish.mutate(version)}>
            Publish
          </Button>
        </>
      }
    >
      <p>
        It is checked again, then new runs and polls use it
        {workflow.version > 0 ? ` in place of version ${workflow.version}` : ''}. The cursor stays where it is, and runs
        in flight keep their version.
      </p>
      {publish.isError && <ErrorState error={publish.error} />}
    </Dialog>
  );
}

function numberOf(text: string | undefined): number | undefined {
  return text !== undefined && /^[1-9]\d{0,8}$/.test(text) ? Number(text) : undefined;
}
