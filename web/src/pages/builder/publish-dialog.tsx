import { useQuery, useQueryClient } from '@tanstack/react-query';
import { getWorkflow, publishWorkflowDraft } from 'penstock-client';
import { useEffect } from 'react';
import { type Change, changesBetween } from '../../builder/changes.ts';
import { isObject } from '../../builder/document.ts';
import { Button } from '../../components/button.tsx';
import { countText } from '../../components/count-text.ts';
import { Dialog } from '../../components/dialog.tsx';
import { Notice } from '../../components/notice.tsx';
import { ErrorState, Skeleton } from '../../components/states.tsx';
import { useAct } from '../../data/act.ts';
import { ApiError, ask } from '../../data/api-error.ts';
import { useBuilder } from './builder-context.ts';
import { useCatalog } from './catalog.ts';
import { CheckList } from './check-list.tsx';
import { definitionOf } from './draft-data.ts';
import type { CheckResult } from './use-check.ts';

/** What would change, and what that means for what runs, before it does. */
export function PublishDialog({ check, onPublished }: { check: CheckResult; onPublished(version: number): void }) {
  const { document, workflow, saver, saving, close } = useBuilder();
  const queries = useQueryClient();
  const { run: checkNow } = check;
  const published = useQuery({
    queryKey: ['workflow', workflow.id, 'published'],
    queryFn: ({ signal }) => ask(getWorkflow({ path: { id: workflow.id }, signal })),
    staleTime: 0,
  });
  useEffect(() => {
    void saver.flush().then(() => checkNow(document));
    // Once, for the document as it is when the dialog opens: it cannot be changed while the dialog is open.
  }, [saver, checkNow, document]);
  const publish = useAct(
    async (etag: string, headers) => {
      return ask(publishWorkflowDraft({ path: { id: workflow.id }, headers: { ...headers, 'If-Match': `"${etag}"` } }));
    },
    (saved) => {
      saver.accept({ document, etag: undefined });
      void queries.invalidateQueries({ queryKey: ['workflow'] });
      void queries.invalidateQueries({ queryKey: ['workflows'] });
      onPublished(saved.version);
    },
  );
  const etag = saver.etag();
  const isNew = published.data?.version === 0;
  const changes = published.data === undefined ? [] : changesBetween(definitionOf(published.data), document);
  const isReady = check.report?.valid === true && saving.kind === 'saved' && etag !== undefined && !check.isPending;
  return (
    <Dialog
      title="Publish"
      onClose={close}
      isWide
      actions={
        <>
          <Button onPress={close}>Close</Button>
          <Button
            kind="primary"
            isDisabled={!isReady}
            isPending={publish.isPending}
            onPress={() => etag !== undefined && publish.mutate(etag)}
          >
            {published.data === undefined ? 'Publish' : `Publish version ${published.data.latest + 1}`}
          </Button>
        </>
      }
    >
      {published.isPending || check.isPending ? <Skeleton /> : null}
      {published.isError && <ErrorState error={published.error} onRetry={() => published.refetch()} />}
      {check.error !== undefined && <ErrorState error={check.error} onRetry={() => void checkNow(document)} />}
      {check.report !== undefined && <CheckList report={check.report} onGo={close} />}
      {saving.kind !== 'saved' && saving.kind !== 'saving' && (
        <Notice state="waiting">The draft is not saved, so it cannot be published yet.</Notice>
      )}
      {saving.kind === 'saved' && etag === undefined && (
        <Notice state="queued">There is no draft: nothing was changed since version {workflow.version}.</Notice>
      )}
      {published.data !== undefined && etag !== undefined && (
        <>
          <section aria-label="Changes">
            <h3>
              {isNew
                ? 'It was never published. This is its content'
                : `Changes against version ${published.data.version}`}
            </h3>
            {isNew ? <NewContent /> : <ChangeList changes={changes} />}
          </section>
          <Consequences
            changes={changes}
            isNew={isNew}
            isEnabled={document.enabled === undefined ? isNew || published.data.enabled : document.enabled === true}
          />
        </>
      )}
      {publish.isError && <PublishError error={publish.error} />}
    </Dialog>
  );
}

function PublishError({ error }: { error: unknown }) {
  if (error instanceof ApiError && (error.status === 412 || error.status === 404)) {
    return (
      <Notice state="failed">
        <div role="alert">
          Somebody else changed or published the draft meanwhile, so nothing was published. Close this and look at the
          draft as it is now.
        </div>
      </Notice>
    );
  }
  return <ErrorState error={error} />;
}

function NewContent() {
  const { document } = useBuilder();
  const steps = Array.isArray(document.steps) ? document.steps.length : 0;
  return <p>{countText(steps, 'step')}</p>;
}

/** The differences of two versions, in words. */
export function ChangeList({ changes }: { changes: readonly Change[] }) {
  if (changes.length === 0) return <p className="soft">Nothing is different.</p>;
  return (
    <ul className="check-list">
      {changes.map(({ kind, of, name, fields }) => (
        <li key={`${of} ${name}`}>
          <strong>{kind}</strong> {of} <code>{name}</code>
          {fields.length > 0 && <span className="soft">: {fields.join(', ')}</span>}
        </li>
      ))}
    </ul>
  );
}

/** What publishing does to the schedule, the cursor and runs. */
function Consequences({
  changes,
  isNew,
  isEnabled,
}: {
  changes: readonly Change[];
  isNew: boolean;
  isEnabled: boolean;
}) {
  const { document } = useBuilder();
  const { triggers } = useCatalog();
  const trigger = isObject(document.trigger) ? document.trigger : {};
  const kind = triggers?.get(String(trigger.id))?.kind;
  const changed = changes.find(({ of }) => of === 'trigger');
  const lines = [
    isEnabled
      ? kind === 'manual'
        ? 'It runs when somebody starts it.'
        : isNew
          ? 'Its trigger starts at once.'
          : changed === undefined
            ? 'The trigger stays as it is.'
            : 'The trigger changes with it, from its next tick on.'
      : 'The workflow is disabled: nothing starts until it is enabled.',
    ...(kind === 'poll'
      ? [
          isNew
            ? 'It has no cursor yet: the input of the trigger says where it starts.'
            : changed?.fields.some((field) => field === 'id' || field === 'input') === true
              ? 'The cursor stays where it is, also if the source is another one now: look at it after publishing.'
              : 'The cursor stays where it is.',
        ]
      : []),
    ...(isNew ? [] : ['Runs in flight, and those that wait, keep the version that they began with.']),
  ];
  return (
    <section aria-label="What it means">
      <h3>What it means</h3>
      <ul className="check-list">
        {lines.map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
    </section>
  );
}
