import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { listActions, listWorkflows } from 'penstock-client';
import { useState } from 'react';
import { Autocomplete, useFilter } from 'react-aria-components/Autocomplete';
import { Input } from 'react-aria-components/Input';
import { Menu, MenuItem } from 'react-aria-components/Menu';
import { SearchField } from 'react-aria-components/SearchField';
import { Dialog } from '../components/dialog.tsx';
import { ask } from '../data/api-error.ts';
import { PLACES } from './navigation.tsx';

interface Target {
  id: string;
  text: string;
  kind: string;
  to: string;
}

const RUN_ID = /^run_\w+$/;
const MAX_SHOWN = 200;
const MAX_ACTIONS = 20;

/** Goes to a page, a workflow, an action or a run by a few letters. */
export default function CommandPalette({ onClose }: { onClose: () => void }) {
  const navigate = useNavigate();
  const [text, setText] = useState('');
  const { contains } = useFilter({ sensitivity: 'base' });
  const { data: workflows } = useQuery({
    queryKey: ['palette', 'workflows'],
    queryFn: ({ signal }) => ask(listWorkflows({ query: { limit: MAX_SHOWN }, signal })),
  });
  const word = text.trim();
  const { data: actions } = useQuery({
    queryKey: ['palette', 'actions', word],
    queryFn: ({ signal }) => ask(listActions({ query: { search: word, limit: MAX_ACTIONS }, signal })),
    enabled: word.length > 1,
    placeholderData: (before) => before,
  });
  const targets: Target[] = [
    ...(RUN_ID.test(word) ? [{ id: word, text: word, kind: 'Run', to: `/runs/${word}` }] : []),
    ...PLACES.map(({ to, title }) => ({ id: to, text: title, kind: 'Page', to })),
    ...(workflows?.items ?? []).map(({ id, name }) => ({ id, text: name, kind: 'Workflow', to: `/workflows/${id}` })),
    ...(word.length > 1 ? (actions?.items ?? []) : []).map(({ id, title }) => ({
      id,
      text: `${title} (${id})`,
      kind: 'Action',
      to: `/actions/${id}`,
    })),
  ];
  const open = (key: string | number) => {
    const target = targets.find(({ id }) => id === key);
    if (target === undefined) return;
    onClose();
    navigate({ href: `/app${target.to === '/' ? '/' : target.to}` });
  };
  return (
    <Dialog title="Search or go to" onClose={onClose} isWide>
      <Autocomplete inputValue={text} onInputChange={setText} filter={(name, typed) => contains(name, typed.trim())}>
        <SearchField aria-label="Page, workflow, action or run id" autoFocus>
          <Input className="input" placeholder="Page, workflow, action or run id" />
        </SearchField>
        <Menu
          className="palette-list"
          aria-label="Results"
          items={targets}
          onAction={open}
          renderEmptyState={() => <p className="soft">Nothing has this name.</p>}
        >
          {({ id, text: name, kind }: Target) => (
            <MenuItem id={id} textValue={name} className="list-item">
              <span className="clip">{name}</span>
              <span className="soft small">{kind}</span>
            </MenuItem>
          )}
        </Menu>
      </Autocomplete>
    </Dialog>
  );
}
