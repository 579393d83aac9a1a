/** A `Date` header has whole seconds, and the answer was on its way: less than this is no difference. */
const MIN_OFFSET_MS = 5000;

let offset = 0;

/** Takes the time of the server from an answer, so that a wrong clock of this computer makes no time of the page wrong. */
export function setClock(answer: Response): void {
  const server = Date.parse(answer.headers.get('date') ?? '');
  if (Number.isNaN(server)) return;
  const ahead = server - Date.now();
  offset = Math.abs(ahead) < MIN_OFFSET_MS ? 0 : ahead;
}

/** Now (epoch ms), as the server has it. */
export function serverNow(): number {
  return toServerTime(Date.now());
}

/** What the clock of the server says when that of this computer says `at` (epoch ms). */
export function toServerTime(at: number): number {
  return at + offset;
}
