import { expect, test } from 'vitest';
import { judge } from '../../actions/conditions.ts';
import { holds } from '../../connector/condition.ts';
import type { AwaitManifest } from '../../connector/manifest.ts';

const job = {
  success: { 'status.state': ['TERMINATED'], 'status.termination_details.code': ['SUCCESS'] },
  failure: { 'status.state': ['TERMINATED'] },
};

test.each([
  [{ status: { state: 'TERMINATED', termination_details: { code: 'SUCCESS' } } }, 'success'],
  [{ status: { state: 'TERMINATED', termination_details: { code: 'CANCELED' } } }, 'failure'],
  [{ status: { state: 'TERMINATED' } }, 'failure'],
  [{ status: { state: 'RUNNING' } }, 'pending'],
  [{ status: { state: 'A_STATE_OF_NEXT_YEAR' } }, 'pending'],
  [{}, 'pending'],
  [undefined, 'pending'],
  [[], 'pending'],
])('%j is %s', (body, verdict) => {
  expect(judge(job, body)).toBe(verdict);
});

test('a condition without paths never holds', () => {
  expect(holds({}, { a: 1 })).toBe(false);
});

test('values are compared with their type', () => {
  expect(holds({ done: [true] }, { done: 'true' })).toBe(false);
  expect(holds({ done: [true] }, { done: true })).toBe(true);
});

test('of several conditions any one is enough', () => {
  const run: Pick<AwaitManifest, 'success' | 'failure'> = {
    success: [{ 'status.state': ['DONE'] }, { status: [null], 'state.result': ['GOOD'] }],
    failure: [{ 'status.state': ['BAD'] }, { status: [null], 'state.life': ['ENDED'] }],
  };

  expect(judge(run, { status: { state: 'DONE' } })).toBe('success');
  expect(judge(run, { state: { life: 'ENDED', result: 'GOOD' } })).toBe('success');
  expect(judge(run, { state: { life: 'ENDED', result: 'FAILED' } })).toBe('failure');
  expect(judge(run, { status: { state: 'RUNNING' }, state: { life: 'ENDED', result: 'GOOD' } })).toBe('pending');
});
