import { Link, Outlet, useLocation } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { Page } from '../../components/page.tsx';
import { useCan } from '../../data/me.ts';
import './settings.css';

const PARTS = [
  { to: '/settings/api-keys', title: 'API keys', right: 'GET /v1/api_keys' },
  { to: '/settings/oauth-apps', title: 'OAuth apps', right: 'GET /v1/oauth_apps' },
  { to: '/settings/webhook-endpoints', title: 'Webhook endpoints', right: 'GET /v1/webhook_endpoints' },
  { to: '/settings/audit', title: 'Audit', right: 'GET /v1/audit' },
  { to: '/settings/tenant', title: 'Tenant', right: 'GET /v1/tenant' },
] as const;

/** What an administrator sets up, in five parts. */
export function SettingsPage() {
  return (
    <Page title="Settings" fills>
      <nav className="tab-list" aria-label="Settings">
        {PARTS.map((part) => (
          <PartLink key={part.to} {...part} />
        ))}
      </nav>
      <div className="settings-content">
        <Outlet />
      </div>
    </Page>
  );
}

function PartLink({ to, title, right }: (typeof PARTS)[number]) {
  const link = useRef<HTMLAnchorElement>(null);
  const { pathname } = useLocation();
  const can = useCan(right);
  // On a phone the tabs are wider than the page.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the link is another one's when the address changes
  useEffect(() => {
    const { current } = link;
    if (current?.getAttribute('aria-current') === 'page')
      current.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }, [pathname, can]);
  if (!can) return null;
  return (
    <Link
      ref={link}
      to={to}
      className="tab"
      search={({ account }) => ({ account })}
      activeOptions={{ includeSearch: false }}
    >
      {title}
    </Link>
  );
}
