/** What is looked at of an OpenAPI document. */
export interface DescribedAnswers {
  paths: Record<string, Record<string, { responses: Record<string, unknown> }>>;
}

/** Answers that any request can get; they come under `default`. */
const ANYWHERE: ReadonlySet<string> = new Set(['405', '500']);

/**
 * Compares the status codes that a description declares with those that tests met, as `GET /v1/runs/{id} 404`.
 * `untested` were declared and not met, `undeclared` were met and not declared, of routes that
 * are described; both sorted.
 */
export function compareAnswers(
  { paths }: DescribedAnswers,
  met: Iterable<string>,
): { untested: string[]; undeclared: string[] } {
  const isDescribed = (answer: string) => {
    const [method = '', path = ''] = answer.split(' ');
    return paths[path]?.[method.toLowerCase()] !== undefined;
  };
  const declared = new Set(
    Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).flatMap(([method, { responses }]) =>
        Object.keys(responses)
          .filter((status) => status !== 'default')
          .map((status) => `${method.toUpperCase()} ${path} ${status}`),
      ),
    ),
  );
  const found = new Set(met);
  return {
    untested: [...declared].filter((answer) => !found.has(answer)).sort(),
    undeclared: [...found]
      .filter((answer) => isDescribed(answer) && !declared.has(answer) && !ANYWHERE.has(answer.split(' ').at(-1)!))
      .sort(),
  };
}
