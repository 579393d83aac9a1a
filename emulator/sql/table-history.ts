import type { Commit } from '../delta/versions.ts';
import { constantRows } from '../results/rows.ts';
import type { FullName } from '../unity/names.ts';
import type { Environment } from './session.ts';

/** DuckDB's text of the commits of a table, newest first. */
export function historyRows(environment: Environment, full: FullName, limit = Number.POSITIVE_INFINITY): string {
  return commitRows([...environment.delta.history(full)].reverse().slice(0, limit));
}

function commitRows(commits: Commit[]): string {
  const columns = [
    { name: 'version', type: 'BIGINT' },
    { name: 'timestamp', type: 'TIMESTAMP' },
    { name: 'userId', type: 'VARCHAR' },
    { name: 'userName', type: 'VARCHAR' },
    { name: 'operation', type: 'VARCHAR' },
    { name: 'operationParameters', type: 'MAP(VARCHAR, VARCHAR)' },
    {
      name: 'job',
      type: 'STRUCT(jobId VARCHAR, jobName VARCHAR, jobRunId VARCHAR, runId VARCHAR, jobOwnerId VARCHAR, triggerType VARCHAR)',
    },
    { name: 'notebook', type: 'STRUCT(notebookId VARCHAR)' },
    { name: 'clusterId', type: 'VARCHAR' },
    { name: 'readVersion', type: 'BIGINT' },
    { name: 'isolationLevel', type: 'VARCHAR' },
    { name: 'isBlindAppend', type: 'BOOLEAN' },
    { name: 'operationMetrics', type: 'MAP(VARCHAR, VARCHAR)' },
    { name: 'userMetadata', type: 'VARCHAR' },
    { name: 'engineInfo', type: 'VARCHAR' },
  ];
  const map = (values: Record<string, string>) =>
    `{${Object.entries(values)
      .map(([name, value]) => `${name}='${value.replaceAll("'", "\\'")}'`)
      .join(', ')}}`;
  const rows = commits.map((commit) => [
    commit.version,
    new Date(commit.timestamp).toISOString().replace('T', ' ').slice(0, -1),
    null,
    commit.userName,
    commit.operation,
    map(commit.parameters),
    null,
    null,
    null,
    commit.version === 0 ? null : commit.version - 1,
    'WriteSerializable',
    commit.operation === 'WRITE',
    map(commit.metrics),
    null,
    'Databricks-Runtime/17.3.x-photon-scala2.13',
  ]);
  return constantRows(columns, rows);
}
