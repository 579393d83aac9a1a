import { createHash, timingSafeEqual } from 'node:crypto';

/** Whether someone who scrapes sent the required token, in a time that tells nothing of it. */
export function isSameToken(given: string, required: string): boolean {
  return timingSafeEqual(digest(given), digest(required));
}

/** Of the same length, whatever was given. */
function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
