import { useMemo, useState } from 'react';
import type { Spot } from '../../builder/edit.ts';
import { HIDDEN } from '../../builder/saver.ts';
import { importFile, pasteSteps, readSteps, withAccounts } from '../../builder/transfer.ts';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { Field } from '../../components/field.tsx';
import { Notice } from '../../components/notice.tsx';
import { AccountsAgain, type ChosenAccounts } from './accounts-again.tsx';
import { useBuilder } from './builder-context.ts';

/** Steps as JSON, for those who cannot paste into the outline. */
export function PasteDialog({ spot }: { spot: Spot }) {
  const { document, edit, select, close, announce } = useBuilder();
  const [text, setText] = useState('');
  const [problem, setProblem] = useState<string>();
  const paste = () => {
    const read = readSteps(text);
    const pasted = 'problem' in read ? read : pasteSteps(document, spot, read.value);
    if ('problem' in pasted) return setProblem(pasted.problem);
    edit(() => pasted.value.document);
    close();
    select(pasted.value.key);
    announce(`Pasted ${pasted.value.key}`);
  };
  return (
    <Dialog
      title="Paste steps"
      onClose={close}
      isWide
      actions={
        <>
          <Button onPress={close}>Close</Button>
          <Button kind="primary" isDisabled={text.trim() === ''} onPress={paste}>
            Paste
          </Button>
        </>
      }
    >
      <Field
        label="Steps as JSON"
        value={text}
        onChange={(next) => {
          setText(next);
          setProblem(undefined);
        }}
        isLong
        autoFocus
        spellCheck="false"
        hint="What “Copy” of a step has put on the clipboard, here or in another window."
        {...(problem === undefined ? {} : { error: problem })}
      />
    </Dialog>
  );
}

/** Replaces the draft by the workflow of a file; one undo brings the old one back. */
export function ImportDialog() {
  const { document, edit, close, announce } = useBuilder();
  const [text, setText] = useState('');
  const [problem, setProblem] = useState<string>();
  const [accounts, setAccounts] = useState<ChosenAccounts>(new Map());
  const read = useMemo(() => (text.trim() === '' ? undefined : importFile(text)), [text]);
  const imported = read !== undefined && 'value' in read ? read.value.document : undefined;
  const take = () => {
    if (read === undefined) return;
    if ('problem' in read) return setProblem(read.problem);
    const { name } = document;
    const taken = withAccounts(read.value.document, accounts);
    edit(() => ({ ...taken, name: name ?? taken.name }));
    close();
    announce('The draft is now the workflow of the file. Undo brings the old one back.');
  };
  return (
    <Dialog
      title="Import a workflow"
      onClose={close}
      isWide
      actions={
        <>
          <Button onPress={close}>Close</Button>
          <Button kind="primary" isDisabled={text.trim() === ''} onPress={take}>
            Replace the draft
          </Button>
        </>
      }
    >
      <div className="field">
        <label htmlFor="import-file">File</label>
        <input
          id="import-file"
          type="file"
          accept="application/json,.json"
          onChange={(event) => {
            setProblem(undefined);
            void event.target.files?.[0]?.text().then(setText, (error) => setProblem(String(error)));
          }}
        />
      </div>
      <Field
        label="Workflow as JSON"
        value={text}
        onChange={(next) => {
          setText(next);
          setProblem(undefined);
        }}
        isLong
        spellCheck="false"
        {...(problem === undefined ? {} : { error: problem })}
      />
      {imported !== undefined && (
        <>
          <AccountsAgain document={imported} chosen={accounts} onChange={setAccounts} />
          {text.includes(HIDDEN) && (
            <Notice state="waiting">Secrets are not in files: those shown as [secret] are typed again.</Notice>
          )}
        </>
      )}
    </Dialog>
  );
}
