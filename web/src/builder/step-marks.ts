import { isObject, type JsonObject } from './document.ts';

/** What a person must see of a step without opening it: words, so that no color is needed. */
export function marksOf(step: JsonObject): string[] {
  return [
    ...(step.if === undefined ? [] : ['if']),
    ...(step.for_each === undefined ? [] : ['loop']),
    ...(step.retry === undefined ? [] : ['retry']),
    ...(step.action === 'core.approve' ? ['approval'] : []),
    ...(step.action === 'core.run_workflow' ? ['sub-workflow'] : []),
    ...(step.on_error === 'continue' || (isObject(step.on_error) && step.on_error.then === 'continue')
      ? ['continues on error']
      : []),
  ];
}
