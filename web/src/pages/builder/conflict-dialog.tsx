import { useQueryClient } from '@tanstack/react-query';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { useBuilder } from './builder-context.ts';
import { Compare } from './compare.tsx';

/** Nothing is overwritten before a person has chosen; what is not chosen can be had by undo. */
export function ConflictDialog({ onClose }: { onClose: () => void }) {
  const { saving, saver, edit, document, announce } = useBuilder();
  const queries = useQueryClient();
  if (saving.kind !== 'conflict') return null;
  const { theirs } = saving;
  const isVersion = theirs !== undefined && theirs.etag === undefined;
  const take = () => {
    if (theirs === undefined) return;
    saver.accept(theirs);
    edit(() => theirs.document);
    void queries.invalidateQueries({ queryKey: ['workflow'] });
    announce(`This is now ${isVersion ? `version ${theirs.version}` : 'their draft'}. Undo brings yours back.`);
  };
  const keep = () => {
    saver.overwrite();
    void queries.invalidateQueries({ queryKey: ['workflow'] });
    announce('Your draft is kept. Publish makes it a version.');
  };
  return (
    <Dialog
      title={isVersion ? `Somebody else published version ${theirs.version}` : 'Somebody else changed this draft'}
      onClose={onClose}
      isWide
      actions={
        <>
          <Button onPress={onClose}>Decide later</Button>
          {theirs !== undefined && <Button onPress={take}>Take theirs</Button>}
          <Button kind="primary" onPress={keep}>
            Keep mine
          </Button>
        </>
      }
    >
      {theirs === undefined && (
        <p>The draft was discarded meanwhile. Your changes are only in this tab. “Keep mine” makes them a new draft.</p>
      )}
      {theirs !== undefined && (
        <>
          <p>
            Nothing was overwritten: your changes are only in this tab.{' '}
            {isVersion
              ? `“Keep mine” makes them a draft; version ${theirs.version} runs until it is published, and is kept after that.`
              : '“Keep mine” replaces the other draft.'}{' '}
            “Take theirs” shows it here, and undo brings yours back.
          </p>
          <section aria-label="Differences">
            <h3>From theirs to yours</h3>
            <Compare before={theirs.document} after={document} names={['Theirs', 'Yours']} />
          </section>
        </>
      )}
    </Dialog>
  );
}
