import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { Button } from 'react-aria-components/Button';
import { ListBox, ListBoxItem } from 'react-aria-components/ListBox';
import { Popover } from 'react-aria-components/Popover';
import { Select, SelectValue } from 'react-aria-components/Select';
import { Icon } from '../components/icon.tsx';
import { accountsQuery } from '../data/accounts.ts';

const ALL = 'all accounts';

/** Narrows every page to one account; the choice is `account` of the URL, by name. */
export function AccountSwitcher() {
  const { account } = useSearch({ from: '/frame' });
  const navigate = useNavigate();
  const { data = [] } = useQuery(accountsQuery);
  const names = data.map(({ name }) => name);
  // A link may name an account that is gone: it stays visible as what is asked for.
  const shown = account === undefined || names.includes(account) ? names : [account, ...names];
  return (
    <Select
      className="switcher"
      aria-label="Account"
      value={account ?? ALL}
      onChange={(key) =>
        navigate({ to: '.', search: (search) => ({ ...search, account: key === ALL ? undefined : String(key) }) })
      }
    >
      <Button className="button" data-kind="quiet">
        <SelectValue className="clip" />
        <Icon name="down" size={12} />
      </Button>
      <Popover className="popover">
        <ListBox className="list">
          <ListBoxItem id={ALL} className="list-item">
            All accounts
          </ListBoxItem>
          {shown.map((name) => (
            <ListBoxItem key={name} id={name} className="list-item">
              {name}
            </ListBoxItem>
          ))}
        </ListBox>
      </Popover>
    </Select>
  );
}
