import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import type { TriggerHealth, Workflow } from 'penstock-client';
import { CopyId } from '../../components/copy-id.tsx';
import { Page } from '../../components/page.tsx';
import { ErrorState, Skeleton } from '../../components/states.tsx';
import { StatusBadge } from '../../components/status-badge.tsx';
import { Tabs } from '../../components/tabs.tsx';
import { TimeText } from '../../components/time-text.tsx';
import { accountsQuery } from '../../data/accounts.ts';
import { triggersQuery } from '../../data/catalog.ts';
import { triggerHealthQuery, workflowQuery } from '../../data/workflows.ts';
import { SettingsTab } from './settings/settings-tab.tsx';
import { SyncTab } from './sync/sync-tab.tsx';
import { TriggerNotices } from './trigger-notices.tsx';
import { shownState } from './trigger-state.ts';
import { VersionsTab } from './versions/versions-tab.tsx';
import { WorkflowButtons } from './workflow-buttons.tsx';
import { WorkflowRuns } from './workflow-runs.tsx';
import './workflows.css';

const route = getRouteApi('/frame/workflows/$id');
const REFRESH_MS = 5_000;

/** One workflow: its runs, where its sync stands, its versions and its settings. */
export function WorkflowPage() {
  const { id } = route.useParams();
  const { tab } = route.useSearch();
  const navigate = useNavigate();
  const workflow = useQuery(workflowQuery(id));
  const health = useQuery({ ...triggerHealthQuery(id), refetchInterval: REFRESH_MS });
  const { data: triggers } = useQuery(triggersQuery);
  if (workflow.isError) {
    return (
      <Page title="Workflow">
        <ErrorState error={workflow.error} onRetry={() => workflow.refetch()} />
      </Page>
    );
  }
  if (workflow.isPending || health.isPending) return <Skeleton lines={8} />;
  const trigger = triggers?.find((each) => each.id === workflow.data.trigger.id);
  const kind = trigger?.kind;
  const hasCursor = health.data?.cursor !== undefined;
  const tabs = [
    { id: 'runs', title: 'Runs', content: () => <WorkflowRuns workflow={workflow.data} /> },
    ...(hasCursor
      ? [{ id: 'sync', title: 'Sync', content: () => <SyncTab workflow={workflow.data} health={health.data!} /> }]
      : []),
    { id: 'versions', title: 'Versions', content: () => <VersionsTab workflow={workflow.data} /> },
    { id: 'settings', title: 'Settings', content: () => <SettingsTab workflow={workflow.data} /> },
  ];
  return (
    <Page
      title={workflow.data.name}
      beside={health.data && <StatusBadge status={shownState(health.data.state, kind)} />}
      actions={<WorkflowButtons workflow={workflow.data} kind={kind} isPaused={health.data?.cursor?.paused != null} />}
    >
      <WorkflowFacts workflow={workflow.data} health={health.data} triggerTitle={trigger?.title} />
      {health.isError && <ErrorState error={health.error} onRetry={() => health.refetch()} />}
      {health.data && <TriggerNotices workflow={workflow.data} health={health.data} />}
      <Tabs
        label="Parts of the workflow"
        tabs={tabs}
        selected={tab}
        onSelect={(chosen) =>
          navigate({
            to: '.',
            search: ({ account }) => ({ account, tab: chosen === 'runs' ? undefined : chosen }),
          })
        }
      />
    </Page>
  );
}

interface FactsProps {
  workflow: Workflow;
  health: TriggerHealth | undefined;
  triggerTitle: string | undefined;
}

function WorkflowFacts({ workflow, health, triggerTitle }: FactsProps) {
  const { data: accounts } = useQuery(accountsQuery);
  const { id, linked_account: account } = workflow.trigger as { id: string; linked_account?: string };
  const accountName = accounts?.find((each) => each.id === account || each.name === account)?.name ?? account;
  return (
    <>
      {workflow.description !== undefined && <p className="prose">{workflow.description}</p>}
      <div className="row soft">
        <CopyId value={workflow.id} />
        <span>{triggerTitle ?? id}</span>
        {account !== undefined && (
          <Link to="/workflows" search={{ account: accountName }}>
            Account <bdi>{accountName}</bdi>
          </Link>
        )}
        <span>{workflow.version === 0 ? 'Not published' : `Version ${workflow.version}`}</span>
        {health?.next_tick_at != null && (
          <span>
            Next tick <TimeText at={health.next_tick_at} />
          </span>
        )}
      </div>
    </>
  );
}
