import { type CheckWorkflowData, checkWorkflow, type WorkflowCheck } from 'penstock-client';
import { useCallback, useState } from 'react';
import type { JsonObject } from '../../builder/document.ts';
import { ask } from '../../data/api-error.ts';

/** What publishing a document would say. @throws ApiError */
export function checkDocument(document: JsonObject, workflow: string): Promise<WorkflowCheck> {
  // A draft may be anything; the check says what is wrong with it.
  const body = document as unknown as CheckWorkflowData['body'];
  return ask(checkWorkflow({ body, query: { workflow } }));
}

export interface CheckResult {
  report: WorkflowCheck | undefined;
  error: unknown;
  isPending: boolean;
  run(document: JsonObject): Promise<WorkflowCheck | undefined>;
  clear(): void;
}

/** The last check of the document; errors stay shown until the next one. */
export function useCheck(workflow: string): CheckResult {
  const [report, setReport] = useState<WorkflowCheck>();
  const [error, setError] = useState<unknown>();
  const [isPending, setPending] = useState(false);
  const run = useCallback(
    async (document: JsonObject) => {
      setPending(true);
      setError(undefined);
      try {
        const next = await checkDocument(document, workflow);
        setReport(next);
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
    setReport(undefined);
    setError(undefined);
  }, []);
  return { report, error, isPending, run, clear };
}
