import { Button } from 'react-aria-components/Button';
import { ComboBox } from 'react-aria-components/ComboBox';
import { Input } from 'react-aria-components/Input';
import { Label } from 'react-aria-components/Label';
import { ListBox, ListBoxItem } from 'react-aria-components/ListBox';
import { Popover } from 'react-aria-components/Popover';
import { Text } from 'react-aria-components/Text';
import type { Place } from '../../builder/document.ts';
import { possibleNeeds, setNeeds } from '../../builder/edit.ts';
import { Icon } from '../../components/icon.tsx';
import { useBuilder } from './builder-context.ts';

/** The edges that lead to a step: the steps that must end before it. */
export function NeedsChoice({ place }: { place: Place }) {
  const { document, edit, canEdit } = useBuilder();
  const possible = possibleNeeds(document, place.key);
  const known = new Set(possible.map(({ id }) => id));
  const wrong = place.needs.filter((id) => !known.has(id));
  const set = (needs: readonly string[]) => edit((before) => setNeeds(before, place.key, needs));
  return (
    <div className="stack-tight">
      <ComboBox
        className="field"
        selectionMode="multiple"
        value={place.needs.filter((id) => known.has(id))}
        onChange={(keys) => set([...keys.map(String), ...wrong])}
        items={possible.map(({ id }) => ({ id }))}
        isDisabled={!canEdit}
        menuTrigger="focus"
        allowsEmptyCollection
      >
        <Label>Runs after</Label>
        <div className="combo">
          <Input className="input" placeholder={place.needs.join(', ') || 'Nothing: it starts at once'} />
          <Button className="button" data-kind="quiet" data-square>
            <Icon name="down" />
          </Button>
        </div>
        <Text slot="description" className="field-hint">
          {place.needs.length === 0
            ? 'It starts when the run starts, beside other steps.'
            : `It starts when ${place.needs.length === 1 ? 'this has' : 'all of these have'} ended: ${place.needs.join(', ')}.`}
        </Text>
        <Popover className="popover">
          <ListBox
            className="list"
            renderEmptyState={() => <p className="soft small">No other step can come before it.</p>}
          >
            {({ id }: { id: string }) => (
              <ListBoxItem id={id} textValue={id} className="list-item">
                {({ isSelected }) => (
                  <>
                    <Icon name={isSelected ? 'check' : 'plus'} size={14} />
                    {id}
                  </>
                )}
              </ListBoxItem>
            )}
          </ListBox>
        </Popover>
      </ComboBox>
      {wrong.length > 0 && (
        <p className="field-error">
          {wrong.join(', ')} cannot come before it: no such step, one of another branch, or one that waits for this
          step.{' '}
          <button type="button" className="link" onClick={() => set(place.needs.filter((id) => known.has(id)))}>
            Remove
          </button>
        </p>
      )}
    </div>
  );
}
