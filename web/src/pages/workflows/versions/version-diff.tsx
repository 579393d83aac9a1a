import { useQuery } from '@tanstack/react-query';
import { diffLines } from 'diff';
import { getWorkflowVersion, type Workflow } from 'penstock-client';
import { useMemo } from 'react';
import { Button } from '../../../components/button.tsx';
import { ChoiceChip } from '../../../components/chip.tsx';
import { ErrorState, Skeleton } from '../../../components/states.tsx';
import { ask } from '../../../data/api-error.ts';
import { stringifyExact } from '../../../data/json.ts';
import './versions.css';

interface DiffProps {
  workflow: Workflow;
  version: number;
  /** The version that it is compared with; none shows it whole. */
  against: number | undefined;
  onAgainst(version: number | undefined): void;
  onClose(): void;
}

/** Unchanged lines that are shown around a change. */
const CONTEXT = 3;
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
          <Lines before={other.data!} after={shown.data} />
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

type Kind = 'same' | 'added' | 'removed' | 'gap';
interface Line {
  kind: Kind;
  text: string;
}

function Lines({ before, after }: { before: string; after: string }) {
  const lines = useMemo(() => linesOf(before, after), [before, after]);
  if (lines.every(({ kind }) => kind === 'same' || kind === 'gap'))
    return <p className="soft">The two versions have the same definition.</p>;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys
    <pre className="definition diff" tabIndex={0}>
      {lines.map(({ kind, text }, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: lines have no id, and their order is theirs
        <div key={at} data-kind={kind}>
          <span aria-hidden="true">{MARKS[kind]} </span>
          {WORDS[kind] !== undefined && <span className="hidden">{WORDS[kind]} </span>}
          {text}
        </div>
      ))}
    </pre>
  );
}

const MARKS: Record<Kind, string> = { same: ' ', added: '+', removed: '−', gap: '…' };
const WORDS: Partial<Record<Kind, string>> = { added: 'Added:', removed: 'Removed:' };

/** The lines of both, without what is far from any change. */
function linesOf(before: string, after: string): Line[] {
  const changes = diffLines(before, after);
  return changes.flatMap(({ value, added, removed }, at) => {
    const texts = value.replace(/\n$/, '').split('\n');
    if (added || removed) return texts.map((text): Line => ({ kind: added ? 'added' : 'removed', text }));
    const start = at === 0 ? 0 : CONTEXT;
    const end = at === changes.length - 1 ? 0 : CONTEXT;
    if (texts.length <= start + end + 1) return texts.map((text): Line => ({ kind: 'same', text }));
    const same = (part: string[]) => part.map((text): Line => ({ kind: 'same', text }));
    const gap: Line = { kind: 'gap', text: `${(texts.length - start - end).toLocaleString()} unchanged lines` };
    return [...same(texts.slice(0, start)), gap, ...(end === 0 ? [] : same(texts.slice(-end)))];
  });
}
