import type { WorkflowCheck } from 'penstock-client';
import { placeAround } from '../../builder/document.ts';
import { TRIGGER_NODE } from '../../builder/graph.ts';
import { countText } from '../../components/count-text.ts';
import { Notice } from '../../components/notice.tsx';
import { useBuilder } from './builder-context.ts';
import { focusPlace } from './focus-place.ts';

interface CheckListProps {
  report: WorkflowCheck;
  /** Nothing was changed since: only then it is said that there are no errors. */
  isCurrent?: boolean;
  onGo?: () => void;
}

/** Every error and warning of a check, each with a way to its place. */
export function CheckList({ report, isCurrent = true, onGo }: CheckListProps) {
  const { document, select, focusPanel, open } = useBuilder();
  const go = (pointer: string) => {
    const place = placeAround(document, pointer);
    onGo?.();
    if (place !== undefined) select(place.key, tabOf(pointer.slice(place.pointer.length)));
    else if (pointer.startsWith('/trigger')) select(TRIGGER_NODE);
    else open('settings');
    focusPlace(pointer, focusPanel);
  };
  const whereOf = (pointer: string) => {
    const place = placeAround(document, pointer);
    const rest = pointer.slice(place?.pointer.length ?? 0).replaceAll('/', ' › ');
    return place === undefined ? rest.slice(3) || 'The workflow' : `${place.key}${rest}`;
  };
  const { errors, warnings, error_count: count = errors.length } = report;
  return (
    <div className="stack" role="status">
      {report.valid && isCurrent && warnings.length === 0 && (
        <Notice state="succeeded">The check found no errors.</Notice>
      )}
      {!report.valid && errors.length === 0 && (
        <Notice state="queued">What the check found was changed since. Check again.</Notice>
      )}
      {errors.length > 0 && (
        <Notice state="failed">
          <strong>{countText(count, 'error')}</strong>
          <ul className="check-list">
            {errors.map((error) => (
              <li key={`${error.pointer} ${error.message}`}>
                <button type="button" className="link" onClick={() => go(error.pointer)}>
                  {whereOf(error.pointer)}
                </button>{' '}
                {error.message}
              </li>
            ))}
          </ul>
          {count > errors.length && <p>The first {errors.length} are shown.</p>}
        </Notice>
      )}
      {warnings.length > 0 && (
        <Notice state="waiting">
          <ul className="check-list">
            {warnings.map((warning) => (
              <li key={`${warning.pointer} ${warning.code}`}>
                <button type="button" className="link" onClick={() => go(warning.pointer)}>
                  {whereOf(warning.pointer)}
                </button>{' '}
                {warning.message}
              </li>
            ))}
          </ul>
        </Notice>
      )}
    </div>
  );
}

/** Which tab of a step has a property. */
function tabOf(below: string): string {
  return /^\/(input|options|linked_account|authentication|action)(\/|$)/.test(below) ? 'input' : 'settings';
}
