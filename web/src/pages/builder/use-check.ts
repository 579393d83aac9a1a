import { type CheckWorkflowData, checkWorkflow, type WorkflowCheck } from 'penstock-client';
import { useCallback, useState } from 'react';
import type { JsonObject } from '../../builder/document.ts';
import { relocate } from '../../builder/relocate.ts';
import { ask } from '../../data/api-error.ts';

/** What publishing a document would say. @throws ApiError */
function checkDocument(document: JsonObject, workflow: string): Promise<WorkflowCheck> {
  // A draft may be anything; the check says what is wrong with it.
  const body = document as unknown as CheckWorkflowData['body'];
  return ask(checkWorkflow({ body, query: { workflow } }));
}

export interface CheckResult {
  report: WorkflowCheck | undefined;
  /** What was checked. */
  document: JsonObject | undefined;
  error: unknown;
  isPending: boolean;
  run(document: JsonObject): Promise<WorkflowCheck | undefined>;
  clear(): void;
}

/** The last check of the document; errors stay shown until the next one. */
export function useCheck(workflow: string): CheckResult {
  const [{ report, document }, setChecked] = useState<{ report?: WorkflowCheck; document?: JsonObject }>({});
  const [error, setError] = useState<unknown>();
  const [isPending, setPending] = useState(false);
  const run = useCallback(
    async (document: JsonObject) => {
      setPending(true);
      setError(undefined);
      try {
        const next = await checkDocument(document, workflow);
        setChecked({ report: next, document });
        return next;
      } catch (failure) {
        setError(failure);
        return undefined;
      } finally {
        setPending(false);
      }
    },
    [workflow],
  );
  const clear = useCallback(() => {
    setChecked({});
    setError(undefined);
  }, []);
  return { report, document, error, isPending, run, clear };
}

/** A report on an earlier document, as it is of the one that is there now. */
export function relocateReport(report: WorkflowCheck, before: JsonObject, now: JsonObject): WorkflowCheck {
  if (before === now) return report;
  const move = <Item extends { pointer: string }>(items: Item[]) =>
    items.flatMap((item) => {
      const pointer = relocate(item.pointer, before, now);
      return pointer === undefined ? [] : [{ ...item, pointer }];
    });
  const { error_count: _, ...rest } = report;
  return { ...rest, errors: move(report.errors), warnings: move(report.warnings) };
}
