import { DEMO_ACCOUNT, DEMO_FILE, DEMO_TABLE, DEMO_WORKFLOW, EVERY_SECONDS, SAMPLE_TABLE } from './demo.ts';

const TOP_ORIGINS = `SELECT origin, count(*) AS flights, round(avg(delay), 1) AS delay FROM ${SAMPLE_TABLE} GROUP BY origin ORDER BY flights DESC LIMIT 5`;
const NEXT_FLIGHTS = `INSERT INTO ${DEMO_TABLE} SELECT * FROM ${SAMPLE_TABLE} WHERE flight_id > (SELECT max(flight_id) FROM ${DEMO_TABLE}) ORDER BY flight_id LIMIT 3`;

/** What `npm start` prints when everything runs: where it is, and three commands that work as they are printed. */
export function banner(running: {
  url: string;
  /** Signs in one browser, once, within ten minutes. */
  link: string;
  /** At the first start only: a terminal's history is read by more people than the data folder. */
  apiKey: string | undefined;
  dataFolder: string;
}): string[] {
  return [
    '',
    `Penstock is ready: ${running.url}`,
    `Open the app:      ${running.link}`,
    '                   (signs in once, within ten minutes; `npx penstock link` prints another)',
    `API key:           ${running.apiKey ?? `kept in ${running.dataFolder}/connection.json`}`,
    '',
    'Try, in another terminal in this folder:',
    '',
    '  # SQL on 3,000,000 flights, through the linked account',
    ...sql(TOP_ORIGINS),
    '',
    `  # three new rows: within ${EVERY_SECONDS} seconds the example sync appends them to`,
    `  # ${running.dataFolder}/files/default/${DEMO_FILE}`,
    ...sql(NEXT_FLIGHTS),
    '',
    '  # what the sync has delivered',
    `  npx penstock runs --workflow ${DEMO_WORKFLOW}`,
    '',
    'Press Ctrl-C to stop.',
  ];
}

function sql(statement: string): string[] {
  return [
    `  npx penstock run databricks.execute_statement --account ${DEMO_ACCOUNT} --wait \\`,
    `    --input '{"statement": "${statement}"}'`,
  ];
}
