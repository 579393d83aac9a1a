import type { Problem } from '../http/problem.ts';

/** What a refusal means to a person who knows neither this API nor its configuration. `service` is what the person uses. */
const PLAIN: Record<string, (service: string) => { detail: string; hint: string }> = {
  ERR_AUTH_FAILED: () => ({
    detail: 'The workspace does not accept what you entered.',
    hint: 'Check that you copied it completely, that it has not expired, and that it belongs to this workspace.',
  }),
  ERR_HOST_NOT_ALLOWED: (service) => ({
    detail: `This is not an address of ${service}.`,
    hint: `Copy it from the browser in which you use ${service}.`,
  }),
};

/** The problem as a page for end users tells it: in plain words where it has them, at the fields where it was. */
export function toPlainProblem(problem: Problem, service: string): Problem {
  const plain = PLAIN[problem.code]?.(service);
  if (plain === undefined) return problem;
  const errors = problem.errors?.map(({ pointer }) => ({ pointer, message: plain.detail }));
  return { ...problem, ...plain, ...(errors === undefined ? {} : { errors }) };
}
