import { useState } from 'react';
import { Button } from '../../components/button.tsx';
import { StatusBadge } from '../../components/status-badge.tsx';
import { useBuilder } from './builder-context.ts';
import { ConflictDialog } from './conflict-dialog.tsx';

/** Whether the server has the draft; a second editor is told here and chooses. */
export function SaveLine() {
  const { saving } = useBuilder();
  const text = {
    saved: 'Saved',
    unsaved: 'Not saved yet',
    saving: 'Saving',
    waiting: 'Not saved: the server cannot be reached',
    refused: 'Not saved',
    conflict: 'Not saved: somebody else changed the draft',
  }[saving.kind];
  const status = {
    saved: 'succeeded',
    unsaved: 'queued',
    saving: 'running',
    waiting: 'late',
    refused: 'failed',
    conflict: 'failed',
  }[saving.kind];
  return (
    <span className="row">
      <span role="status" aria-label="Draft">
        <StatusBadge status={status} word={text} />
      </span>
      {(saving.kind === 'waiting' || saving.kind === 'refused') && <span className="soft small">{saving.message}</span>}
      {saving.kind === 'conflict' && <ConflictButton />}
    </span>
  );
}

function ConflictButton() {
  const [isOpen, setOpen] = useState(true);
  return (
    <>
      <Button onPress={() => setOpen(true)}>Choose a draft</Button>
      {isOpen && <ConflictDialog onClose={() => setOpen(false)} />}
    </>
  );
}
