/** A number with what it counts: `1 step`, `1,200 steps`. The plural is the word with an "s" unless it is given. */
export function countText(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString()} ${count === 1 ? one : many}`;
}
