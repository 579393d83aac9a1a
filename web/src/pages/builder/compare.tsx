import { lazy, Suspense, useMemo, useState } from 'react';
import { changesBetween } from '../../builder/changes.ts';
import { comparedText } from '../../builder/compared-text.ts';
import type { JsonObject } from '../../builder/document.ts';
import { Segments } from '../../components/segments.tsx';
import { Skeleton } from '../../components/states.tsx';
import { ChangeList } from './change-list.tsx';

const LineDiff = lazy(() => import('../../components/line-diff.tsx'));

type Shown = 'both' | 'before' | 'after';

interface CompareProps {
  before: JsonObject;
  after: JsonObject;
  /** What the two are called: "Theirs", "Yours". */
  names: readonly [string, string];
}

/** Two definitions: in words what differs, and both as text, line by line or each by itself. */
export function Compare({ before, after, names }: CompareProps) {
  const [shown, setShown] = useState<Shown>('both');
  const texts = useMemo(() => ({ before: comparedText(before), after: comparedText(after) }), [before, after]);
  const changes = useMemo(() => changesBetween(before, after), [before, after]);
  return (
    <div className="stack">
      <ChangeList changes={changes} />
      <Segments<Shown>
        label="Show"
        value={shown}
        onChange={setShown}
        options={[
          { id: 'both', text: 'Lines that differ' },
          { id: 'before', text: names[0] },
          { id: 'after', text: names[1] },
        ]}
      />
      {shown === 'both' ? (
        <Suspense fallback={<Skeleton />}>
          <LineDiff before={texts.before} after={texts.after} />
        </Suspense>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys
        <pre className="definition" tabIndex={0}>
          {texts[shown]}
        </pre>
      )}
    </div>
  );
}
