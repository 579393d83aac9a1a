import { useQuery, useQueryClient } from '@tanstack/react-query';
import { getWorkflow, publishWorkflowDraft } from 'penstock-client';
import { useEffect, useState } from 'react';
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
import { Compare } from './compare.tsx';
import { definitionOf } from './draft-data.ts';
import { UnreadTexts, useUnreadTexts } from './unread-texts.tsx';
import type { CheckResult } from './use-check.ts';

/** What would change, and what that means for what runs, before it does. */
export function PublishDialog({ check, onPublished }: { check: CheckResult; onPublished(version: number): void }) {
  const { document, workflow, saver, saving, close, announce } = useBuilder();
  const [isSame, setSame] = useState(false);
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
      try {
        const given = { ...headers, 'If-Match': `"${etag}"` };
        return await ask(publishWorkflowDraft({ path: { id: workflow.id }, headers: given }));
      } catch (error) {
        if (!(error instanceof ApiError) || (error.status !== 412 && error.status !== 404)) throw error;
        return overtaken();
      }
    },
    (saved) => {
      if (saved === undefined) return;
      saver.accept({ document, etag: undefined, version: saved.version });
      void queries.invalidateQueries({ queryKey: ['workflow'] });
      void queries.invalidateQueries({ queryKey: ['workflows'] });
      onPublished(saved.version);
    },
  );
  /** Somebody else changed or published the draft: a person compares theirs, and nothing is published. */
  const overtaken = async () => {
    const { kind } = await saver.examine();
    if (kind === 'conflict') {
      close();
      announce('Nothing was published: somebody else was first.');
    } else {
      setSame(true);
      await published.refetch();
    }
    return undefined;
  };
  const etag = saver.etag();
  const isNew = published.data?.version === 0;
  const changes = published.data === undefined ? [] : changesBetween(definitionOf(published.data), document);
  const isOvertaken = etag !== undefined && published.data !== undefined && published.data.version !== saver.version();
  const unread = useUnreadTexts();
  const isReady =
    unread.size === 0 &&
    check.report?.valid === true &&
    saving.kind === 'saved' &&
    etag !== undefined &&
    !check.isPending;
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
      <UnreadTexts />
      {check.report !== undefined && <CheckList report={check.report} onGo={close} />}
      {saving.kind !== 'saved' && saving.kind !== 'saving' && (
        <Notice state="waiting">The draft is not saved, so it cannot be published yet.</Notice>
      )}
      {saving.kind === 'saved' && etag === undefined && !isSame && (
        <Notice state="queued">There is no draft: nothing was changed since version {workflow.version}.</Notice>
      )}
      {isSame && (
        <Notice state="waiting">
          <div role="alert">
            Somebody else published the same draft meanwhile, so nothing was published a second time.
          </div>
        </Notice>
      )}
      {isOvertaken && (
        <Notice state="waiting">
          Version {published.data?.version} was published since this draft was made from version {saver.version()}.
          Publishing replaces what that one changed: the list below says what.
        </Notice>
      )}
      {published.data !== undefined && etag !== undefined && (
        <>
          <section aria-label="Changes">
            <h3>
              {isNew
                ? 'It was never published. This is its content'
                : `Changes against version ${published.data.version}`}
            </h3>
            {isNew ? (
              <NewContent />
            ) : (
              <Compare
                before={definitionOf(published.data)}
                after={document}
                names={[`Version ${published.data.version}`, 'Draft']}
              />
            )}
          </section>
          <Consequences
            changes={changes}
            isNew={isNew}
            isEnabled={document.enabled === undefined ? isNew || published.data.enabled : document.enabled === true}
          />
        </>
      )}
      {publish.isError && <ErrorState error={publish.error} />}
    </Dialog>
  );
}

function NewContent() {
  const { document } = useBuilder();
  const steps = Array.isArray(document.steps) ? document.steps.length : 0;
  return <p>{countText(steps, 'step')}</p>;
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
