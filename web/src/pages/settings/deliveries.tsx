import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import {
  listWebhookDeliveries,
  type Run,
  redeliverWebhook,
  testWebhookEndpoint,
  type WebhookDelivery,
} from 'penstock-client';
import { useEffect, useMemo } from 'react';
import { Button } from '../../components/button.tsx';
import { FormError } from '../../components/form.tsx';
import type { Column } from '../../components/grid.tsx';
import { ListGrid } from '../../components/list-grid.tsx';
import { Notice } from '../../components/notice.tsx';
import { EmptyState } from '../../components/states.tsx';
import { runStatus, StatusBadge } from '../../components/status-badge.tsx';
import { TimeText } from '../../components/time-text.tsx';
import { useAct } from '../../data/act.ts';
import { ask } from '../../data/api-error.ts';
import { useList } from '../../data/list.ts';
import { useCan } from '../../data/me.ts';
import { Part, RowButton } from './part.tsx';

const POLL_MS = 2000;
/** A delivery that is answered within this is told at once. */
const PREFER = { Prefer: 'wait=10' } as const;

/** The last deliveries to an endpoint, with test and redelivery. */
export function Deliveries({ endpoint: id }: { endpoint: string }) {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const key = ['webhook-deliveries', id];
  const list = useList(key, (cursor, signal) =>
    ask(listWebhookDeliveries({ path: { id }, query: { cursor }, signal })),
  );
  const canTest = useCan('POST /v1/webhook_endpoints/{id}/test');
  const canRepeat = useCan('POST /v1/webhook_endpoints/{id}/deliveries/{run}/redeliver');
  const reload = () => queries.invalidateQueries({ queryKey: key });
  const test = useAct(
    (_: 'test', headers) => ask(testWebhookEndpoint({ path: { id }, headers: { ...headers, ...PREFER } })),
    reload,
  );
  const repeat = useAct(
    (run: string, headers) => ask(redeliverWebhook({ path: { id, run }, headers: { ...headers, ...PREFER } })),
    reload,
  );
  const isOpen = list.rows.some(({ finished_at }) => finished_at === undefined);
  // biome-ignore lint/correctness/useExhaustiveDependencies: while something is under way
  useEffect(() => {
    if (!isOpen) return;
    const timer = setInterval(() => !document.hidden && void reload(), POLL_MS);
    return () => clearInterval(timer);
  }, [isOpen, id]);
  const { mutate, isPending } = repeat;
  const columns = useMemo(
    () => columnsOf(canRepeat && !isPending ? mutate : undefined),
    [canRepeat, isPending, mutate],
  );
  const last =
    repeat.data !== undefined && (repeat.submittedAt ?? 0) > (test.submittedAt ?? 0) ? repeat.data : test.data;
  return (
    <Part
      title="Deliveries"
      fills
      actions={
        canTest && (
          <Button onPress={() => test.mutate('test')} isPending={test.isPending}>
            {test.isPending ? 'Sending…' : 'Send test event'}
          </Button>
        )
      }
    >
      <FormError error={test.error ?? repeat.error} />
      {last !== undefined && <Outcome run={last} />}
      <ListGrid
        label="Deliveries"
        list={list}
        rowKey={({ run }) => run}
        columns={columns}
        onOpen={({ run }) => void navigate({ to: '/runs/$id', params: { id: run }, search: {} })}
        empty={
          <EmptyState title="Nothing was delivered yet">
            Send a test event to see what the endpoint answers. The last 1,000 deliveries are kept.
          </EmptyState>
        }
      />
    </Part>
  );
}

function Outcome({ run: { status, error } }: { run: Run }) {
  if (status === 'succeeded') {
    return (
      <div role="status">
        <Notice state="succeeded">The endpoint accepted the event.</Notice>
      </div>
    );
  }
  if (status === 'failed') {
    return (
      <div role="alert">
        <Notice state="failed">
          {error?.message ?? 'The endpoint did not accept the event.'} {error?.hint}
        </Notice>
      </div>
    );
  }
  return (
    <div role="status">
      <Notice state="running">
        The endpoint has not accepted the event yet. It is tried again; see the list below.
      </Notice>
    </div>
  );
}

function columnsOf(onRepeat: ((run: string) => void) | undefined): readonly Column<WebhookDelivery>[] {
  return [
    { id: 'status', header: 'Status', width: '8rem', cell: (delivery) => <StatusBadge status={runStatus(delivery)} /> },
    { id: 'type', header: 'Event', width: 'minmax(0, 2fr)', cell: ({ event }) => event.type ?? '—' },
    {
      id: 'error',
      header: 'Error',
      width: 'minmax(0, 3fr)',
      isWide: true,
      cell: ({ error }) => (error === undefined ? '' : <span title={error.message}>{error.message}</span>),
    },
    {
      id: 'attempts',
      header: 'Attempts',
      width: '5rem',
      align: 'end',
      isWide: true,
      cell: ({ attempts }) => attempts.toLocaleString(),
    },
    {
      id: 'created',
      header: 'Sent',
      width: '8rem',
      align: 'end',
      isWide: true,
      cell: ({ created_at }) => <TimeText at={created_at} />,
    },
    {
      id: 'acts',
      header: '',
      width: '6rem',
      align: 'end',
      cell: ({ run, event, finished_at }) =>
        onRepeat !== undefined &&
        finished_at !== undefined && (
          <RowButton label={`Redeliver ${event.type ?? run}`} onPress={() => onRepeat(run)}>
            Redeliver
          </RowButton>
        ),
    },
  ];
}
