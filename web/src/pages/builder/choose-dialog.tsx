import { useState } from 'react';
import { Autocomplete } from 'react-aria-components/Autocomplete';
import { Input } from 'react-aria-components/Input';
import { ListBox, ListBoxItem } from 'react-aria-components/ListBox';
import { SearchField } from 'react-aria-components/SearchField';
import { Dialog } from '../../components/dialog.tsx';
import { Skeleton } from '../../components/states.tsx';

/** What can be chosen: an action or a trigger. */
interface Item {
  id: string;
  connector: string;
  title: string;
  group: string;
  description: string;
  effect?: string;
  destructive?: boolean;
}

interface ChooseDialogProps {
  /** `Choose an action`. */
  title: string;
  items: ReadonlyMap<string, Item> | undefined;
  /** The names of the step before that an item needs: those that need one come first. */
  fitting?: (id: string) => readonly string[];
  /** Under which name the recent ones are remembered. */
  recentKey: string;
  onChoose(id: string): void;
  onClose(): void;
}

const MAX_SHOWN = 200;
const MAX_RECENT = 6;

const NOTHING_FITS = () => [];

/**
 * Finds one of all actions or triggers by words of its title, connector, group or description; recent ones come first, then those that
 * fit what is before.
 */
export function ChooseDialog(props: ChooseDialogProps) {
  const { title, items, fitting = NOTHING_FITS, recentKey, onChoose, onClose } = props;
  const [text, setText] = useState('');
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const recent = readRecent(recentKey);
  const all = items === undefined ? [] : [...items.values()];
  const found = all
    .filter((item) => {
      const searched = `${item.id} ${item.title} ${item.group} ${item.description}`.toLowerCase();
      return words.every((word) => searched.includes(word));
    })
    .map((item) => ({ ...item, fits: fitting(item.id) }))
    .sort((a, b) => rank(a) - rank(b) || Number(b.fits.length > 0) - Number(a.fits.length > 0));
  function rank(item: Item): number {
    const place = recent.indexOf(item.id);
    if (words.length === 0) return place < 0 ? MAX_RECENT : place;
    const name = `${item.title} ${item.id}`.toLowerCase();
    return words.every((word) => name.includes(word)) ? (place < 0 ? 1 : 0) : 2;
  }
  const choose = (key: string | number) => {
    remember(recentKey, String(key));
    onChoose(String(key));
  };
  return (
    <Dialog title={title} onClose={onClose} isWide>
      {items === undefined ? (
        <Skeleton />
      ) : (
        <Autocomplete inputValue={text} onInputChange={setText}>
          <SearchField aria-label="Search" autoFocus>
            <Input className="input" placeholder="Title, connector or what it does" />
          </SearchField>
          <ListBox
            className="palette-list choose-list"
            aria-label="Results"
            items={found.slice(0, MAX_SHOWN)}
            onAction={choose}
            renderEmptyState={() => <p className="soft">Nothing has these words.</p>}
          >
            {(item: Item & { fits: readonly string[] }) => (
              <ListBoxItem id={item.id} textValue={item.title} className="list-item choose-item">
                <span className="choose-head">
                  <strong className="clip">{item.title}</strong>
                  <span className="soft small">
                    {[
                      words.length === 0 && recent.includes(item.id) ? 'recent' : undefined,
                      item.fits.length === 0 ? undefined : `takes ${item.fits.join(', ')}`,
                      item.destructive === true
                        ? 'destructive'
                        : item.effect === 'safe'
                          ? 'changes nothing'
                          : undefined,
                      item.group.toLowerCase() === item.connector ? undefined : item.group,
                      item.connector,
                    ]
                      .filter(Boolean)
                      .join(' · ')}
                  </span>
                </span>
                <span className="soft small choose-text">{item.description}</span>
              </ListBoxItem>
            )}
          </ListBox>
          <p className="soft small" role="status">
            {found.length > MAX_SHOWN
              ? `The first ${MAX_SHOWN} of ${found.length.toLocaleString()}. Type more words.`
              : `${found.length.toLocaleString()} found`}
          </p>
        </Autocomplete>
      )}
    </Dialog>
  );
}

function readRecent(key: string): string[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(key) ?? '[]');
    return Array.isArray(kept) ? kept.filter((id): id is string => typeof id === 'string') : [];
  } catch {
    return []; // Nothing that can be read is remembered.
  }
}

function remember(key: string, id: string): void {
  try {
    const ids = [id, ...readRecent(key).filter((other) => other !== id)].slice(0, MAX_RECENT);
    localStorage.setItem(key, JSON.stringify(ids));
  } catch {
    // The storage is forbidden: nothing is remembered.
  }
}
