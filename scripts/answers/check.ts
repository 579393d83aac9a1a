/*
 * `npm run check:answers -- FOLDER`: after a run of all tests with PENSTOCK_ANSWERS=FOLDER, fails when a status code that OpenAPI
 * declares for a route was answered in no test, and when one was answered that it does not declare.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compareAnswers } from './compare.ts';

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('give the folder of PENSTOCK_ANSWERS');
const lines = readdirSync(folder).flatMap((name) => readFileSync(join(folder, name), 'utf8').split('\n'));
const met = lines.filter((line) => line !== '');
const document = JSON.parse(readFileSync(new URL('../../docs/reference/openapi.json', import.meta.url), 'utf8'));
const { untested, undeclared } = compareAnswers(document, met);

for (const answer of untested) console.log(`${answer}: declared, and answered in no test`);
for (const answer of undeclared) console.log(`${answer}: answered in a test, and not declared`);
console.log(`${new Set(met).size} status codes of routes were answered in tests.`);
if (untested.length + undeclared.length > 0) process.exitCode = 1;
