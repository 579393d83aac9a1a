import { diffLines } from 'diff';
import { useMemo } from 'react';
import './line-diff.css';

/** Unchanged lines that are shown around a change. */
const CONTEXT = 3;

type Kind = 'same' | 'added' | 'removed' | 'gap';
interface Line {
  kind: Kind;
  text: string;
}

/** Two texts as one, line by line: what was removed, what was added, and a few lines around it. */
export default function LineDiff({ before, after }: { before: string; after: string }) {
  const lines = useMemo(() => linesOf(before, after), [before, after]);
  if (lines.every(({ kind }) => kind === 'same' || kind === 'gap'))
    return <p className="soft">Nothing is different.</p>;
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
