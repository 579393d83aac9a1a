import { useQueryClient } from '@tanstack/react-query';
import { lazy, Suspense, useCallback } from 'react';
import { isObject } from '../../builder/document.ts';
import { markersIn } from '../../builder/sql.ts';
import { Button } from '../../components/button.tsx';
import { type ControlProps, useForm } from '../../forms/form-context.ts';
import { useCaret, useStandIn } from './hand-over.ts';
import { type SqlSource, sqlNamesAt } from './sql-names.ts';
import type { SqlEditorProps } from './sql-props.ts';

/** Whose names a statement uses: the connector of the step or trigger, and its account. */
export type SqlAccount = Pick<SqlSource, 'connector' | 'account'> | undefined;

// Where the editor cannot be loaded, a plain field takes its place.
const Editor = lazy(() => import('./sql-editor.tsx').catch(() => ({ default: PlainSql })));

/** A field with a SQL statement; without an account, names are not completed. */
export function SqlControl({ control, account }: { control: ControlProps; account: SqlAccount }) {
  const { id, title, value, onChange, isEntry, describedBy, isInvalid } = control;
  const queries = useQueryClient();
  const { current, root, change } = useForm();
  const text = value === undefined ? '' : String(value);
  const { connector, account: name } = account ?? {};
  const names = useCallback(
    async (sql: string, at: number) => {
      if (connector === undefined || name === undefined) return [];
      const beside = current();
      const plain = (field: string) => {
        const given = beside[field];
        return typeof given === 'string' && given !== '' && !given.includes('{{') ? given : undefined;
      };
      const source = { queries, connector, account: name, catalog: plain('catalog'), schema: plain('schema') };
      return sqlNamesAt(source, sql, at);
    },
    [queries, connector, name, current],
  );
  const takesParameters = root.properties?.parameters !== undefined;
  const list = current().parameters;
  const given = Array.isArray(list) ? list.flatMap((each) => (isObject(each) ? String(each.name ?? '') : [])) : [];
  const missing = takesParameters ? markersIn(text).filter((marker) => !given.includes(marker)) : [];
  const editor: SqlEditorProps = {
    id,
    label: title,
    text,
    onChange: (typed) => onChange(typed === '' && !isEntry ? undefined : typed),
    describedBy,
    isInvalid,
    caret: useCaret(),
    parameters: [...new Set([...given, ...markersIn(text)])],
    names,
  };
  return (
    <>
      <Suspense fallback={<PlainSql {...editor} />}>
        <Editor {...editor} />
      </Suspense>
      {missing.length > 0 && (
        <div className="row small">
          <span className="soft">No value is given for {missing.map((marker) => `:${marker}`).join(', ')}.</span>
          <Button
            kind="quiet"
            onPress={() =>
              change('/parameters', [...(Array.isArray(list) ? list : []), ...missing.map((each) => ({ name: each }))])
            }
          >
            Add {missing.length === 1 ? 'the parameter' : 'the parameters'}
          </Button>
        </div>
      )}
      {account === undefined && <p className="small soft">Choose a linked account to complete names of tables.</p>}
    </>
  );
}

function PlainSql({ id, label, text, onChange, describedBy, isInvalid, caret }: SqlEditorProps) {
  const field = useStandIn(caret);
  return (
    <textarea
      id={id}
      className="input mono"
      aria-label={label}
      ref={field}
      rows={6}
      value={text}
      spellCheck={false}
      aria-describedby={describedBy}
      aria-invalid={isInvalid || undefined}
      onChange={(event) => onChange(event.target.value)}
    />
  );
}
