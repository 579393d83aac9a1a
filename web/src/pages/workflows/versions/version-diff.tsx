import { useQuery } from '@tanstack/react-query';
import { getWorkflowVersion, type Workflow } from 'penstock-client';
import { Button } from '../../../components/button.tsx';
import { ChoiceChip } from '../../../components/chip.tsx';
import LineDiff from '../../../components/line-diff.tsx';
import { ErrorState, Skeleton } from '../../../components/states.tsx';
import { ask } from '../../../data/api-error.ts';
import { stringifyExact } from '../../../data/json.ts';

interface DiffProps {
  workflow: Workflow;
  version: number;
  /** The version that it is compared with; none shows it whole. */
  against: number | undefined;
  onAgainst(version: number | undefined): void;
  onClose(): void;
}

/** Versions that can be chosen to compare with. */
const MAX_CHOICES = 100;

/** One version, and how it differs from another. */
export default function VersionDiff({ workflow, version, against, onAgainst, onClose }: DiffProps) {
  const { id, latest } = workflow;
  const shown = useVersion(id, version);
  const other = useVersion(id, against);
  const failed = shown.isError ? shown : other.isError ? other : undefined;
  const choices = Array.from({ length: Math.min(latest, MAX_CHOICES) }, (_, at) => latest - at)
    .filter((each) => each !== version)
    .map((each) => ({ id: String(each), text: String(each) }));
  const isReady = shown.data !== undefined && (against === undefined || other.data !== undefined);
  return (
    <>
      <div className="section-head">
        <h2>{against === undefined ? `Version ${version}` : `Version ${against} → ${version}`}</h2>
        <div className="row">
          <ChoiceChip
            label="Compare with"
            value={against?.toString()}
            options={choices}
            onChange={(value) => onAgainst(value === undefined ? undefined : Number(value))}
          />
          <Button kind="quiet" onPress={onClose}>
            Close
          </Button>
        </div>
      </div>
      {failed !== undefined && <ErrorState error={failed.error} onRetry={() => failed.refetch()} />}
      {failed === undefined && !isReady && <Skeleton lines={8} />}
      {isReady &&
        (against === undefined ? (
          // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys
          <pre className="definition" tabIndex={0}>
            {shown.data}
          </pre>
        ) : (
          <LineDiff before={other.data!} after={shown.data} />
        ))}
    </>
  );
}

/** The definition as text, one field a line. */
function useVersion(id: string, version: number | undefined) {
  return useQuery({
    queryKey: ['workflow', id, 'version', version],
    async queryFn({ signal }) {
      const {
        version: _version,
        status: _status,
        ...definition
      } = await ask(getWorkflowVersion({ path: { id, version: String(version) }, signal }));
      return `${stringifyExact(definition, 2)}\n`;
    },
    enabled: version !== undefined,
    staleTime: Number.POSITIVE_INFINITY,
  });
}
