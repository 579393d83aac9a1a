import { isSame } from '../data/json.ts';
import { valueAt } from '../data/pointer.ts';
import { type JsonObject, placeAround, placeOf } from './document.ts';

/** Where a place of an earlier document is now; undefined where it is gone, or its value is another one. */
export function relocate(pointer: string, before: JsonObject, now: JsonObject): string | undefined {
  const place = placeAround(before, pointer);
  const step = placeOf(now, place?.key);
  if (place !== undefined && step === undefined) return undefined;
  const moved = step === undefined ? pointer : step.pointer + pointer.slice(place!.pointer.length);
  return isSame(valueAt(before, pointer), valueAt(now, moved)) ? moved : undefined;
}
