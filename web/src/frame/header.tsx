import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { deleteSession } from 'penstock-client';
import { Button } from 'react-aria-components/Button';
import { Header as Title } from 'react-aria-components/Header';
import { Menu, MenuItem, MenuSection, MenuTrigger } from 'react-aria-components/Menu';
import { Popover } from 'react-aria-components/Popover';
import { IconButton } from '../components/button.tsx';
import { Icon } from '../components/icon.tsx';
import { ask } from '../data/api-error.ts';
import { meQuery } from '../data/me.ts';
import { useStore } from '../data/store.ts';
import { AccountSwitcher } from './account-switcher.tsx';
import { chooseTheme, type Theme, theme } from './theme.ts';

/** Brand, account switcher, search, keys, and who is signed in. */
export function Header({ onSearch, onKeys }: { onSearch: () => void; onKeys: () => void }) {
  return (
    <header className="header">
      <Link to="/" className="brand" search={{}}>
        Penstock
      </Link>
      <AccountSwitcher />
      <span className="header-space" />
      <Button className="button search-button" onPress={onSearch}>
        <Icon name="search" />
        <span>Search or go to</span>
        <kbd>Ctrl K</kbd>
      </Button>
      <IconButton icon="keyboard" label="Keys" onPress={onKeys} />
      <PersonMenu />
    </header>
  );
}

const THEMES: readonly { id: Theme; text: string }[] = [
  { id: 'system', text: 'System theme' },
  { id: 'light', text: 'Light theme' },
  { id: 'dark', text: 'Dark theme' },
];

function PersonMenu() {
  const { data: me } = useQuery(meQuery);
  const chosen = useStore(theme);
  if (me === undefined) return null;
  return (
    <MenuTrigger>
      <Button className="button" data-kind="quiet" aria-label={`Signed in as ${me.key.name}`}>
        <Icon name="accounts" />
        <Icon name="down" size={12} />
      </Button>
      <Popover className="popover" placement="bottom end">
        <Menu className="list" aria-label="Signed in">
          <MenuSection
            aria-label="Theme"
            selectionMode="single"
            disallowEmptySelection
            selectedKeys={[chosen]}
            onSelectionChange={(keys) => chooseTheme([...(keys as Set<Theme>)][0] ?? 'system')}
          >
            <Title className="list-item soft small">
              {me.key.name} · {me.role} · {me.tenant.name}
            </Title>
            {THEMES.map(({ id, text }) => (
              <MenuItem key={id} id={id} className="list-item" textValue={text}>
                {text}
                {id === chosen && <Icon name="check" />}
              </MenuItem>
            ))}
          </MenuSection>
          <MenuItem id="sign-out" className="list-item" onAction={signOut}>
            Sign out
          </MenuItem>
        </Menu>
      </Popover>
    </MenuTrigger>
  );
}

/** Loads the page again, so that nothing of the person stays in memory. */
async function signOut(): Promise<void> {
  await ask(deleteSession());
  window.location.assign('/app/login');
}
