import type { AuthenticationTest } from 'penstock-client';
import { Notice } from '../../components/notice.tsx';
import { StatusBadge } from '../../components/status-badge.tsx';

/** What the service said to a credential: who it is, and which permissions it misses. */
export function TestResult({ result }: { result: AuthenticationTest }) {
  const { ok, user_name, permissions = [], missing = [], error } = result;
  if (!ok) {
    return (
      <div role="alert">
        <Notice state="failed">
          <p>{error?.message ?? 'The service does not accept this authentication.'}</p>
          {error?.hint !== undefined && <p>{error.hint}</p>}
          {error !== undefined && <code>{error.code}</code>}
        </Notice>
      </div>
    );
  }
  const who = user_name === undefined ? 'The service accepts it.' : `The service accepts it as ${user_name}.`;
  return (
    <div role="status" className="stack">
      <Notice state={missing.length > 0 ? 'waiting' : 'succeeded'}>
        {who}{' '}
        {missing.length > 0
          ? `It misses ${missing.length === 1 ? 'a permission' : `${missing.length} permissions`} that actions need.`
          : permissions.length > 0 && 'No permission that was looked at is missing.'}
      </Notice>
      {permissions.length > 0 && (
        <ul className="permissions" aria-label="Permissions">
          {permissions.map(({ permission, granted, hint }) => (
            <li key={permission}>
              <StatusBadge status={granted === null ? 'permission_unknown' : granted ? 'granted' : 'missing'} />
              <span>
                {permission}
                {hint !== undefined && granted !== true && <span className="soft small"> {hint}</span>}
              </span>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
