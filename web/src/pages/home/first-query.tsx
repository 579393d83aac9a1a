import { useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { createRun, type Run } from 'penstock-client';
import { useState } from 'react';
import { Button } from '../../components/button.tsx';
import { Field } from '../../components/field.tsx';
import { FormScope, OtherErrors } from '../../components/form.tsx';
import { Segments } from '../../components/segments.tsx';
import { runStatus, StatusBadge } from '../../components/status-badge.tsx';
import { durationText } from '../../components/time-text.tsx';
import { useAct } from '../../data/act.ts';
import { ask } from '../../data/api-error.ts';
import { stringifyExact } from '../../data/json.ts';
import { useCan } from '../../data/me.ts';
import { FIRST_QUERY, NEW_ROWS } from './demo.ts';

const STATEMENTS = { read: FIRST_QUERY, add: NEW_ROWS } as const;
const MAX_ROWS = 20;

/** A statement on the demo's account, and its result beside it. */
export default function FirstQuery({ account }: { account: string }) {
  const queries = useQueryClient();
  const canRun = useCan('POST /v1/runs');
  const [which, setWhich] = useState<keyof typeof STATEMENTS>('read');
  const [statement, setStatement] = useState<string>(FIRST_QUERY);
  const run = useAct(
    (text: string, headers) =>
      ask(
        createRun({
          body: { action: 'databricks.execute_statement', linked_account: account, input: { statement: text } },
          headers: { ...headers, Prefer: 'wait=30' },
        }),
      ) as Promise<Run>,
    () => queries.invalidateQueries({ queryKey: ['runs'] }),
  );
  return (
    <FormScope className="card first-query" error={run.error}>
      <div className="start-head">
        <h3>Run a first query</h3>
        <Segments
          label="Statement"
          value={which}
          options={[
            { id: 'read', text: 'Read' },
            { id: 'add', text: 'Add rows' },
          ]}
          onChange={(next) => {
            setWhich(next);
            setStatement(STATEMENTS[next]);
            run.reset();
          }}
        />
      </div>
      <Field
        label="SQL"
        hint={
          which === 'add' ? 'The example sync delivers the new rows within 30 seconds.' : 'On 3,000,000 sample flights.'
        }
        value={statement}
        onChange={setStatement}
        pointer="/input/statement"
        isLong
        spellCheck="false"
      />
      {canRun && (
        <div className="row">
          <Button
            kind="primary"
            isPending={run.isPending}
            isDisabled={statement.trim() === ''}
            onPress={() => run.mutate(statement)}
          >
            Run query
          </Button>
          <span role="status" className="soft">
            {run.isPending ? 'Running…' : ''}
          </span>
        </div>
      )}
      <OtherErrors />
      {run.data && <Result run={run.data} />}
    </FormScope>
  );
}

interface Table {
  columns?: { name: string }[];
  rows?: Record<string, unknown>[];
}

function Result({ run }: { run: Run }) {
  const { columns = [], rows = [] } = (run.output ?? {}) as Table;
  return (
    <div className="stack">
      <div className="row">
        <StatusBadge status={runStatus(run)} />
        {run.finished_at !== undefined && (
          <span className="soft">{durationText(Date.parse(run.finished_at) - Date.parse(run.created_at))}</span>
        )}
        <Link to="/runs/$id" params={{ id: run.id }}>
          Open the run
        </Link>
      </div>
      {run.error !== undefined && (
        <p>
          <code>{run.error.code}</code> {run.error.message}
        </p>
      )}
      {rows.length > 0 && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys
        <div className="result" role="region" aria-label="Result" tabIndex={0}>
          <table className="data-table">
            <thead>
              <tr>
                {columns.map(({ name }) => (
                  <th key={name} scope="col">
                    {name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {rows.slice(0, MAX_ROWS).map((row, at) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: rows of a result have no id, and their order is theirs
                <tr key={at}>
                  {columns.map(({ name }) => (
                    <td key={name}>{textOf(row[name])}</td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {rows.length > MAX_ROWS && <p className="soft">The first {MAX_ROWS} rows. The run has the others.</p>}
    </div>
  );
}

function textOf(value: unknown): string {
  if (value === null || value === undefined) return '—';
  return typeof value === 'object' ? stringifyExact(value) : String(value);
}
