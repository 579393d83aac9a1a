import type { Known } from '../../../engine/expressions/check.ts';
import { readableSteps } from './data.ts';
import { isObject, type JsonObject, ON_FAILURE, placeOf, placesOf } from './document.ts';

/** The names that expressions of a step may read, for the engine's own check of them. */
export function knownOf(document: JsonObject, key: string | undefined, hasItem: boolean): Known {
  const place = placeOf(document, key);
  const names = (value: unknown) => (isObject(value) ? Object.keys(value) : []);
  return {
    steps: new Map(place === undefined ? [] : readableSteps(document, place.key).map((id) => [id, undefined])),
    allSteps: placesOf(document).flatMap(({ id }) => (id === '' ? [] : [id])),
    variables: names(document.variables),
    secrets: names(document.secrets),
    trigger: undefined,
    hasItem: hasItem && place?.step.for_each !== undefined,
    hasError: place?.branchOf === ON_FAILURE,
  };
}
