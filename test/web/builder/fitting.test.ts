import { expect, test } from 'vitest';
import { fittingNames, namesIn } from '../../../web/src/builder/fitting.ts';

const RUN = { type: 'object', properties: { run_id: {}, state: {}, rows: {} } };

test.each([
  ['takes what a step of its connector gives', 'jobs', ['run_id'], ['run_id']],
  ['takes rows of any service', 'database', ['table', 'rows'], ['rows']],
  ['has another meaning of the name', 'builds', ['run_id'], []],
  ['needs what every second output has', 'jobs', ['state'], []],
  ['needs nothing', 'jobs', [], []],
])('an action %s', (_what, connector, required_input, fitting) => {
  const before = { connector: 'jobs', names: namesIn(RUN) };

  expect(fittingNames({ connector, required_input }, before)).toEqual(fitting);
});

test('an output without properties has no names', () => {
  expect([namesIn(undefined), namesIn({ type: 'array' })]).toEqual([[], []]);
});
