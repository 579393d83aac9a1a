import { useState } from 'react';
import type { Spot } from '../../builder/edit.ts';
import { importFile, pasteSteps, readSteps } from '../../builder/transfer.ts';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { Field } from '../../components/field.tsx';
import { Notice } from '../../components/notice.tsx';
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
  const read = text.trim() === '' ? undefined : importFile(text);
  const accounts = read !== undefined && 'value' in read ? read.value.accounts : [];
  const take = () => {
    if (read === undefined) return;
    if ('problem' in read) return setProblem(read.problem);
    const { name } = document;
    edit(() => ({ ...read.value.document, name: name ?? read.value.document.name }));
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
      {accounts.length > 0 && (
        <Notice state="waiting">
          It uses these accounts. Choose them again where they have other names here: {accounts.join(', ')}. Secrets are
          not in files: those shown as [secret] are typed again.
        </Notice>
      )}
    </Dialog>
  );
}
