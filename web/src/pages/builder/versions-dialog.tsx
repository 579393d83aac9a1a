import { useQuery } from '@tanstack/react-query';
import { getWorkflowVersion, listWorkflowVersions } from 'penstock-client';
import { useState } from 'react';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { RadioChoice } from '../../components/radio.tsx';
import { ErrorState, Skeleton } from '../../components/states.tsx';
import { ask } from '../../data/api-error.ts';
import { everyItem } from '../../data/every-item.ts';
import { useBuilder } from './builder-context.ts';
import { Compare } from './compare.tsx';
import { definitionOf } from './draft-data.ts';

/** Earlier versions, what is different from the draft, and a way to begin from one again. */
export function VersionsDialog() {
  const { workflow, document, edit, close, canEdit, announce } = useBuilder();
  const [chosen, setChosen] = useState<number>();
  const versions = useQuery({
    queryKey: ['workflow', workflow.id, 'versions', 'all'],
    queryFn: ({ signal }) =>
      everyItem((query) => ask(listWorkflowVersions({ path: { id: workflow.id }, query, signal }))),
    staleTime: 0,
  });
  const version = useQuery({
    queryKey: ['workflow', workflow.id, 'version', chosen],
    queryFn: ({ signal }) =>
      ask(getWorkflowVersion({ path: { id: workflow.id, version: String(chosen) as never }, signal })),
    enabled: chosen !== undefined,
  });
  const definition = version.data === undefined ? undefined : definitionOf({ ...version.data, version: undefined });
  const take = () => {
    if (definition === undefined) return;
    edit(() => definition);
    close();
    announce(`The draft is now version ${chosen}. Undo brings the old one back; publish makes it the newest version.`);
  };
  return (
    <Dialog
      title="Versions"
      onClose={close}
      isWide
      actions={
        <>
          <Button onPress={close}>Close</Button>
          {canEdit && (
            <Button kind="primary" isDisabled={definition === undefined} onPress={take}>
              Use as draft
            </Button>
          )}
        </>
      }
    >
      {versions.isPending && <Skeleton />}
      {versions.isError && <ErrorState error={versions.error} onRetry={() => versions.refetch()} />}
      {versions.data !== undefined && (
        <div className="versions">
          <RadioChoice
            label="Version"
            value={String(chosen ?? '')}
            onChange={(version) => setChosen(Number(version))}
            options={versions.data.map(({ version, status }) => ({
              id: String(version),
              text: `Version ${version}`,
              hint: status === 'draft' ? 'not published' : status,
            }))}
          />
        </div>
      )}
      {version.isError && <ErrorState error={version.error} onRetry={() => version.refetch()} />}
      {definition !== undefined && (
        <section aria-label="Differences">
          <h3>From version {chosen} to the draft</h3>
          <Compare before={definition} after={document} names={[`Version ${chosen}`, 'Draft']} />
        </section>
      )}
    </Dialog>
  );
}
