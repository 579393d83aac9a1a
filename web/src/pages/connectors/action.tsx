import { useQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { type Action, createRun, getAction } from 'penstock-client';
import { useCallback, useState } from 'react';
import { Button } from '../../components/button.tsx';
import { CopyId } from '../../components/copy-id.tsx';
import { FormScope, OtherErrors } from '../../components/form.tsx';
import { Icon } from '../../components/icon.tsx';
import { Page } from '../../components/page.tsx';
import { ErrorState, Skeleton } from '../../components/states.tsx';
import { useAct } from '../../data/act.ts';
import { ask, errorUnder } from '../../data/api-error.ts';
import { catalogQuery, FRESH_MS } from '../../data/catalog.ts';
import { useChoices } from '../../data/choices.ts';
import { useCan } from '../../data/me.ts';
import { InputForm } from '../../forms/input-form.tsx';
import { emptyOf, type JsonObject, type Schema } from '../../forms/schema.ts';
import { useUndo } from '../../forms/undo.ts';
import { AccountChoice } from '../accounts/account-choice.tsx';
import { CallDialog } from './call-dialog.tsx';
import type { CallToCopy } from './call-text.ts';
import { ConnectorIcon } from './connector-icon.tsx';
import { EFFECTS, EffectMark } from './effect.tsx';
import { Result } from './result.tsx';
import { useRunAccount } from './run-account.ts';
import { mustAsk, RunDialog } from './run-dialog.tsx';
import { UseDialog } from './use-dialog.tsx';

const route = getRouteApi('/frame/actions/$id');

/** An action: its form, and beside it the result of running it. */
export function ActionPage() {
  const { id } = route.useParams();
  const action = useQuery({
    queryKey: ['action', id],
    queryFn: ({ signal }) => ask(getAction({ path: { id }, signal })),
    staleTime: FRESH_MS,
  });
  if (action.isError) {
    return (
      <Page title="Action">
        <ErrorState error={action.error} onRetry={() => action.refetch()} />
      </Page>
    );
  }
  if (action.isPending) return <Skeleton lines={8} />;
  return <ActionForm key={id} action={action.data} />;
}

function ActionForm({ action }: { action: Action }) {
  const schema = action.input as Schema;
  const search = route.useSearch();
  const navigate = useNavigate();
  const { data: catalog } = useQuery(catalogQuery);
  const connector = catalog?.connectors.find(({ id }) => id === action.connector);
  const { account, isNeeded } = useRunAccount(action.connector, search.account);
  const [start] = useState(() => emptyOf(schema, schema) as JsonObject);
  const history = useUndo<JsonObject>(start);
  const [options, setOptions] = useState<JsonObject>({});
  const [problems, setProblems] = useState<ReadonlyMap<string, string>>(new Map());
  const [optionProblems, setOptionProblems] = useState<ReadonlyMap<string, string>>(new Map());
  const choices = useChoices('action', action.id, account);
  const canRun = useCan('POST /v1/runs');
  const canUse = useCan('POST /v1/workflows');
  const set = useCallback(
    (change: Record<string, string | undefined>) =>
      navigate({ to: '.', replace: true, search: (before) => ({ ...before, ...change }) }),
    [navigate],
  );
  const run = useAct(
    (call: CallToCopy, headers) => ask(createRun({ body: bodyOf(call), headers })),
    ({ id }) => set({ run: id }),
  );
  const call: CallToCopy = { action: action.id, account, input: history.value, options };
  const hasWrongOption = errorUnder(run.error, '/options') !== undefined;
  const wrong = problems.size + optionProblems.size;
  const start_ = () => {
    set({ dialog: undefined });
    run.mutate(call);
  };
  const close = () => set({ dialog: undefined });
  return (
    <Page
      title={action.title}
      beside={
        <>
          <ConnectorIcon connector={connector} size={24} />
          <CopyId value={action.id} />
          <EffectMark effect={action.effect} isDestructive={action.destructive} />
        </>
      }
      actions={
        <>
          <Button kind="quiet" onPress={() => set({ dialog: 'cli' })}>
            As CLI
          </Button>
          <Button kind="quiet" onPress={() => set({ dialog: 'http' })}>
            As HTTP
          </Button>
          {canUse && <Button onPress={() => set({ dialog: 'use' })}>Use in a workflow</Button>}
        </>
      }
    >
      <div className="action-about">
        <p>
          {action.description}{' '}
          {action.docs !== undefined && (
            <a href={action.docs} target="_blank" rel="noreferrer">
              Documentation
              <Icon name="external" size={12} />
            </a>
          )}
        </p>
        <p className="soft">{EFFECTS[action.effect].text}</p>
      </div>
      <FormScope className="action-page" error={run.error}>
        <div className="stack">
          {isNeeded && (
            <AccountChoice
              connector={action.connector}
              value={account}
              onChange={(name) => set({ account: name })}
              pointer="/linked_account"
            />
          )}
          <Examples action={action} onUse={(input) => history.change(input)} />
          <InputForm
            label="Input"
            schema={schema}
            value={history.value}
            onChange={history.change}
            pointer="/input"
            onProblems={setProblems}
            choices={choices}
            buttons={
              <>
                <Button kind="quiet" isDisabled={history.undo === undefined} onPress={history.undo ?? nothing}>
                  Undo
                </Button>
                <Button kind="quiet" isDisabled={history.redo === undefined} onPress={history.redo ?? nothing}>
                  Redo
                </Button>
              </>
            }
          />
          {action.options !== undefined && (
            <details className="form-advanced" open={hasWrongOption || undefined}>
              <summary>Run options</summary>
              <InputForm
                label="Run options"
                schema={action.options as Schema}
                value={options}
                onChange={setOptions}
                pointer="/options"
                onProblems={setOptionProblems}
              />
            </details>
          )}
        </div>
        <section className="action-result" aria-label="Result">
          {canRun && (
            <div className="row">
              <Button
                kind="primary"
                isPending={run.isPending}
                isDisabled={wrong > 0 || (isNeeded && account === undefined)}
                onPress={() => (mustAsk(action) ? set({ dialog: 'run' }) : start_())}
              >
                Run
              </Button>
              {wrong > 0 && (
                <span className="field-error">
                  {wrong === 1 ? 'One field is' : `${wrong} fields are`} not complete. Correct that first.
                </span>
              )}
              {isNeeded && account === undefined && <span className="soft">Choose a linked account first.</span>}
            </div>
          )}
          <OtherErrors />
          {search.run !== undefined ? (
            <Result key={search.run} id={search.run} action={action.id} />
          ) : (
            <p className="soft action-empty">
              {canRun ? 'The result appears here.' : 'Your role may read this action, and not run it.'}
            </p>
          )}
        </section>
      </FormScope>
      {search.dialog === 'run' && canRun && (
        <RunDialog action={action} account={account} onRun={start_} onClose={close} />
      )}
      {(search.dialog === 'cli' || search.dialog === 'http') && (
        <CallDialog form={search.dialog} call={call} schema={schema} onClose={close} />
      )}
      {search.dialog === 'use' && canUse && <UseDialog action={action} call={call} onClose={close} />}
    </Page>
  );
}

function Examples({ action, onUse }: { action: Action; onUse: (input: JsonObject) => void }) {
  const examples = action.examples as { title: string; input: JsonObject }[];
  if (examples.length === 0) return null;
  return (
    <div className="row small">
      <span className="soft">Fill in an example:</span>
      {examples.map(({ title, input }) => (
        <Button key={title} kind="quiet" onPress={() => onUse(input)}>
          {title}
        </Button>
      ))}
    </div>
  );
}

function bodyOf({ action, account, input, options }: CallToCopy) {
  return {
    action,
    ...(account === undefined ? {} : { linked_account: account }),
    input,
    ...(Object.keys(options).length === 0 ? {} : { options }),
  };
}

function nothing(): void {}
