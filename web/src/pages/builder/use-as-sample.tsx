import { useQueryClient } from '@tanstack/react-query';
import { saveStepSample } from 'penstock-client';
import { Button } from '../../components/button.tsx';
import { ErrorState } from '../../components/states.tsx';
import { useAct } from '../../data/act.ts';
import { ask } from '../../data/api-error.ts';
import { useCan } from '../../data/me.ts';
import { useBuilder } from './builder-context.ts';

/** Makes a value what the trigger gives in expressions and tests of the draft. `what` begins the sentence that says so. */
export function UseAsSample({
  value,
  what,
  label = 'Use as sample',
}: {
  value: unknown;
  what: string;
  label?: string;
}) {
  const { workflow } = useBuilder();
  const queries = useQueryClient();
  const canPin = useCan('PUT /v1/workflows/{id}/draft/samples/{step}');
  const pin = useAct(
    (sample: unknown, headers) =>
      ask(saveStepSample({ path: { id: workflow.id, step: 'trigger' }, body: { value: sample }, headers })),
    () => queries.invalidateQueries({ queryKey: ['sample', workflow.id, 'trigger'] }),
  );
  if (!canPin) return null;
  return (
    <>
      <div className="row">
        <Button isPending={pin.isPending} onPress={() => pin.mutate(value)}>
          {label}
        </Button>
        {pin.isSuccess && (
          <span role="status">{what} is now the sample of the trigger: expressions and tests of steps read it.</span>
        )}
      </div>
      {pin.isError && <ErrorState error={pin.error} />}
    </>
  );
}
