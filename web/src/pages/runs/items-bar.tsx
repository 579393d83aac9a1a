import type { Run } from 'penstock-client';
import { Button } from '../../components/button.tsx';
import { countText } from '../../components/count-text.ts';
import { ErrorState } from '../../components/states.tsx';
import { Switch } from '../../components/switch.tsx';
import { ITEMS_PAGE, type Items } from './use-items.ts';

interface ItemsBarProps {
  run: Run;
  /** What is shown: all, or those that failed. */
  items: Items;
  failed: Items;
  isFailedOnly: boolean;
  onFailedOnly(isFailedOnly: boolean): void;
}

/** Above the items of a loop: how many of how many are shown, and those that failed wherever they are. */
export function ItemsBar({ run, items, failed, isFailedOnly, onFailedOnly }: ItemsBarProps) {
  const count = failedText(failed);
  return (
    <div className="row">
      <span role="status" aria-label="Items">
        {isFailedOnly ? count : shownText(run, items)}
        {!isFailedOnly && failed.rows.length > 0 && <span className="soft"> {count}.</span>}
      </span>
      <Switch label="Failed only" isOn={isFailedOnly} onChange={onFailedOnly} />
    </div>
  );
}

/** Below them: the next ones. */
export function MoreItems({ items, total }: { items: Items; total: number | undefined }) {
  const { rows, hasMore, isLoading, error, loadMore } = items;
  if (error !== undefined) return <ErrorState error={error} onRetry={loadMore} />;
  if (!hasMore || (rows.length === 0 && isLoading)) return null;
  const next = total === undefined ? ITEMS_PAGE : Math.min(ITEMS_PAGE, Math.max(1, total - rows.length));
  return (
    <div className="row">
      <Button isPending={isLoading} onPress={loadMore}>
        Show the next {next.toLocaleString()}
      </Button>
    </div>
  );
}

function shownText({ loop }: Run, { rows, hasMore, unreadable }: Items): string {
  const total = loop!.items;
  const lost = unreadable === 0 ? '' : ` ${unreadable.toLocaleString()} cannot be read.`;
  if (rows.length >= total) return `${countText(total, 'item')}.${lost}`;
  const of = `${rows.length.toLocaleString()} of ${countText(total, 'item')}`;
  // What is read to its end and not there has not started.
  return `${of} ${hasMore ? 'shown' : 'started'}.${lost}`;
}

function failedText({ rows, hasMore, isLoading }: Items): string {
  if (rows.length === 0) return isLoading ? 'Looking for failed items' : hasMore ? '' : 'No item failed';
  return `${hasMore ? 'At least ' : ''}${rows.length.toLocaleString()} failed`;
}
