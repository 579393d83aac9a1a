import type { Tenant } from 'penstock-client';

type Name = keyof Tenant['quotas'];

const WORDS: Readonly<Partial<Record<Name, string>>> = {
  unfinished_runs: 'Runs that have not ended',
  artifact_bytes: 'Artifacts',
  input_bytes: 'Inputs of runs',
  file_bytes: 'Files written by core.file',
  workflow_versions: 'Versions of workflows',
  workflow_bytes: 'Definitions of workflows',
  schedules: 'Enabled schedules',
  linked_accounts: 'Accounts',
  oauth_apps: 'OAuth apps',
  api_keys: 'API keys',
  streams: 'Open event streams',
  waits: 'Requests that wait for a run',
};
const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

/** How much of each quota is used. */
export function Quotas({ quotas }: { quotas: Tenant['quotas'] }) {
  return (
    <table className="quotas" aria-label="Quotas">
      <thead>
        <tr>
          <th scope="col">Quota</th>
          <th scope="col" className="number">
            Used
          </th>
          <th scope="col" className="number">
            Limit
          </th>
          <th scope="col" className="wide">
            Share
          </th>
        </tr>
      </thead>
      <tbody>
        {(Object.entries(quotas) as [Name, { used: number; limit: number }][]).map(([name, { used, limit }]) => (
          <tr key={name}>
            <th scope="row">{wordsOf(name)}</th>
            <td className="number">{amount(name, used)}</td>
            <td className="number">{amount(name, limit)}</td>
            <td className="wide">
              <meter
                aria-label={`Share of ${wordsOf(name)}`}
                min={0}
                max={Math.max(limit, 1)}
                high={limit * 0.8}
                value={Math.min(used, limit)}
              />{' '}
              {share(used, limit)}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function wordsOf(name: Name): string {
  const plain = name.replaceAll('_', ' ');
  return WORDS[name] ?? plain.charAt(0).toUpperCase() + plain.slice(1);
}

function amount(name: Name, value: number): string {
  if (!name.endsWith('_bytes')) return value.toLocaleString();
  let unit = 0;
  let rest = value;
  while (rest >= 1024 && unit < UNITS.length - 1) {
    rest /= 1024;
    unit += 1;
  }
  return `${rest.toLocaleString(undefined, { maximumFractionDigits: 1 })} ${UNITS[unit]}`;
}

function share(used: number, limit: number): string {
  if (used === 0 || limit === 0) return used === 0 ? '0 %' : '100 %';
  const percent = (used / limit) * 100;
  return percent < 1 ? '< 1 %' : `${Math.floor(percent)} %`;
}
