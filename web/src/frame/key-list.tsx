import { Fragment } from 'react';
import { Button } from '../components/button.tsx';
import { Dialog } from '../components/dialog.tsx';
import { useStore } from '../data/store.ts';
import { bindings } from './keys.ts';

/** The keys that work on the page that is open. */
export function KeyList({ onClose }: { onClose: () => void }) {
  const known = useStore(bindings);
  return (
    <Dialog title="Keys" onClose={onClose} actions={<Button onPress={onClose}>Close</Button>}>
      <dl className="keys">
        <dt>
          <kbd>Ctrl K</kbd>
        </dt>
        <dd>Search or go to</dd>
        {known.map(({ keys, label }) => (
          <Fragment key={keys}>
            <dt>
              {keys.split(' ').map((key) => (
                <Fragment key={key}>
                  <kbd>{key}</kbd>{' '}
                </Fragment>
              ))}
            </dt>
            <dd>{label}</dd>
          </Fragment>
        ))}
      </dl>
    </Dialog>
  );
}
