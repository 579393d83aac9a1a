import { expect, test } from 'vitest';
import { compareAnswers } from '../../scripts/answers/compare.ts';

const paths = {
  '/v1/things': { get: { responses: { 200: {}, 401: {}, default: {} } } },
  '/v1/things/{id}': { delete: { responses: { 204: {}, 404: {}, default: {} } } },
};
const MET = ['GET /v1/things 200', 'GET /v1/things 401', 'DELETE /v1/things/{id} 204', 'DELETE /v1/things/{id} 404'];

test('nothing is missing when each declared status was answered', () => {
  expect(compareAnswers({ paths }, [...MET, 'GET /v1/things 500'])).toEqual({ untested: [], undeclared: [] });
});

test('names a declared status that no test met, and one that was answered without being declared', () => {
  const met = [...MET.filter((line) => !line.endsWith('404')), 'GET /v1/things 429', 'GET /app/ 308'];

  expect(compareAnswers({ paths }, met)).toEqual({
    untested: ['DELETE /v1/things/{id} 404'],
    undeclared: ['GET /v1/things 429'],
  });
});
