import { Link, useNavigate } from '@tanstack/react-router';
import { Icon, type IconName } from '../components/icon.tsx';
import { useKeys } from './keys.ts';

/** The six places, and the letter after `g` that leads there. */
export const PLACES = [
  { to: '/', title: 'Home', icon: 'home', letter: 'h' },
  { to: '/workflows', title: 'Workflows', icon: 'workflows', letter: 'w' },
  { to: '/runs', title: 'Runs', icon: 'runs', letter: 'r' },
  { to: '/accounts', title: 'Accounts', icon: 'accounts', letter: 'a' },
  { to: '/connectors', title: 'Connectors', icon: 'connectors', letter: 'c' },
  { to: '/settings', title: 'Settings', icon: 'settings', letter: 's' },
] as const satisfies readonly { to: string; title: string; icon: IconName; letter: string }[];

/** Links to the six places. */
export function Navigation() {
  return (
    <nav className="nav" aria-label="Main">
      <ul>
        {PLACES.map(({ to, title, icon }) => (
          <li key={to}>
            <Link to={to} activeOptions={{ exact: to === '/', includeSearch: false }}>
              <Icon name={icon} />
              {title}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}

/** `g` and a letter lead to a place. */
export function useNavigationKeys(): void {
  const navigate = useNavigate();
  useKeys(
    PLACES.map(({ to, title, letter }) => ({
      keys: `g ${letter}`,
      label: `Go to ${title}`,
      run: () => navigate({ to }),
    })),
  );
}
