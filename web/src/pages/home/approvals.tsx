import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { listApprovals } from 'penstock-client';
import { TimeText } from '../../components/time-text.tsx';
import { ask } from '../../data/api-error.ts';
import { useCan } from '../../data/me.ts';
import { workflowsQuery } from '../../data/workflows.ts';
import { HomeSection } from './home-section.tsx';

const REFRESH_MS = 15_000;
const MAX_SHOWN = 20;

/** Runs that wait for a decision. It is made on the page of the run, beside what it is about. */
export function Approvals() {
  const { data: workflows } = useQuery(workflowsQuery);
  const canDecide = useCan('POST /v1/runs/{id}/approve', 'POST /v1/runs/{id}/deny');
  const approvals = useQuery({
    queryKey: ['approvals', 'first'],
    queryFn: ({ signal }) => ask(listApprovals({ query: { limit: MAX_SHOWN }, signal })),
    refetchInterval: REFRESH_MS,
  });
  const nameOf = (id: string | null) => workflows?.find((each) => each.id === id)?.name ?? id ?? 'A run';
  return (
    <HomeSection
      id="approvals"
      title="Approvals that wait"
      count={approvals.data?.items.length}
      isMore={approvals.data?.next_cursor != null}
      error={approvals.error}
      onRetry={approvals.refetch}
      none="Nothing waits for a decision."
    >
      <ul className="home-list" aria-labelledby="approvals">
        {approvals.data?.items.map(({ id, run, step, workflow, message, requested_at: at, expires_at: end }) => (
          <li key={id} className="home-row">
            <Link to="/runs/$id" params={{ id: run }} search={step === null ? {} : { step }} className="home-name">
              <bdi>{message ?? `${canDecide ? 'Approve' : 'Approval of'} ${step ?? 'a step'}`}</bdi>
            </Link>
            <span className="soft">
              <bdi>{nameOf(workflow)}</bdi>, asked <TimeText at={at} />
              {end !== null && (
                <>
                  , expires <TimeText at={end} />
                </>
              )}
            </span>
          </li>
        ))}
      </ul>
    </HomeSection>
  );
}
