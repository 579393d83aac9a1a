import { useState } from 'react';
import { changesBetween } from '../../builder/changes.ts';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { StatusBadge } from '../../components/status-badge.tsx';
import { useBuilder } from './builder-context.ts';
import { ChangeList } from './publish-dialog.tsx';

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

/** Nothing is overwritten before a person has chosen; what is not chosen can be had by undo. */
function ConflictDialog({ onClose }: { onClose: () => void }) {
  const { saving, saver, edit, document, announce } = useBuilder();
  if (saving.kind !== 'conflict') return null;
  const { theirs } = saving;
  const take = () => {
    if (theirs === undefined) return;
    saver.accept(theirs);
    edit(() => theirs.document);
    announce('This is now their draft. Undo brings yours back.');
  };
  return (
    <Dialog
      title="Somebody else changed this draft"
      onClose={onClose}
      isWide
      actions={
        <>
          <Button onPress={onClose}>Decide later</Button>
          {theirs !== undefined && <Button onPress={take}>Take theirs</Button>}
          <Button kind="primary" onPress={() => saver.overwrite()}>
            Keep mine
          </Button>
        </>
      }
    >
      {theirs === undefined ? (
        <p>
          The draft was published or discarded meanwhile. Your changes are only in this tab. “Keep mine” makes them a
          new draft.
        </p>
      ) : (
        <>
          <p>
            Nothing was overwritten: your changes are only in this tab. “Keep mine” replaces the other draft. “Take
            theirs” shows it here, and undo brings yours back.
          </p>
          <section aria-label="Differences">
            <h3>From theirs to yours</h3>
            <ChangeList changes={changesBetween(theirs.document, document)} />
          </section>
        </>
      )}
    </Dialog>
  );
}
