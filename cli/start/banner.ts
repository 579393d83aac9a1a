import { DEMO_ACCOUNT, DEMO_FILE, DEMO_TABLE, DEMO_WORKFLOW } from './demo.ts';

/** What `npm start` prints when everything runs: where it is, and three commands that work as they are printed. */
export function banner(running: { url: string; apiKey: string; dataFolder: string }): string[] {
  const statement = `SELECT origin, count(*) AS flights, round(avg(delay), 1) AS delay FROM ${DEMO_TABLE} GROUP BY origin ORDER BY flights DESC LIMIT 5`;
  return [
    '',
    `Penstock is ready: ${running.url}`,
    `API key:           ${running.apiKey}`,
    '',
    'Try, in another terminal in this folder:',
    '',
    '  # SQL through the linked account',
    `  npx penstock run databricks.execute_statement --account ${DEMO_ACCOUNT} --wait \\`,
    `    --input '{"statement": "${statement}"}'`,
    '',
    `  # the example sync: it has put the last 1,000 flights into ${running.dataFolder}/files/default/${DEMO_FILE}, and now waits for new ones`,
    `  npx penstock cursor show ${DEMO_WORKFLOW}`,
    '',
    '  # what ran',
    '  npx penstock runs',
    '',
    'Ctrl-C ends it.',
  ];
}
