import { useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { Page } from '../../components/page.tsx';
import { ErrorState, Skeleton } from '../../components/states.tsx';
import './builder.css';
import { type LoadedDraft, loadDraft, openDraft } from './draft-data.ts';
import { Editor } from './editor.tsx';

const route = getRouteApi('/frame/workflows/$id/edit');

/** The builder of a workflow: its draft as a graph, an outline and forms, tested and published from here. */
export function BuilderPage() {
  const { id } = route.useParams();
  const loaded = useQuery({
    // Not below ['workflow']: who invalidates that would open the draft a second time under the editor.
    queryKey: ['builder', id],
    queryFn: ({ signal }) => loadDraft(id, signal),
    // What is being edited is never replaced by what is read again: the saver says when somebody else changed it.
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });
  if (loaded.isError) {
    return (
      <Page title="Workflow">
        <ErrorState error={loaded.error} onRetry={() => loaded.refetch()} />
      </Page>
    );
  }
  if (loaded.isPending) return <Skeleton lines={8} />;
  return <Opened key={loaded.data.workflow.id} loaded={loaded.data} />;
}

/** Opens the saver once the draft is there, and closes it when the page is left. */
function Opened({ loaded }: { loaded: LoadedDraft }) {
  const queries = useQueryClient();
  const [opened, setOpened] = useState<ReturnType<typeof openDraft>>();
  useEffect(() => {
    const next = openDraft(loaded, queries);
    setOpened(next);
    const leave = () => void next.saver.flush();
    window.addEventListener('pagehide', leave);
    return () => {
      window.removeEventListener('pagehide', leave);
      void next.saver.flush().finally(() => next.saver.close());
    };
  }, [loaded, queries]);
  return opened === undefined ? null : <Editor workflow={loaded.workflow} opened={opened} />;
}
